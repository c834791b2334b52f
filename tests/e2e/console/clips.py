"""Videos whose frames spell their own number in bright and dark stripes, in the layouts that players get wrong."""

import io
import random
import struct
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any, Final

import av
import numpy as np

from tests.e2e.stack import Caller

BITS: Final = 10
STRIPE: Final = 24
SIZE: Final = (BITS * STRIPE, 96)
LENGTH: Final = 240
X264: Final = {"preset": "ultrafast", "bf": "3", "g": "30"}
OPEN_GOP: Final = {**X264, "x264-params": "open-gop=1:b-pyramid=normal"}


@dataclass(frozen=True)
class Clip:
    """A video file, and the number of the frame that each of its presented frames spells."""

    content: bytes
    name: str
    content_type: str
    numbers: Sequence[int] = range(LENGTH)


def even() -> Clip:
    return Clip(_movie("mp4", "libx264", OPEN_GOP), "even.mp4", "video/mp4")


def uneven() -> Clip:
    """A variable frame rate: between one tick and half a second a frame."""
    chance = random.Random(3)
    durations = [chance.choice((1, 3, 40, 40, 41, 83, 500)) for _ in range(LENGTH - 1)]
    times = list(accumulate(durations, initial=0))
    return Clip(_movie("mp4", "libx264", X264, times), "uneven.mp4", "video/mp4")


def cut() -> Clip:
    """An edit list that begins between two key frames and ends before the last frame (ISO/IEC 14496-12, 8.6.6)."""
    first, count = 47, 150
    data = _movie("mp4", "libx264", X264)
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate
        assert stream.time_base
        ticks = int(1 / (stream.average_rate * stream.time_base))
    at = data.index(b"elst") + 12
    (delay,) = struct.unpack(">I", data[at + 4 : at + 8])
    entry = struct.pack(">II", count * 1_000 // 25, delay + first * ticks)
    return Clip(data[:at] + entry + data[at + 8 :], "cut.mp4", "video/mp4", range(first, first + count))


def webm() -> Clip:
    return Clip(
        _movie("webm", "libvpx-vp9", {"g": "40", "deadline": "realtime", "cpu-used": "8"}), "vp9.webm", "video/webm"
    )


CLIPS: Final[Mapping[str, Callable[[], Clip]]] = {"even": even, "uneven": uneven, "cut": cut, "webm": webm}


def uploaded(editor: Caller, project: str, clip: Clip) -> str:
    """Upload a clip and return the id of its asset, once that is ready."""
    padding = struct.pack(">I4s", 24, b"free") + uuid.uuid4().bytes if clip.content_type == "video/mp4" else b""
    ticket = editor.begin(project, content=clip.content + padding, name=clip.name, content_type=clip.content_type)
    assert editor.put(ticket, clip.content + padding).status_code == 200
    return str(editor.ready(ticket["asset_id"])["asset_id"])


def _movie(container: str, codec: str, options: dict[str, str], times: Sequence[int] | None = None) -> bytes:
    """Return a video of 25 frames a second, or of frames that begin at these milliseconds."""
    output = io.BytesIO()
    with av.open(output, "w", format=container) as written:
        stream = written.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number, pixels in enumerate(_pictures()):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = number if times is None else times[number]
            if times is not None:
                frame.time_base = Fraction(1, 1000)
            written.mux(stream.encode(frame))
        written.mux(stream.encode())
    return output.getvalue()


def _pictures() -> Iterator[Any]:
    for number in range(LENGTH):
        stripes = np.array([(number >> bit & 1) * 200 + 20 for bit in range(BITS)], np.uint8)
        yield np.repeat(stripes, STRIPE)[None, :, None].repeat(SIZE[1], 0).repeat(3, 2)
