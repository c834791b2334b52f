"""Audio frame headers: channels and sample rate from the first frame of a stream."""

from __future__ import annotations

from collections.abc import Callable

from foveal.probe.codecs.bits import Bits
from foveal.probe.facts import Audio

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AC3_RATES = (48000, 44100, 32000)
_AC3_CHANNELS = (2, 1, 2, 3, 3, 4, 4, 5)
_MPEG_RATES = (44100, 48000, 32000)
_DTS_RATES = {1: 8000, 2: 16000, 3: 32000, 6: 11025, 7: 22050, 8: 44100, 11: 12000, 12: 24000, 13: 48000}
_DTS_CHANNELS = (1, 2, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 6, 7, 8, 8)
_HEADER_BYTES = 12
_MPEG_LAYERS = {1: "mp3", 2: "mp2", 3: "mp1"}


def read_frame(data: bytes, audio: Audio) -> None:
    """Set codec name, channels and sample rate from the first frame header; nothing if there is none."""
    for at in range(len(data) - _HEADER_BYTES + 1):
        header = data[at : at + _HEADER_BYTES]
        for matches, read in _FRAMES.get(audio.codec or "", ()):
            if matches(header):
                read(header, audio)
                return


def _is_ac3(header: bytes) -> bool:
    return header[:2] == b"\x0b\x77"


def _read_ac3(header: bytes, audio: Audio) -> None:
    """Read AC-3 or E-AC-3, told apart by the bit stream identification (ATSC A/52, 5.3 and E.2.2)."""
    if header[5] >> 3 > 10:
        bits = Bits(header[4:])
        rate = bits.take(2)
        reduced = bits.take(2)
        mode = bits.take(3)
        audio.codec = "eac3"
        if rate < 3:
            audio.sample_rate = _AC3_RATES[rate]
        elif reduced < 3:
            audio.sample_rate = _AC3_RATES[reduced] // 2
    else:
        bits = Bits(header[4:])
        rate = bits.take(2)
        bits.skip(6 + 5 + 3)
        mode = bits.take(3)
        bits.skip((2 if mode & 1 and mode != 1 else 0) + (2 if mode & 4 else 0) + (2 if mode == 2 else 0))
        audio.sample_rate = _AC3_RATES[rate] if rate < 3 else None
    audio.channels = _AC3_CHANNELS[mode] + bits.take(1)


def _is_adts(header: bytes) -> bool:
    return header[0] == 0xFF and header[1] & 0xF6 == 0xF0


def _read_adts(header: bytes, audio: Audio) -> None:
    """Read an ADTS header (ISO/IEC 14496-3, 1.A.2)."""
    audio.codec = "aac"
    index = header[2] >> 2 & 15
    channels = (header[2] & 1) << 2 | header[3] >> 6
    audio.sample_rate = _AAC_RATES[index] if index < len(_AAC_RATES) else None
    audio.channels = {7: 8}.get(channels, channels) or None


def _is_mpeg(header: bytes) -> bool:
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    is_sync = header[0] == 0xFF and header[1] & 0xE0 == 0xE0
    return is_sync and version != 1 and layer != 0 and header[2] >> 4 != 15 and header[2] >> 2 & 3 != 3


def _read_mpeg(header: bytes, audio: Audio) -> None:
    """Read an MPEG audio header (ISO/IEC 11172-3, 2.4.1.3): MPEG-2 has half the rates, MPEG-2.5 a quarter."""
    audio.codec = _MPEG_LAYERS[header[1] >> 1 & 3]
    audio.sample_rate = _MPEG_RATES[header[2] >> 2 & 3] // {3: 1, 2: 2, 0: 4}[header[1] >> 3 & 3]
    audio.channels = 1 if header[3] >> 6 == 3 else 2


def _is_dts(header: bytes) -> bool:
    return header[:4] == b"\x7f\xfe\x80\x01"


def _read_dts(header: bytes, audio: Audio) -> None:
    """Read the header of a core frame (ETSI TS 102 114, 5.3)."""
    bits = Bits(header[4:])
    bits.skip(1 + 5 + 1 + 7 + 14)
    mode, rate = bits.take(6), bits.take(4)
    bits.skip(5 + 5 + 3 + 1 + 1)
    audio.sample_rate = _DTS_RATES.get(rate)
    audio.channels = _DTS_CHANNELS[mode] + (1 if bits.take(2) in (1, 2) else 0) if mode < len(_DTS_CHANNELS) else None


_Frame = tuple[Callable[[bytes], bool], Callable[[bytes, Audio], None]]
_MPEG: tuple[_Frame, ...] = ((_is_adts, _read_adts), (_is_mpeg, _read_mpeg))
_AC3: tuple[_Frame, ...] = ((_is_ac3, _read_ac3),)
_DTS: tuple[_Frame, ...] = ((_is_dts, _read_dts),)
_FRAMES = {"aac": _MPEG, "mp1": _MPEG, "mp2": _MPEG, "mp3": _MPEG, "ac3": _AC3, "eac3": _AC3, "dts": _DTS}
