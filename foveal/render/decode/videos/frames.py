"""Video frames: the key frame near an instant, and any frame by its number, from 0 in the order of presentation.

Counting frames needs no decoding. Of MP4, QuickTime and AVI the index names every frame, so that a frame far into a
video is found from the key frame before it; of other containers the packets up to the frame are read. Frames that an
edit list cuts off are not presented and do not count. Where time stamps are missing or come twice, and in an AVI whose
frames are reordered (it tells only the order of decoding), frames are decoded and counted from the beginning.
"""

import gc
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from foveal.errors import Unrenderable

REORDERED: Final = 64
"""Frames that may come later in the file than one that is presented after them; H.264 and H.265 allow 16."""
MAX_DECODED_PACKETS: Final = 3_000
MAX_PACKETS: Final = 3_000
"""Packets up to a key frame."""


class Coded(NamedTuple):
    """A coded frame in the file."""

    pts: int
    seek_at: int
    is_keyframe: bool
    is_presented: bool


def frame_at(container: Any, stream: Any, number: int) -> Any:
    """Return a decoded frame. Raises Unrenderable for one that does not exist or cannot be decoded."""
    if "avi" in container.format.name and stream.codec_context.has_b_frames:
        return _counted(container, stream, number)
    has_index = stream.frames > 0 and len(stream.index_entries) == stream.frames
    for timestamp, skipped in _origins(stream, number) if has_index else [(None, 0)]:
        if timestamp is not None:
            container.seek(timestamp, stream=stream)
        coded = _coded(container, stream, number - skipped + 1 + REORDERED, by_decoding_time=has_index)
        if coded is None:
            return _counted(container, stream, number)
        if timestamp is not None and (not coded or coded[0].seek_at != timestamp):
            _rewind(container, stream)
            continue
        presented = sorted(each.pts for each in coded if each.is_presented)
        if len(presented) <= number - skipped:
            raise Unrenderable(f"The video has no frame {number}; frames count from 0.")
        pts = presented[number - skipped]
        starts = [each for each in coded if each.is_keyframe and each.pts <= pts]
        if starts or timestamp is None:
            return _decoded(container, stream, pts, starts)
    raise Unrenderable("The video cannot be decoded.")


def key_frame_at(container: Any, stream: Any, seconds: float) -> Any:
    """Return the key frame before an instant, or the next one where the container's index is not exact.

    Where none comes (an MPEG-TS whose only one is the first), it is the first of the video; where there is none at all,
    the first frame, which lacks what it builds on. `stream` decodes key frames alone. Raises Unrenderable where no
    frame can be decoded.
    """
    gc.collect()  # a frame and its side data hold each other (PyAV 18): those before this one may take 100 MB each
    start = stream.start_time or 0
    for position in (round(seconds / stream.time_base) + start, None):
        if position is None or position <= start:
            _rewind(container, stream)
        else:
            container.seek(position, stream=stream)
        frame = _first(container, stream)
        if frame is not None:
            return frame
    _rewind(container, stream)
    stream.codec_context.skip_frame = "DEFAULT"
    frame = _first(container, stream)
    stream.codec_context.skip_frame = "NONKEY"
    if frame is None:
        raise Unrenderable("The video has no frame that can be decoded.")
    return frame


def _first(container: Any, stream: Any) -> Any:
    """Return the next frame that the decoder gives, None where it gives none.

    Behind a key frame the decoder is drained: it would wait for those before which frames are presented, and hold all.
    """
    for count, packet in enumerate(container.demux(stream)):
        for frame in packet.decode():
            return frame
        if packet.is_keyframe and packet.size:
            for frame in stream.codec_context.decode(None):
                return frame
            stream.codec_context.flush_buffers()
        if count > MAX_PACKETS:
            break
    return None


def _origins(stream: Any, number: int) -> Iterator[tuple[int | None, int]]:
    """Yield the positions to count from: the last two key frames at or before a frame, and how many come before each.

    The second is for frames that are stored behind a key frame and presented before it. The last is the beginning.
    """
    before, keyframes = 0, []
    for entry in stream.index_entries:
        if before > number:
            break
        if entry.is_keyframe:
            keyframes.append((entry.timestamp, before))
        before += not entry.is_discard
    yield from reversed(keyframes[-2:])
    yield None, 0


def _coded(container: Any, stream: Any, frames_left: int, *, by_decoding_time: bool) -> list[Coded] | None:
    """Return the frames that lie behind the position, until so many are presented; None without time stamps."""
    found: list[Coded] = []
    seen: set[int] = set()
    for packet in shown_packets(container, stream):
        if packet.pts is None or packet.pts in seen:
            return None
        seen.add(packet.pts)
        seek_at = packet.dts if by_decoding_time and packet.dts is not None else packet.pts
        found.append(Coded(packet.pts, seek_at, packet.is_keyframe, not packet.is_discard))
        frames_left -= not packet.is_discard
        if frames_left <= 0:
            break
    return found


def _decoded(container: Any, stream: Any, pts: int, starts: list[Coded]) -> Any:
    """Return the frame that is presented at `pts`, decoded from a key frame before it, else from the beginning."""
    for start in reversed(starts[-2:]):
        container.seek(start.seek_at, stream=stream)
        frame = _from_keyframe(container, stream, pts)
        if frame is not None:
            return frame
    _rewind(container, stream)
    frame = _from_keyframe(container, stream, pts)
    if frame is None:
        raise Unrenderable("The frame cannot be decoded.")
    return frame


def _from_keyframe(container: Any, stream: Any, pts: int) -> Any:
    """Return the frame, or None where the position is behind it or it does not come."""
    is_started = False
    for count, packet in enumerate(container.demux(stream)):
        if not is_started and packet.size:
            if packet.is_keyframe and packet.pts > pts:
                return None
            is_started = packet.is_keyframe
        if not is_started:
            continue
        for frame in packet.decode():
            if frame.pts == pts:
                return frame
            if frame.pts is not None and frame.pts > pts:
                return None
        if count > MAX_DECODED_PACKETS:
            raise Unrenderable("The frame lies too far behind a key frame to be decoded here.")
    return None


def _counted(container: Any, stream: Any, number: int) -> Any:
    """Return a frame by decoding all before it."""
    if number > MAX_DECODED_PACKETS:
        raise Unrenderable("The video has no time stamps, and the frame is too far into it to be counted here.")
    _rewind(container, stream)
    for count, frame in enumerate(container.decode(stream)):
        if count == number:
            return frame
    raise Unrenderable(f"The video has no frame {number}; frames count from 0.")


def _rewind(container: Any, stream: Any) -> None:
    # without an index, earlier than the first time stamp: MPEG-TS else begins behind its first key frame
    index = stream.index_entries
    first = index[0].timestamp if len(index) else (stream.start_time or 0) - round(10 / stream.time_base)
    container.seek(first, stream=stream)


def shown_packets(container: Any, stream: Any) -> Iterator[Any]:
    """Yield the packets from the position on that become pictures, also those that are cut off."""
    for packet in container.demux(stream):
        if packet.size and _is_shown(stream, packet):
            yield packet


def _is_shown(stream: Any, packet: Any) -> bool:
    """Return whether a packet becomes a picture: VP8 has reference frames that are never shown (RFC 6386, 9.1)."""
    codec = stream.codec_context.name if stream.codec_context else None
    return codec not in ("vp8", "libvpx") or bool(bytes(packet)[0] & 0x10)
