"""Sample entries (stsd) of ISO base media: coding of a video or audio track."""

from __future__ import annotations

import re
import struct

from foveal.probe.codecs.bits import Bits
from foveal.probe.codecs.cicp import set_colour
from foveal.probe.codecs.names import QUICKTIME_AUDIO, QUICKTIME_VIDEO, name_of, set_fixed_depth
from foveal.probe.codecs.parameter_sets import h264_picture, hevc_picture
from foveal.probe.codecs.pictures import Picture, av1_picture, mpeg4_picture
from foveal.probe.codecs.strings import CONFIGS, codec_string
from foveal.probe.containers.bmff import Box, body, boxes
from foveal.probe.errors import ProbeError, Reason, malformed
from foveal.probe.facts import Audio, Facts, Fraction
from foveal.probe.metadata.icc import profile_name
from foveal.probe.picture_size import set_size
from foveal.probe.window import Window

_OBJECT_TYPES = {
    0x20: "mpeg4", 0x21: "h264", 0x23: "hevc", 0x60: "mpeg2video", 0x61: "mpeg2video", 0x62: "mpeg2video",
    0x63: "mpeg2video", 0x64: "mpeg2video", 0x65: "mpeg2video", 0x6A: "mpeg1video", 0x6C: "mjpeg",
    0x6D: "png", 0x40: "aac", 0x66: "aac", 0x67: "aac", 0x68: "aac", 0x69: "mp3", 0x6B: "mp3",
    0xA5: "ac3", 0xA6: "eac3", 0xA9: "dts", 0xAD: "opus", 0xDD: "vorbis",
}  # fmt: skip
_AMR_RATES = {b"samr": 8000, b"sawb": 16000}
_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AAC_CHANNELS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 11: 7, 12: 8, 13: 24, 14: 8}
_AC3_CHANNELS = (2, 1, 2, 3, 3, 4, 4, 5)
_AUDIO_BOXES = frozenset(
    {b"esds", b"dac3", b"dec3", b"dOps", b"srat", b"alac", b"frma", b"dfLa", b"enda", b"pcmC", b"wave"}
)
_MAX_CONFIG_BYTES = 8192


def first_entry(window: Window, stsd: Box) -> Box | None:
    """Return the first sample entry: the only one, except in streams whose format changes."""
    return next(boxes(window, stsd.body + 8, stsd.end), None)


def read_video_entry(window: Window, entry: Box, facts: Facts) -> None:
    """Set size, codec, bit depth, colour and pixel aspect.

    The size that the codec's own header states wins over the entry's: it is what a decoder hands out.
    """
    data = window.read(entry.body, 78) if entry.size >= 78 else b""
    if not data:
        raise malformed("a visual sample entry that is too short")
    width, height = struct.unpack_from(">HH", data, 24)
    (depth,) = struct.unpack_from(">H", data, 74)
    facts.codec = name_of(entry.kind, QUICKTIME_VIDEO)
    if width and height:
        set_size(facts, width, height)
    if entry.kind in (b"ap4h", b"ap4x", b"rle ", b"png ", b"raw ", b"Hap1") and depth in (24, 32):
        facts.has_alpha = depth == 32
    seen: dict[bytes, bytes] = {}
    for box in boxes(window, entry.body + 78, entry.end):
        if box.kind not in seen or (
            box.kind == b"colr" and facts.transfer is None
        ):  # an ICC and an nclx one may stand together
            read_video_property(window, box, facts)
        seen.setdefault(box.kind, body(window, box, _MAX_CONFIG_BYTES) if box.kind in CONFIGS else b"")
    facts.codec_string = codec_string(entry.kind, seen)
    if facts.stored_width is None:
        raise malformed("a video track without a size")
    if facts.codec == "prores":
        facts.bit_depth = 12 if entry.kind in (b"ap4h", b"ap4x") else 10
    set_fixed_depth(facts)


def read_video_property(window: Window, box: Box, facts: Facts) -> None:
    """Take what one box of a sample entry (or one HEIF item property) states of the pictures."""
    data = body(window, box, _MAX_CONFIG_BYTES)
    if box.kind in (b"dvcC", b"dvvC", b"dvwC"):
        facts.hdr_format = "dolby_vision"
    elif box.kind == b"pasp" and len(data) >= 8:
        facts.pixel_aspect = Fraction.of(*struct.unpack_from(">II", data))
    elif box.kind == b"colr":
        _read_colour(data, facts)
    elif box.kind == b"vpcC" and len(data) >= 10:
        facts.bit_depth, facts.num_channels, facts.colour_space = data[6] >> 4, 3, "ycbcr"
        set_colour(facts, data[7], data[8])
    elif box.kind == b"esds":
        codec, config = _object_type(data)
        facts.codec = codec or facts.codec
        picture = coded_picture(b"esds", config) if codec == "mpeg4" else None
        if picture is not None:
            picture.fill(facts)
    elif box.kind == b"sinf":
        for child in boxes(window, box.body, box.end):
            if child.kind == b"frma":
                facts.codec = name_of(body(window, child, 4), QUICKTIME_VIDEO)
    else:
        picture = coded_picture(box.kind, data)
        if picture is not None:
            if box.kind == b"avcC" and facts.stored_width and facts.stored_height:
                picture.crop_to(facts.stored_width, facts.stored_height)
            picture.fill(facts)
        elif box.kind == b"av1C" and len(data) >= 4:  # the headers themselves may stand in the stream alone
            facts.bit_depth = 12 if data[2] & 0x20 else 10 if data[2] & 0x40 else 8
        elif box.kind == b"hvcC" and len(data) >= 19:
            facts.bit_depth = 8 + (data[17] & 7)


def coded_picture(kind: bytes, data: bytes) -> Picture | None:
    """Return the coded picture of a decoder configuration; None if the configuration is damaged or of another codec.

    `kind` is that of the box which holds it in ISO base media.
    """
    try:
        if kind == b"avcC" and len(data) > 8 and data[5] & 31:
            (length,) = struct.unpack_from(">H", data, 6)
            return h264_picture(data[8 : 8 + length])
        if kind == b"hvcC":
            sps = _hevc_sps(data)
            return hevc_picture(sps) if sps else None
        if kind == b"av1C" and len(data) > 4:
            return av1_picture(data[4:])
        if kind == b"esds":
            return mpeg4_picture(data)
    except ProbeError as error:
        if error.reason is not Reason.MALFORMED:
            raise
    return None


def _hevc_sps(data: bytes) -> bytes | None:
    offset = 23
    for _ in range(data[22] if len(data) > 22 else 0):
        if offset + 3 > len(data):
            break
        kind, count = data[offset] & 63, int.from_bytes(data[offset + 1 : offset + 3], "big")
        offset += 3
        for _ in range(count):
            if offset + 2 > len(data):
                return None
            length = int.from_bytes(data[offset : offset + 2], "big")
            if kind == 33:
                return data[offset + 2 : offset + 2 + length]
            offset += 2 + length
    return None


def _read_colour(data: bytes, facts: Facts) -> None:
    if data[:4] in (b"nclx", b"nclc") and len(data) >= 10:
        set_colour(facts, *struct.unpack_from(">HH", data, 4))
    elif data[:4] in (b"prof", b"rICC"):
        facts.icc_profile = profile_name(data[4:])


def read_audio_entry(window: Window, entry: Box) -> Audio:
    """Return codec, channels and sample rate; the header of the codec wins over the fields of the entry."""
    data = window.read(entry.body, min(entry.size, 64))
    audio = Audio(codec=name_of(entry.kind, QUICKTIME_AUDIO))
    if len(data) < 28:
        return audio
    if entry.kind in _AMR_RATES:  # always mono at one rate; the fields of the entry are ignored (TS 26.244, 6.5)
        audio.channels, audio.sample_rate = 1, _AMR_RATES[entry.kind]
        return audio
    version, channels, bits, rate = struct.unpack_from(">H6xHH4xI", data, 8)
    audio.channels, audio.sample_rate = channels or None, (rate if entry.kind == b"mlpa" else rate >> 16) or None
    if bits == 8 and entry.kind in (b"sowt", b"twos"):
        audio.codec = "pcm_s8"
    elif bits == 16 and entry.kind == b"raw ":
        audio.codec = "pcm_s16be"
    skip = 28
    if version == 1 and len(data) >= 44 and data[32:36] not in _AUDIO_BOXES:
        skip = 44
    elif version == 2 and len(data) >= 64:
        skip = 64
        (exact,) = struct.unpack_from(">d", data, 32)
        audio.sample_rate = int(exact) if 0 < exact < 2**31 else None
        audio.channels = struct.unpack_from(">I", data, 40)[0] or None
        if entry.kind == b"lpcm":
            audio.codec = _linear_pcm(*struct.unpack_from(">II", data, 48))
    try:
        if entry.size > skip:
            _read_audio_boxes(window, entry.body + skip, entry.end, audio)
    except ProbeError as error:
        if error.reason is not Reason.MALFORMED:  # the sound's own header is damaged; the picture is not
            raise
    return audio


def _linear_pcm(bits: int, flags: int) -> str:
    """Return the codec by QuickTime's flags of a sound description, version 2: float, big-endian, signed."""
    if bits == 8:
        return "pcm_s8" if flags & 4 else "pcm_u8"
    return f"pcm_{'f' if flags & 1 else 's'}{bits}{'be' if flags & 2 else 'le'}"


def _read_audio_boxes(window: Window, start: int, end: int, audio: Audio, depth: int = 0) -> None:
    for box in boxes(window, start, end):
        if box.kind == b"wave" and depth == 0:
            _read_audio_boxes(window, box.body, box.end, audio, depth + 1)
            continue
        if box.kind not in _AUDIO_BOXES:
            continue
        data = body(window, box, 512)
        if box.kind == b"esds":
            codec, config = _object_type(data)
            audio.codec = codec or audio.codec
            if codec == "aac":
                read_aac_config(config, audio)
            elif codec in ("mp3", "mp2"):
                audio.channels = None  # writers leave the entry's field at its default of two
        elif box.kind == b"enda" and data[:2] == b"\0\1" and audio.codec:
            audio.codec = re.sub(r"^(pcm_[sf]\d+)be$", r"\1le", audio.codec)
        elif box.kind == b"pcmC" and len(data) >= 6:
            audio.codec = f"pcm_{'f' if audio.codec == 'fpcm' else 's'}{data[5]}{'le' if data[4] & 1 else 'be'}"
        elif box.kind == b"dac3" and len(data) >= 3:
            word = int.from_bytes(data[:3], "big")
            audio.channels = _AC3_CHANNELS[(word >> 11) & 7] + ((word >> 10) & 1)
        elif box.kind == b"dec3" and len(data) >= 4:
            audio.channels = _AC3_CHANNELS[(data[3] >> 1) & 7] + (data[3] & 1)
        elif box.kind == b"dOps" and len(data) >= 2:
            audio.channels, audio.sample_rate = data[1], 48000  # Opus always decodes at 48 kHz
        elif box.kind == b"srat" and len(data) >= 8:
            audio.sample_rate = struct.unpack_from(">I", data, 4)[0] or audio.sample_rate
        elif box.kind == b"alac" and len(data) >= 28:
            audio.channels, audio.sample_rate = data[13], struct.unpack_from(">I", data, 24)[0]
        elif box.kind == b"dfLa" and len(data) >= 24:
            word = int.from_bytes(data[18:22], "big")
            audio.sample_rate, audio.channels = (word >> 12) or None, ((word >> 9) & 7) + 1


def _object_type(data: bytes) -> tuple[str | None, bytes]:
    """Return codec and decoder-specific bytes of an elementary stream descriptor (ISO/IEC 14496-1, 7.2.6.5)."""
    offset, config, codec = 4, b"", None
    for _ in range(8):
        if offset + 2 > len(data):
            break
        tag, length, offset = _descriptor(data, offset)
        if tag == 3 and offset + 3 <= len(data):
            flags = data[offset + 2]
            offset += 3 + (2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0)
            if flags & 0x40 and offset < len(data):
                offset += 1 + data[offset]
        elif tag == 4 and offset < len(data):
            codec = _OBJECT_TYPES.get(data[offset])
            offset += 13
        elif tag == 5:
            config = data[offset : offset + length]
            break
        else:
            offset += length
    return codec, config


def _descriptor(data: bytes, offset: int) -> tuple[int, int, int]:
    tag, length = data[offset], 0
    offset += 1
    for _ in range(4):
        if offset >= len(data):
            break
        byte = data[offset]
        offset += 1
        length = length << 7 | byte & 0x7F
        if not byte & 0x80:
            break
    return tag, length, offset


def read_aac_config(config: bytes, audio: Audio) -> None:
    """Read an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1)."""
    try:
        bits = Bits(config)
        kind = _audio_object(bits)
        rate, channels = _aac_rate(bits), bits.take(4)
        if kind in (5, 29):  # spectral band replication states the rate that comes out
            rate = _aac_rate(bits)
        if kind == 29 and channels == 1:  # parametric stereo makes two of one
            channels = 2
    except ProbeError:
        return
    audio.sample_rate = rate or audio.sample_rate
    audio.channels = _AAC_CHANNELS.get(channels) or audio.channels


def _audio_object(bits: Bits) -> int:
    kind = bits.take(5)
    return 32 + bits.take(6) if kind == 31 else kind


def _aac_rate(bits: Bits) -> int | None:
    index = bits.take(4)
    if index == 15:
        return bits.take(24) or None
    return _AAC_RATES[index] if index < len(_AAC_RATES) else None
