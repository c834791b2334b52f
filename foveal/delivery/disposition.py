"""Content-Disposition (RFC 6266, RFC 8187): the name that a download gets, and what a browser may show by itself."""

from typing import Final
from urllib.parse import quote

LONGEST_NAME: Final = 255

# Pixels and samples only. Everything else a browser might execute, or does not show anyhow.
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
    """Tell whether a browser may show this type in place: only formats that cannot carry a program."""
    return mime_type in _SHOWN_INLINE


def content_disposition(file_name: str | None, *, is_attachment: bool = True) -> str:
    """Return a Content-Disposition in pure ASCII; the name comes back exactly, whatever script it is in.

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
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 16:
        return name[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(extension) - 1]}.{extension}"
