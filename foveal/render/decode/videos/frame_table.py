"""Table of the frames of a video: when each is presented, without decoding any.

The frames are those that `frames.frame_at` counts: FFmpeg applies edit lists, and tells which frames are presented. Of
MP4 and QuickTime only the boxes beside the media data are read: times and sizes stand in the sample tables.
"""

import io
import json
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import IO, Any, Final, cast

from foveal.errors import Unrenderable
from foveal.render.decode.seekable import SeekableParts
from foveal.render.decode.videos import opening
from foveal.render.decode.videos.frames import shown_packets

MAX_FRAMES: Final = 1_000_000
"""More than nine hours at 30 frames a second; a table of as many different durations has 10 MB as JSON."""
MAX_BOXES: Final = 100_000
_FIRST_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp", b"pnot")
_MEDIA: Final = b"mdat"
_MAX_HEADER_BYTES: Final = 16


def table(source: IO[bytes]) -> bytes:
    """Return the table as JSON: `time_base`, `frame_count`, and in its units `first`, `runs`, `last_duration`.

    A frame follows the one before it after a duration; `runs` are pairs of a number of frames and the duration before
    each of them. Raises Unrenderable for a file without a video, without time stamps, or with too many frames.
    """
    with opening.read(_without_media(source)) as (container, stream):
        times, last_duration = _times(container, stream)
        told = {
            "time_base": {"num": stream.time_base.numerator, "den": stream.time_base.denominator},
            "frame_count": len(times),
            "first": times[0],
            "runs": _runs(times),
            "last_duration": last_duration,
        }
        return json.dumps(told, separators=(",", ":")).encode()


def _times(container: Any, stream: Any) -> tuple[list[int], int | None]:
    """Return the times of the presented frames in order, and how long the last one is shown, if a packet tells it."""
    is_in_order = "avi" in container.format.name  # AVI tells the order of decoding alone, at an even rate
    found: dict[int, int | None] = {}
    for packet in shown_packets(container, stream):
        time = packet.dts if is_in_order else packet.pts
        if time is None or time in found:
            raise Unrenderable("The video has no time stamps, or one comes twice: its frames can only be counted.")
        if not packet.is_discard:
            found[time] = packet.duration
        if len(found) > MAX_FRAMES:
            raise Unrenderable(f"The video has more than {MAX_FRAMES} frames.")
    if not found:
        raise Unrenderable("The video has no frames.")
    times = sorted(found)
    return times, found[times[-1]] or None


def _runs(times: Sequence[int]) -> list[list[int]]:
    """Return the differences of times as runs of [number, difference]."""
    runs: list[list[int]] = []
    for before, after in pairwise(times):
        if runs and runs[-1][1] == after - before:
            runs[-1][0] += 1
        else:
            runs.append([1, after - before])
    return runs


def _without_media(source: IO[bytes]) -> IO[bytes]:
    """Return the file, of MP4 and QuickTime one whose media data reads as zeros without being fetched."""
    media = _media_ranges(source)
    source.seek(0)
    return cast(IO[bytes], _Blanked(source, media)) if media else source


def _media_ranges(source: IO[bytes]) -> list[tuple[int, int]]:
    """Return where the media data of an MP4 or QuickTime file lies (ISO/IEC 14496-12, 4.2); none of another format."""
    size, found, offset = source.seek(0, io.SEEK_END), [], 0
    for _ in range(MAX_BOXES):
        source.seek(offset)
        head = source.read(_MAX_HEADER_BYTES)
        if len(head) < 8 or (offset == 0 and head[4:8] not in _FIRST_BOXES):
            break
        length, skipped = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, skipped = int.from_bytes(head[8:16], "big"), 16
        end = size if length == 0 else offset + length
        if end < offset + skipped:
            break
        if head[4:8] == _MEDIA:
            found.append((offset + skipped, end))
        offset = end
    return found


class _Blanked(SeekableParts):
    """A seekable file of which some ranges, in order, read as zeros."""

    def __init__(self, source: IO[bytes], ranges: Sequence[tuple[int, int]]) -> None:
        super().__init__(source.seek(0, io.SEEK_END))
        self._source, self._ranges = source, ranges
        self._starts = [start for start, _ in ranges]

    def _part(self, end: int) -> bytes:
        """Return bytes from the position up to `end`, or up to the next edge of a range."""
        at = self._position
        following = bisect_right(self._starts, at)
        if following and at < (last := self._ranges[following - 1][1]):
            return bytes(min(end, last) - at)
        if following < len(self._starts):
            end = min(end, self._starts[following])
        self._source.seek(at)
        return self._source.read(end - at)
