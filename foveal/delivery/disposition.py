"""Content-Disposition (RFC 6266, RFC 8187): file names of downloads, and the types that are shown inline."""

from typing import Final
from urllib.parse import quote

MAX_NAME_CHARACTERS: Final = 255

# Formats of pixels and samples only. A browser might execute any other, or cannot show it.
_SHOWN_INLINE: Final = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "image/avif",
        "image/heic",
        "image/heif",
        "image/bmp",
        "image/tiff",
        "image/jp2",
        "video/mp4",
        "video/quicktime",
        "video/webm",
        "video/x-matroska",
        "video/mp2t",
        "video/x-msvideo",
        "audio/mpeg",
        "audio/mp4",
        "audio/wav",
    }
)


def is_shown_inline(mime_type: str | None) -> bool:
    """Tell whether a browser may show this type in place: only formats without scripts."""
    return mime_type in _SHOWN_INLINE


def content_disposition(file_name: str | None, *, is_attachment: bool = True) -> str:
    """Return a Content-Disposition in pure ASCII; clients recover the exact name, in any script.

    `filename*` is RFC 8187; the plain `filename` before it is for readers that know only that one.
    """
    kind = "attachment" if is_attachment else "inline"
    if not file_name:
        return kind
    name = _shortened(file_name)
    plain = "".join(each if " " <= each <= "~" and each not in '"\\/%' else "_" for each in name)
    if plain == name:
        return f'{kind}; filename="{plain}"'
    encoded = quote(name.encode("utf-8", "replace"), safe="!#$&+-.^_`|~")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def _shortened(name: str) -> str:
    """Return at most 255 characters, with the extension: a URL that carries the name must stay below 8,192 bytes."""
    if len(name) <= MAX_NAME_CHARACTERS:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 16:
        return name[:MAX_NAME_CHARACTERS]
    return f"{stem[: MAX_NAME_CHARACTERS - len(extension) - 1]}.{extension}"
