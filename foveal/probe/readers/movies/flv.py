"""Flash Video (Adobe Flash Video File Format Specification 10.1, annex E; Enhanced RTMP for newer codecs)."""

from __future__ import annotations

import struct

from foveal.probe.codecs.audio_frames import read_frame
from foveal.probe.codecs.bits import Bits
from foveal.probe.codecs.names import set_fixed_depth
from foveal.probe.errors import ProbeError, Reason, malformed, not_media, truncated
from foveal.probe.facts import Audio, Facts, Fraction
from foveal.probe.picture_size import set_size
from foveal.probe.readers.isobmff.sample_entry import coded_picture, read_aac_config
from foveal.probe.readers.movies.amf import numbers_of
from foveal.probe.window import Window

_MAX_TAGS = 64
_MAX_TAG_BYTES = 64 * 1024
_AUDIO, _VIDEO, _SCRIPT = 8, 9, 18
_VIDEO_CODECS = {2: "flv1", 3: "flashsv", 4: "vp6f", 5: "vp6a", 6: "flashsv2", 7: "h264", 8: "h263", 12: "hevc"}
_FOUR_CHARACTERS = {b"avc1": "h264", b"hvc1": "hevc", b"av01": "av1", b"vp09": "vp9", b"vp08": "vp8", b"vvc1": "vvc"}
_CONFIGS = {"h264": b"avcC", "hevc": b"hvcC", "av1": b"av1C", "vp9": b"vpcC"}
_AUDIO_CODECS = {
    0: "pcm_s16le", 1: "adpcm_swf", 2: "mp3", 3: "pcm_s16le", 4: "nellymoser", 5: "nellymoser", 6: "nellymoser",
    7: "pcm_alaw", 8: "pcm_mulaw", 10: "aac", 11: "speex", 14: "mp3",
}  # fmt: skip
_AUDIO_RATES = (5512, 11025, 22050, 44100)
_SORENSON_SIZES = {2: (352, 288), 3: (176, 144), 4: (128, 96), 5: (320, 240), 6: (160, 120)}
_RATES = ((24000, 1001), (30000, 1001), (60000, 1001))


def read(window: Window, facts: Facts) -> None:
    """Read the metadata and the first tag of each stream; the duration is the stated one, else the last time."""
    facts.set_kind("video", "flv", "video/x-flv")
    (offset,) = struct.unpack_from(">I", window.read(0, 9), 5)
    stated: dict[str, float] = {}
    has_video = False
    offset += 4  # the size of the tag before the first one
    for _ in range(_MAX_TAGS):
        if has_video and (facts.audio is not None or not window.has(offset, 11)):
            break
        head = window.upto(offset, 11)
        if len(head) < 11:
            break
        kind, length = head[0] & 31, int.from_bytes(head[1:4], "big")
        if kind not in (_AUDIO, _VIDEO, _SCRIPT):
            raise malformed(f"a tag of kind {kind}")
        if kind == _SCRIPT and not stated:
            stated = numbers_of(window.read(offset + 11, min(length, _MAX_TAG_BYTES)))
        elif kind == _VIDEO and not has_video and length:
            has_video = True
            _read_video(window.read(offset + 11, min(length, 4096)), facts, stated)
        elif kind == _AUDIO and facts.audio is None and length:
            facts.audio = _read_audio(window.read(offset + 11, min(length, 64)))
        offset += 11 + length + 4
    if not has_video:
        if not stated.get("width"):
            raise not_media("a stream without video")
        raise truncated("it ends before its video begins")
    rate = stated.get("framerate", 0)
    facts.frame_rate = _rate(rate) if 0 < rate < 1000 else None
    seconds = stated.get("duration", 0)
    facts.duration_seconds = round(seconds, 6) if 0 < seconds < 2**40 else _last_time(window)


def _read_video(data: bytes, facts: Facts, stated: dict[str, float]) -> None:
    if data[0] & 0x80:  # Enhanced RTMP: packet type, four characters, content
        facts.codec = _FOUR_CHARACTERS.get(data[1:5])
        config = data[5:] if data[0] & 15 == 0 else b""
    else:
        facts.codec = _VIDEO_CODECS.get(data[0] & 15)
        config = data[5:] if facts.codec in ("h264", "hevc") and data[1:2] == b"\0" else b""
    if facts.codec is None:
        raise malformed("a video codec that the format does not know")
    picture = coded_picture(_CONFIGS[facts.codec], config) if facts.codec in _CONFIGS and config else None
    if picture is not None:
        picture.fill(facts)
    else:
        set_size(facts, *(_coded_size(facts.codec, data) or _stated_size(stated)))
    set_fixed_depth(facts)


def _coded_size(codec: str, data: bytes) -> tuple[int, int] | None:
    """Return the size in the first frame of Sorenson H.263, Screen Video and VP6 (annex E.4.3); None for others."""
    if codec == "flv1":
        bits = Bits(data[1:24])
        bits.skip(17 + 5 + 8)
        code = bits.take(3)
        if code in (0, 1):
            return bits.take(8 * (code + 1)), bits.take(8 * (code + 1))
        return _SORENSON_SIZES.get(code)
    if codec in ("flashsv", "flashsv2") and len(data) >= 5:
        return int.from_bytes(data[1:3], "big") & 0xFFF, int.from_bytes(data[3:5], "big") & 0xFFF
    if codec in ("vp6f", "vp6a"):
        frame = data[2 if codec == "vp6f" else 5 :]
        if len(frame) < 6 or frame[0] & 0x80:  # not a key frame
            return None
        at = 4 if frame[0] & 1 or not frame[1] & 6 else 2  # behind the offset of a second partition
        return 16 * frame[at + 1] - (data[1] >> 4), 16 * frame[at] - (data[1] & 15)
    return None


def _stated_size(stated: dict[str, float]) -> tuple[int, int]:
    width, height = (int(stated.get(side, 0)) for side in ("width", "height"))
    if not 0 < width < 2**31 or not 0 < height < 2**31:
        raise ProbeError(Reason.MALFORMED, "no picture size in its metadata")
    return width, height


def _rate(rate: float) -> Fraction | None:
    """Return the exact rate that a decimal number stands for."""
    for num, den in _RATES:
        if abs(rate - num / den) < 0.005:
            return Fraction(num, den)
    return Fraction.of(round(rate * 1000), 1000)


def _read_audio(data: bytes) -> Audio:
    code = data[0] >> 4
    audio = Audio(_AUDIO_CODECS.get(code), 2 if data[0] & 1 else 1, _AUDIO_RATES[data[0] >> 2 & 3])
    if code == 10 and len(data) >= 4 and data[1] == 0:
        audio.channels = audio.sample_rate = None
        read_aac_config(data[2:], audio)
    elif code == 2:
        read_frame(data[1:], audio)
    elif code in (4, 5):
        audio.channels, audio.sample_rate = 1, {4: 16000, 5: 8000}[code]
    return audio


def _last_time(window: Window) -> float | None:
    """Return the time of the last tag, found by the size that ends the object."""
    if not window.can_plan(max(0, window.size - 4), 4):
        return None
    length = int.from_bytes(window.upto(window.size - 4, 4), "big")
    at = window.size - 4 - length
    if length < 11 or at < 9 or not window.can_plan(at, 11):
        return None
    head = window.upto(at, 11)
    if head[0] & 31 not in (_AUDIO, _VIDEO) or int.from_bytes(head[1:4], "big") + 11 != length:
        return None
    return round((head[7] << 24 | int.from_bytes(head[4:7], "big")) / 1000, 6) or None
