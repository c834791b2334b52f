"""Advanced Systems Format of Windows Media (ASF specification 01.20.05): the header object."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from uuid import UUID

from foveal.probe.codecs.elementary import first_picture
from foveal.probe.codecs.names import RIFF_AUDIO, RIFF_VIDEO, name_of, set_fixed_depth
from foveal.probe.errors import hostile, malformed, not_media, truncated
from foveal.probe.facts import Audio, Facts, Fraction, bounded_count
from foveal.probe.picture_size import set_size
from foveal.probe.window import KIB, Window

_MAX_OBJECTS = 512
_MAX_OBJECT_BYTES = 64 * KIB


def _guid(text: str) -> bytes:
    return UUID(text).bytes_le


_DATA = _guid("75B22636-668E-11CF-A6D9-00AA0062CE6C")
_FILE = _guid("8CABDCA1-A947-11CF-8EE4-00C00C205365")
_STREAM = _guid("B7DC0791-A9B7-11CF-8EE6-00C00C205365")
_EXTENSION = _guid("5FBF03B5-A92E-11CF-8EE3-00C00C205365")
_EXTENDED_STREAM = _guid("14E6A5CB-C672-4332-8399-A96952065B5A")
_METADATA = _guid("C5F8CBEA-5BAF-4877-8467-AA8C44FA4CCA")
_VIDEO = _guid("BC19EFC0-5B4D-11CF-A8FD-00805F5C442B")
_AUDIO = _guid("F8699E40-5B4D-11CF-A8FD-00805F5C442B")
_UNITS_PER_SECOND = 10_000_000

Object = tuple[bytes, int, int]
"""GUID, offset of the body, offset of the end."""


def read(window: Window, facts: Facts) -> None:
    """Read the first video and the first audio stream, with their rate and pixel aspect from the extension."""
    facts.set_kind("video", "asf", "video/x-ms-asf")
    (size,) = struct.unpack_from("<Q", window.read(0, 30), 16)
    if not 30 <= size <= window.size:
        raise (truncated if size > window.size else malformed)(f"a header object of {size} bytes")
    video: int | None = None
    rates: dict[int, Fraction] = {}
    aspects: dict[int, list[int]] = {}
    with window.scope(size):
        for guid, start, end in _with_extension(window, 30, size):
            data = window.read(start, min(end - start, _MAX_OBJECT_BYTES))
            if guid == _FILE and len(data) >= 64:
                _read_file(data, facts)
            elif guid == _STREAM and len(data) >= 54:
                number = struct.unpack_from("<H", data, 48)[0] & 127
                if data[:16] == _VIDEO and video is None:
                    video = number
                    _read_video(data[54:], facts)
                elif data[:16] == _AUDIO and facts.audio is None and len(data) >= 70:
                    facts.audio = _read_audio(data[54:])
            elif guid == _EXTENDED_STREAM and len(data) >= 64:
                number, _, each = struct.unpack_from("<HHQ", data, 48)
                if rate := Fraction.of(_UNITS_PER_SECOND, each):
                    rates[number] = _rounded(rate)
            elif guid == _METADATA:
                _read_aspects(data, aspects)
    if video is None:
        raise not_media("no video stream")
    facts.frame_rate = rates.get(video)
    across, down = aspects.get(video) or [0, 0]
    facts.pixel_aspect = Fraction.of(across, down)
    _check_data(window, size)


def _objects(window: Window, offset: int, end: int) -> Iterator[Object]:
    for _ in range(_MAX_OBJECTS):
        if end - offset < 24:
            return
        guid, size = struct.unpack("<16sQ", window.read(offset, 24))
        if size < 24 or offset + size > end:
            raise malformed(f"an object of {size} bytes")
        yield guid, offset + 24, offset + size
        offset += size
    raise hostile(f"more than {_MAX_OBJECTS} objects side by side")


def _with_extension(window: Window, offset: int, end: int) -> Iterator[Object]:
    """Yield the objects of the header, and those in its extension."""
    for guid, start, stop in _objects(window, offset, end):
        if guid == _EXTENSION:
            yield from _objects(window, start + 22, stop)
        else:
            yield guid, start, stop


def _read_file(data: bytes, facts: Facts) -> None:
    """Set the duration: the play duration without the time for which players buffer first (3.2)."""
    duration, _, preroll, flags = struct.unpack_from("<QQQI", data, 40)
    seconds = duration / _UNITS_PER_SECOND - preroll / 1000
    if not flags & 1 and 0 < seconds < 2**31:  # 1: a broadcast, whose duration is not known
        facts.duration_seconds = round(seconds, 6)


def _read_video(data: bytes, facts: Facts) -> None:
    """Read the size, and the BITMAPINFOHEADER that names the codec (9.2)."""
    if len(data) < 51:
        raise malformed("a video stream that is too short")
    width, height = struct.unpack_from("<ii", data, 15)
    set_size(facts, width, abs(height))
    facts.codec = name_of(data[27:31].upper(), RIFF_VIDEO)
    if facts.codec in ("wmv1", "wmv2", "wmv3", "vc1"):
        facts.set_kind("video", "wmv", "video/x-ms-wmv")
    set_fixed_depth(facts)
    if facts.codec in ("h264", "hevc") and (found := first_picture(data[51:], facts.codec)):
        found[0].crop_to(width, abs(height))
        found[0].fill(facts)


def _read_audio(data: bytes) -> Audio:
    tag, channels, rate = struct.unpack_from("<HHI", data)
    return Audio(RIFF_AUDIO.get(tag, f"0x{tag:04x}"), channels or None, bounded_count(rate))


def _rounded(rate: Fraction) -> Fraction:
    """Return the rate that 100 nanoseconds round to: a whole number, or 1000/1001 of one."""
    value = rate.num / rate.den
    for unit, den in ((1, 1), (1000, 1001)):
        num = unit * round(value * den / unit)
        if num and abs(_UNITS_PER_SECOND * den / num - _UNITS_PER_SECOND / value) < 1:
            return Fraction(num, den)
    return rate


def _read_aspects(data: bytes, aspects: dict[int, list[int]]) -> None:
    """Read the records of the metadata object (4.7) that state the aspect of a pixel."""
    at = 2
    while at + 12 <= len(data):
        _, stream, name_bytes, _, value_bytes = struct.unpack_from("<HHHHI", data, at)
        name = data[at + 12 : at + 12 + name_bytes].decode("utf-16-le", "replace").rstrip("\0")
        value = int.from_bytes(data[at + 12 + name_bytes : at + 12 + name_bytes + min(value_bytes, 4)], "little")
        if name in ("AspectRatioX", "AspectRatioY"):
            aspects.setdefault(stream, [0, 0])[name == "AspectRatioY"] = value
        at += 12 + name_bytes + value_bytes


def _check_data(window: Window, offset: int) -> None:
    """Raise ProbeError (`truncated`) if the data object that follows the header ends after the object."""
    if window.size - offset < 24:
        raise truncated("it ends before its media data")
    if window.has(offset, 24):
        guid, size = struct.unpack("<16sQ", window.read(offset, 24))
        if guid == _DATA and size >= 50 and offset + size > window.size:
            raise truncated(f"its media data ends at {offset + size}, the object at {window.size}")
