"""Media types (RFC 9110, section 8.3.1)."""


def media_type_essence(media_type: str) -> str:
    """Return a media type without its parameters, in lower case: `text/plain` for `Text/Plain; charset=utf-8`."""
    return media_type.partition(";")[0].strip().lower()
