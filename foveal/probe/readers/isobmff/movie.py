"""MP4, QuickTime and related formats: the movie box, without its sample tables (ISO/IEC 14496-12, 8)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import isfinite

from foveal.probe.containers.bmff import Box, body, boxes, children, version_and_flags
from foveal.probe.errors import ProbeError, Reason, malformed, not_media
from foveal.probe.facts import Audio, Facts, Fraction, bounded_count
from foveal.probe.orientation import IDENTITY, Matrix, compose, orientation_of, rotation_of
from foveal.probe.readers.isobmff import fragments
from foveal.probe.readers.isobmff.edits import Edit, SampleTimes, read_edits, read_offsets, shown_samples
from foveal.probe.readers.isobmff.movie_metadata import read_metadata
from foveal.probe.readers.isobmff.sample_entry import first_entry, read_audio_entry, read_video_entry
from foveal.probe.sources import MemorySource
from foveal.probe.window import Budget, Window

_MAX_TRACKS = 64
_MAX_COMPRESSED_BYTES = 1024 * 1024
_MAX_INFLATED_BYTES = 4 * 1024 * 1024
_VIDEO_HANDLERS = (b"vide", b"pict")
_UNKNOWN_DURATIONS = (0, 2**32 - 1, 2**64 - 1)


@dataclass(slots=True)
class Track:
    """One track: its times in units of its own timescale."""

    track_id: int = 0
    is_enabled: bool = False
    matrix: Matrix | None = IDENTITY
    handler: bytes = b""
    timescale: int = 0
    duration: int = 0
    sample_count: int | None = None
    times: SampleTimes = field(default_factory=SampleTimes)
    edits: list[Edit] = field(default_factory=list)
    facts: Facts | None = None
    audio: Audio | None = None
    chapters: tuple[int, ...] = ()
    """Ids of the tracks with titles or pictures of this track's chapters."""


@dataclass(slots=True)
class _Movie:
    """Contents of the movie box besides metadata."""

    timescale: int = 0
    duration: int = 0
    matrix: Matrix | None = IDENTITY
    extends: Box | None = None
    tracks: list[Track] = field(default_factory=list)


def read_movie(window: Window, moov: Box, facts: Facts, *, require_video: bool = True) -> Track | None:
    """Set the facts of the main video track, the first audio track and the movie itself.

    Sample tables are passed over by their sizes. Returns the video track, None where there is none and
    none is required. Raises ProbeError: `not_media` for a movie without video, or what the boxes deserve.
    """
    movie = _Movie()
    with window.scope(moov.end + 16):  # the head of what follows tells whether the media data is whole
        _read_boxes(window, moov, movie, facts)
    video = _main_video(movie.tracks)
    if video is None or video.facts is None:
        if require_video:
            raise not_media("a movie without a video track")
        return None
    _take_picture(video.facts, facts)
    _set_rotation(video, movie.matrix, facts)
    facts.audio = next((track.audio for track in movie.tracks if track.audio), None)
    if movie.timescale and movie.duration not in _UNKNOWN_DURATIONS:
        facts.duration_seconds = _seconds(movie.duration, movie.timescale)
    elif video.timescale and video.duration not in _UNKNOWN_DURATIONS:
        facts.duration_seconds = _seconds(video.duration, video.timescale)
    _set_timing(window, video, movie.timescale, facts)
    facts.is_fragmented = movie.extends is not None
    if movie.extends is not None:
        timing = fragments.Timing(video.track_id, video.timescale, video.duration, movie.timescale)
        fragments.read(window, moov, movie.extends, timing, facts)
    return video


def _read_boxes(window: Window, moov: Box, movie: _Movie, facts: Facts) -> None:
    for box in _near(window, moov.body, moov.end, lambda: any(track.facts for track in movie.tracks)):
        if box.kind == b"mvhd":
            movie.timescale, movie.duration, movie.matrix = _read_movie_header(window, box)
        elif box.kind == b"trak" and len(movie.tracks) < _MAX_TRACKS:
            movie.tracks.append(_read_track(window, box))
        elif box.kind == b"mvex":
            movie.extends = box
        elif box.kind == b"cmov":
            _read_compressed(window, box, movie, facts)
        elif box.kind in (b"udta", b"meta") and window.can_plan(box.body, box.size):
            try:
                read_metadata(window, box, facts)
            except ProbeError as error:
                if error.reason not in (
                    Reason.MALFORMED,
                    Reason.TRUNCATED,
                ):  # damaged metadata takes nothing from the picture
                    raise


def _read_compressed(window: Window, cmov: Box, movie: _Movie, facts: Facts) -> None:
    """Inflate a compressed movie resource (QuickTime File Format, Compressed Movie Resources)."""
    data = children(window, cmov).get(b"cmvd")
    if data is None or not 4 < data.size <= _MAX_COMPRESSED_BYTES:
        raise malformed("a compressed movie without its data")
    import zlib

    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(window.read(data.body + 4, data.size - 4), _MAX_INFLATED_BYTES)
    except zlib.error:
        raise malformed("a compressed movie that cannot be inflated") from None
    whole = Window(MemorySource(inflated), Budget(first_block_bytes=_MAX_INFLATED_BYTES))
    moov = next(boxes(whole, 0, whole.size), None)
    if moov is None or moov.kind != b"moov" or children(whole, moov).keys() & {b"cmov"}:
        raise malformed("a compressed movie that holds none")
    _read_boxes(whole, moov, movie, facts)


def _near(window: Window, start: int, end: int, has_enough: Callable[[], bool]) -> Iterator[Box]:
    """Yield sibling boxes until the next one would need an unplanned request for optional facts."""
    for box in boxes(window, start, end):
        yield box
        if has_enough() and not window.can_plan(box.end, 8):
            return


def _seconds(duration: int, timescale: int) -> float | None:
    seconds = duration / timescale
    return round(seconds, 6) if isfinite(seconds) and seconds < 2**40 else None


def _read_movie_header(window: Window, box: Box) -> tuple[int, int, Matrix | None]:
    version, _ = version_and_flags(window, box)
    data = body(window, box, 112)
    wide = version == 1
    if len(data) < (112 if wide else 100):
        raise malformed("a movie header that is too short")
    timescale, duration = struct.unpack_from(">IQ" if wide else ">II", data, 20 if wide else 12)
    return timescale, duration, _matrix(data, 48 if wide else 36)


def _matrix(data: bytes, offset: int) -> Matrix | None:
    """Return the rotation of a transformation matrix; None if it is not a multiple of 90 degrees."""
    a, b, _, c, d = struct.unpack_from(">5i", data, offset)
    if (a or d) and (b or c):
        return None
    matrix = (_sign(a), _sign(c), _sign(b), _sign(d))
    return matrix if orientation_of(matrix) else None


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _read_track(window: Window, trak: Box) -> Track:
    track = Track()
    for box in _near(window, trak.body, trak.end, lambda: bool(track.handler)):
        if box.kind == b"tkhd":
            _read_track_header(window, box, track)
        elif box.kind == b"tref":
            chapters = children(window, box).get(b"chap")
            data = body(window, chapters, 4 * _MAX_TRACKS) if chapters else b""
            track.chapters = struct.unpack_from(f">{len(data) // 4}I", data)
        elif box.kind == b"edts":
            track.edits = read_edits(window, box)
        elif box.kind == b"mdia":
            _read_media(window, box, track)
    return track


def _read_track_header(window: Window, box: Box, track: Track) -> None:
    version, flags = version_and_flags(window, box)
    wide = version == 1
    data = body(window, box, 96)
    if len(data) < (96 if wide else 84):
        raise malformed("a track header that is too short")
    track.is_enabled = bool(flags & 1)
    (track.track_id,) = struct.unpack_from(">I", data, 20 if wide else 12)
    track.matrix = _matrix(data, 52 if wide else 40)


def _read_media(window: Window, mdia: Box, track: Track) -> None:
    for box in _near(window, mdia.body, mdia.end, lambda: bool(track.facts or track.audio)):
        if box.kind == b"mdhd":
            version, _ = version_and_flags(window, box)
            data = body(window, box, 36)
            if len(data) < (32 if version == 1 else 20):
                raise malformed("a media header that is too short")
            track.timescale, track.duration = struct.unpack_from(
                ">IQ" if version == 1 else ">II", data, 20 if version == 1 else 12
            )
        elif box.kind == b"hdlr" and box.size >= 12:
            track.handler = window.read(box.body + 8, 4)
        elif box.kind == b"minf" and track.handler in (*_VIDEO_HANDLERS, b"soun"):
            for child in _near(window, box.body, box.end, lambda: bool(track.facts or track.audio)):
                if child.kind == b"stbl":
                    _read_sample_table(window, child, track)


def _read_sample_table(window: Window, stbl: Box, track: Track) -> None:
    """Read sample entries and timing. The tables of sample sizes and offsets, by far the largest, are never read."""

    def has_enough() -> bool:
        return bool(track.facts or track.audio)

    for box in _near(window, stbl.body, stbl.end, has_enough):
        if box.kind == b"stsd":
            entry = first_entry(window, box)
            if entry is not None and track.handler in _VIDEO_HANDLERS:
                track.facts = Facts()
                read_video_entry(window, entry, track.facts)
            elif entry is not None:
                track.audio = read_audio_entry(window, entry)
                return
        elif box.kind == b"stts" and box.size >= 8:
            (entries,) = struct.unpack(">I", window.read(box.body + 4, 4))
            if 8 * entries > box.size - 8:
                raise malformed("a time-to-sample table larger than its box")
            length = 8 * entries
            if window.has(box.body + 8, length) or length <= window.left_in_plan():
                table = window.read(box.body + 8, length)
                track.times.deltas = list(struct.iter_unpack(">II", table))
                track.sample_count = sum(count for count, _ in track.times.deltas)
            else:  # too long for the plan: the number of samples follows, before their sizes
                window.upto(box.end, min(stbl.end - box.end, window.left_in_plan()))
        elif box.kind == b"ctts" and box.size >= 8 and track.edits:
            read_offsets(window, box, track.times)
        elif box.kind in (b"stsc", b"stco", b"co64"):
            track.times.has_offsets = True  # all writers put the offsets before these tables
        elif box.kind in (b"stsz", b"stz2") and box.size >= 12:
            track.times.has_offsets = True
            if track.sample_count is None:
                (track.sample_count,) = struct.unpack(">I", window.read(box.body + 8, 4))
        is_timed = not track.edits or track.times.has_offsets or not window.has(box.end, 8)
        if has_enough() and track.sample_count is not None and is_timed:
            return


def _main_video(tracks: list[Track]) -> Track | None:
    """Return the first enabled video track, else the first one; chapter pictures do not count."""
    chapters = {track_id for track in tracks for track_id in track.chapters}
    videos = [track for track in tracks if track.facts and track.track_id not in chapters]
    return next((track for track in videos if track.is_enabled), videos[0] if videos else None)


_PICTURE_FIELDS = (
    "stored_width", "stored_height", "num_channels", "bit_depth", "colour_space", "icc_profile", "has_alpha",
    "colour_primaries", "transfer", "hdr", "hdr_format", "codec", "codec_profile", "codec_string",
    "pixel_aspect",
)  # fmt: skip


def _take_picture(source: Facts, facts: Facts) -> None:
    for name in _PICTURE_FIELDS:
        value = getattr(source, name)
        if value is not None:
            setattr(facts, name, value)


def _set_rotation(video: Track, movie_matrix: Matrix | None, facts: Facts) -> None:
    if video.matrix is None or movie_matrix is None:
        return
    orientation = orientation_of(compose((video.matrix, movie_matrix)))
    if orientation is not None:
        facts.rotation, mirrored = rotation_of(orientation)
        facts.is_mirrored = mirrored or None


def _set_timing(window: Window, video: Track, movie_timescale: int, facts: Facts) -> None:
    """Set the number of frames that are shown, and the rate of all.

    The last frame's duration is often cut to fit: it does not make the rate vary.
    """
    count = video.sample_count
    if not count or not video.timescale:
        return
    scales = (video.timescale, movie_timescale)
    shown = shown_samples(window, video.edits, video.times, count, video.duration, scales)
    facts.frame_count = bounded_count(shown or 0)
    deltas = [(samples, delta) for samples, delta in video.times.deltas if samples]
    if deltas and len(deltas) > 1 and deltas[-1][0] == 1:
        deltas = deltas[:-1]
    if len({delta for _, delta in deltas}) == 1:
        facts.frame_rate = Fraction.of(video.timescale, deltas[0][1])
        facts.is_variable_frame_rate = False
        return
    total = sum(samples * delta for samples, delta in video.times.deltas) or video.duration
    if total not in _UNKNOWN_DURATIONS:
        facts.frame_rate = Fraction.of(count * video.timescale, total)
        facts.is_variable_frame_rate = True
