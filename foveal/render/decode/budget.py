"""Budgets of images: the memory and time that a decoder will take, from the header, before anything is decoded.

Bytes per pixel were measured as the peak of a process that decodes a picture of that format.
"""

from collections.abc import Mapping
from typing import IO, Any, Final

from PIL import Image

from foveal.errors import Unrenderable

MAX_BYTES: Final = 1_000 * 1024 * 1024
MAX_COMPOSED_PIXELS: Final = 1_500_000_000
"""Pixels of all frames before the one that is wanted: some five seconds."""
BYTES_PER_PIXEL: Final[Mapping[str, float]] = {
    "WEBP": 16.5,  # libwebp holds the canvas, the frame before it, and two copies
    "JPEG2000": 20.0,  # OpenJPEG has 32 bits a component, twice
    "AVIF": 14.0,
    "HEIF": 14.0,
}
COPIED_BYTES_PER_PIXEL: Final = 9.0
"""Of pictures with transparency and of frames that are composed: four bytes, twice."""
SIMPLE_BYTES_PER_PIXEL: Final = 5.0
COPIED_MODES: Final = frozenset({"RGBA", "LA", "PA"})
WEBP_HEAD_BYTES: Final = 30
STRIP_ROWS_TAG: Final = 278
TILE_WIDTH_TAG: Final = 322
TILE_HEIGHT_TAG: Final = 323


def require(image: Image.Image, source: IO[bytes], frame: int = 0) -> None:
    """Raise Unrenderable for an image that does not fit the memory, or a frame too far into an animation."""
    pixels = image.width * image.height
    if image.format != "TIFF" and frame * pixels > MAX_COMPOSED_PIXELS:
        raise Unrenderable("The frame lies too far into the animation to be decoded here.")
    require_pixels(pixels, _bytes_per_pixel(image, frame), _buffers(image, source))


def require_webp(head: bytes) -> None:
    """Raise Unrenderable for the first 30 bytes of a WebP too large for libwebp, which takes its canvas on opening.

    Sizes by RFC 9649, 2.7 (VP8X), 3.4 (VP8L) and RFC 6386, 9.1 (VP8).
    """
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < WEBP_HEAD_BYTES:
        return
    width = height = 0
    if head[12:16] == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
    elif head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif head[12:16] == b"VP8 ":
        width, height = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    require_pixels(width * height, BYTES_PER_PIXEL["WEBP"])


def require_pixels(count: int, bytes_per_pixel: float, buffers: int = 0) -> None:
    """Raise Unrenderable for pixels and buffers that do not fit the memory."""
    if count * bytes_per_pixel + buffers > MAX_BYTES:
        raise Unrenderable("The image is too large to be decoded here.")


def require_coefficients(image: Any) -> None:
    """Raise Unrenderable for a progressive JPEG whose coefficients do not fit the memory.

    All of them, 2 bytes each, are held until the last scan, however small the picture is shown.
    """
    if not image.info.get("progressive"):
        return
    components = [(across, down) for _, across, down, _ in image.layer]
    most = max(across for across, _ in components) * max(down for _, down in components)
    share = sum(across * down for across, down in components) / most
    if 2 * share * image.width * image.height > MAX_BYTES:
        raise Unrenderable("The progressive JPEG is too large to be decoded here.")


def _bytes_per_pixel(image: Image.Image, frame: int) -> float:
    if image.format and image.format in BYTES_PER_PIXEL:
        return BYTES_PER_PIXEL[image.format]
    is_copied = frame > 0 or image.mode in COPIED_MODES or "transparency" in image.info
    return COPIED_BYTES_PER_PIXEL if is_copied else SIMPLE_BYTES_PER_PIXEL


def _buffers(image: Any, source: IO[bytes]) -> int:
    """Return the bytes of a TIFF file, which libtiff reads as a whole, and of one of its strips or tiles."""
    if image.format != "TIFF":
        return 0
    position = source.tell()
    size = source.seek(0, 2)
    source.seek(position)
    rows = min(int(image.tag_v2.get(STRIP_ROWS_TAG) or image.height), image.height)
    strip = int(image.tag_v2.get(TILE_WIDTH_TAG, image.width)) * int(image.tag_v2.get(TILE_HEIGHT_TAG, rows))
    return size + strip * 4
