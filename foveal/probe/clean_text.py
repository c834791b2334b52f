"""Text from headers: limited in length, printable, without control characters (which could forge log lines)."""

from __future__ import annotations

MAX_TEXT = 128


def clean_text(data: bytes) -> str | None:
    """Return the text up to its first NUL, as UTF-8 or else Latin-1, without control characters.

    None if nothing printable remains. At most 128 characters.
    """
    data = data[: 4 * MAX_TEXT].split(b"\0", 1)[0]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return clean(text)


def clean(text: str) -> str | None:
    """Return the printable part of `text`, trimmed, at most 128 characters; None if nothing remains."""
    if not text.isprintable():
        text = "".join(c for c in text if c.isprintable())
    return text[:MAX_TEXT].strip() or None
