"""Elementary video streams: the picture of the first parameter set or sequence header between start codes."""

from __future__ import annotations

from foveal.probe.codecs.bits import Bits, unescape
from foveal.probe.codecs.parameter_sets import h264_picture, hevc_picture
from foveal.probe.codecs.pictures import Picture, mpeg4_picture
from foveal.probe.errors import ProbeError, Reason
from foveal.probe.facts import Fraction

RATES = ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1))
"""Frame rates by the code of a sequence header (ISO/IEC 13818-2, table 6-4)."""


def first_picture(data: bytes, codec: str | None) -> tuple[Picture, str] | None:
    """Return the picture of the first parameter set that is whole, and the codec.

    `mpeg1video` and `mpeg2video` are told apart by the stream. None if there is no parameter set.
    """
    at = 0
    for _ in range(256):
        at = data.find(b"\0\0\1", at)
        if at < 0 or at + 4 > len(data):
            return None
        end = data.find(b"\0\0\1", at + 3)
        unit = data[at + 3 : end if end >= 0 else len(data)]
        at += 3
        if not unit:
            continue
        try:
            if codec == "h264" and unit[0] & 31 == 7:
                return h264_picture(unit), codec
            if codec == "hevc" and unit[0] >> 1 & 63 == 33:
                return hevc_picture(unit), codec
            if codec == "mpeg4" and unit[0] in range(0x20, 0x30):
                return mpeg4_picture(b"\0\0\1" + unit), codec
            if codec in ("mpeg2video", "mpeg1video") and unit[0] == 0xB3 and end >= 0:
                following = data[at + len(unit) : at + len(unit) + 16]
                codec = "mpeg2video" if following[:4] == b"\0\0\1\xb5" else "mpeg1video"
                return _mpeg2_picture(unit, following), codec
        except ProbeError as error:
            if error.reason is not Reason.MALFORMED:
                raise
    return None


def _mpeg2_picture(unit: bytes, following: bytes) -> Picture:
    """Read a sequence header (ISO/IEC 13818-2, 6.2.2.1) and the extension that follows it."""
    bits = Bits(unit[1:])
    width, height, aspect, rate = bits.take(12), bits.take(12), bits.take(4), bits.take(4)
    num, den = RATES[rate - 1] if 1 <= rate <= 8 else (0, 0)
    if following[:4] == b"\0\0\1\xb5" and len(following) >= 10 and following[4] >> 4 == 1:
        extension = Bits(unescape(following[4:]))
        extension.skip(4 + 8 + 1 + 2)
        width |= extension.take(2) << 12
        height |= extension.take(2) << 12
        extension.skip(12 + 1 + 8 + 1)
        num *= extension.take(2) + 1
        den *= extension.take(5) + 1
    picture = Picture(width, height, 8, frame_rate=Fraction.of(num, den))
    shape = {2: (4, 3), 3: (16, 9), 4: (221, 100)}.get(aspect)
    if shape:
        picture.pixel_aspect = Fraction.of(shape[0] * height, shape[1] * width)
    return picture
