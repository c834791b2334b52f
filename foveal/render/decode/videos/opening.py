"""Opening of videos: a short list of containers, the stream that players show, a budget for its frames.

FFmpeg reads through a file object; it may not open files or addresses that a playlist or a reference inside of the
video names.
"""

import contextlib
from collections.abc import Iterator
from typing import IO, Any, Final

import av

from foveal.errors import Unrenderable

CONTAINERS: Final = "mov,matroska,avi,mpegts,mpeg,ogg,flv,mxf,asf"
OPTIONS: Final = {"protocol_whitelist": "none", "format_whitelist": CONTAINERS, "enable_drefs": "0"}
MAX_PIXELS: Final = 8192 * 8192
MAX_BYTES: Final = 1_000 * 1024 * 1024
BUFFERED_KEY_FRAMES: Final = 3
"""Frames that a decoder holds which shows key frames alone."""
BUFFERED_FRAMES: Final = 8
"""Frames that a decoder holds with those that others build on; H.264 and H.265 allow 6 of the largest."""
DEEPEST_BITS: Final = 48
"""Bits of a pixel whose format the header does not state."""
COVER_ART: Final = av.stream.Disposition.attached_pic
ENABLED: Final = av.stream.Disposition.default
MAX_SCANNED_BYTES: Final = 256 * 1024 * 1024
ERRORS: Final = (
    *(av.FFmpegError, OSError, ValueError, ArithmeticError, EOFError, TypeError, AttributeError),
    *(LookupError, RuntimeError),
)
"""Exceptions of PyAV for damaged videos; LookupError for a stream that appears later than the header."""


@contextlib.contextmanager
def opened(source: IO[bytes], *, is_every_frame_decoded: bool) -> Iterator[tuple[Any, Any]]:
    """Give the container and its stream; key frames alone are decoded, unless every frame is to be.

    Raises Unrenderable for a file without a video, of a codec that cannot be decoded, or with frames that do not fit
    the memory; so does whatever FFmpeg raises inside of the block.
    """
    with read(source) as (container, stream):
        _require_budget(stream, BUFFERED_FRAMES if is_every_frame_decoded else BUFFERED_KEY_FRAMES)
        stream.codec_context.thread_count = 1  # the function has one; each more would hold frames of its own
        if not is_every_frame_decoded:
            stream.codec_context.skip_frame = "NONKEY"
        yield container, stream


@contextlib.contextmanager
def read(source: IO[bytes]) -> Iterator[tuple[Any, Any]]:
    """Give the container and its stream, of which nothing is decoded; errors as in `opened`."""
    try:
        with av.open(source, "r", options=OPTIONS, metadata_errors="replace") as container:
            yield container, _shown(container)
    except ERRORS as error:
        raise Unrenderable(f"The video cannot be decoded ({type(error).__name__}).") from None


def stated_duration(container: Any, stream: Any) -> float:
    """Return the seconds of a stream, 0 where no header states them."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return float(container.duration / av.time_base) if container.duration else 0.0


def duration(container: Any, stream: Any) -> float:
    """Return the seconds of a stream, from its packets where no header states them: browsers record such WebM files."""
    stated = stated_duration(container, stream)
    if stated > 0:
        return stated
    start, last = stream.start_time or 0, 0
    for packet in container.demux(stream):
        if packet.pts is not None:
            last = max(last, packet.pts - start + (packet.duration or 0))
        if packet.pos is not None and packet.pos > MAX_SCANNED_BYTES:
            break
    return float(last * stream.time_base)


def _shown(container: Any) -> Any:
    """Return the first video stream that is no cover art and, in MP4 and QuickTime, enabled; else the first one."""
    streams = [each for each in container.streams.video if not each.disposition & COVER_ART]
    if not streams:
        raise Unrenderable("The file holds no video.")
    has_enabled = "mov" in container.format.name
    enabled = [each for each in streams if each.disposition & ENABLED] if has_enabled else []
    return (enabled or streams)[0]


def _require_budget(stream: Any, buffered: int) -> None:
    context = stream.codec_context
    if context is None:
        raise Unrenderable("The codec of the video cannot be decoded here.")
    pixels = context.width * context.height
    bits = context.format.padded_bits_per_pixel if context.format else DEEPEST_BITS
    if not 0 < pixels <= MAX_PIXELS or pixels * bits // 8 * buffered > MAX_BYTES:
        raise Unrenderable("The video's frames are too large to be decoded here.")
