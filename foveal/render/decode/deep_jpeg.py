"""JPEG with 12 bits a sample (ITU-T T.81, extended process), which libjpeg as built for Pillow does not decode."""

from typing import IO, Any, Final

import av
import numpy as np
from PIL import Image

from foveal.errors import Unrenderable

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_PIXELS: Final = 64_000_000
FRAME_HEADERS: Final = frozenset({0xC0, 0xC1, 0xC2})
BITS_OF_A_FRAME: Final = 16


def opened(source: IO[bytes]) -> Image.Image | None:
    """Return the decoded picture, in I;16, of a grey JPEG with 12 bits; None for any other file.

    Raises Unrenderable for one that is too large, has colours or is damaged.
    """
    source.seek(0)
    head = source.read(64 * 1024)
    frame = _frame_header(head)
    if frame is None or frame[0] != 12:
        return None
    _, height, width, components = frame
    if components != 1:
        raise Unrenderable("A JPEG with 12 bits a sample and several components is not decoded here.")
    if width * height > MAX_PIXELS:
        raise Unrenderable("The image is too large to be decoded here.")
    context: Any = av.CodecContext.create("mjpeg", "r")
    try:
        packet: Any = av.Packet(head + source.read(MAX_FILE_BYTES))
        pictures: list[Any] = [*context.decode(packet), *context.decode(None)]
        samples = pictures[0].to_ndarray()
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise Unrenderable(f"The image cannot be decoded ({type(error).__name__}).") from None
    if samples.dtype != np.uint16:
        raise Unrenderable("The image cannot be decoded.")
    return Image.fromarray(samples >> (BITS_OF_A_FRAME - 12))


def _frame_header(head: bytes) -> tuple[int, int, int, int] | None:
    """Return precision, height, width and number of components (ITU-T T.81, B.2.2)."""
    at = 2
    while head.startswith(b"\xff\xd8") and at + 10 <= len(head) and head[at] == 0xFF:
        if head[at + 1] in FRAME_HEADERS:
            height, width = (int.from_bytes(head[at + each : at + each + 2], "big") for each in (5, 7))
            return head[at + 4], height, width, head[at + 9]
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return None
