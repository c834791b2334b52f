"""Text for terminals: names of files come from anybody."""


def printable(text: str) -> str:
    """Return a name on one line, without what a terminal would obey; bytes that are no UTF-8 become U+FFFD."""
    readable = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in readable)
