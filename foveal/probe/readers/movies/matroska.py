"""Matroska and WebM (RFC 9559, EBML: RFC 8794): segment information and tracks, never the clusters."""

from __future__ import annotations

from foveal.probe.codecs.cicp import set_colour
from foveal.probe.codecs.names import QUICKTIME_VIDEO, RIFF_AUDIO, RIFF_VIDEO, name_of, set_fixed_depth
from foveal.probe.codecs.pictures import vp9_depth
from foveal.probe.codecs.strings import codec_string
from foveal.probe.containers.ebml import (
    MAX_ELEMENTS,
    Element,
    children,
    element_at,
    read_bytes,
    read_number,
    read_real,
    read_text,
)
from foveal.probe.errors import malformed, not_media, truncated
from foveal.probe.facts import Audio, CleanAperture, Facts, Fraction, bounded_count
from foveal.probe.picture_size import set_size
from foveal.probe.readers.isobmff.sample_entry import coded_picture
from foveal.probe.window import Window

_SEGMENT, _SEEK_HEAD, _INFO, _TRACKS, _CLUSTER = 0x18538067, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675
_BLOCK_GROUP, _BLOCK, _SIMPLE_BLOCK = 0xA0, 0xA1, 0xA3
_MAX_FRAME_STEPS = 64
_VIDEO_CODECS = {
    "V_MPEG4/ISO/AVC": "h264", "V_MPEGH/ISO/HEVC": "hevc", "V_MPEGI/ISO/VVC": "vvc", "V_AV1": "av1",
    "V_MPEG4/MS/V3": "msmpeg4v3", "V_MPEG4/ISO/AP": "mpeg4", "V_DIRAC": "dirac", "V_CAVS": "cavs", "V_AVS3": "avs3",
    "V_VP8": "vp8", "V_VP9": "vp9", "V_MPEG4/ISO/ASP": "mpeg4", "V_MPEG4/ISO/SP": "mpeg4",
    "V_MPEG1": "mpeg1video", "V_MPEG2": "mpeg2video", "V_THEORA": "theora", "V_MJPEG": "mjpeg",
    "V_PRORES": "prores", "V_FFV1": "ffv1", "V_UNCOMPRESSED": "rawvideo", "V_AVS2": "avs2",
}  # fmt: skip
_AUDIO_CODECS = {
    "A_OPUS": "opus", "A_VORBIS": "vorbis", "A_FLAC": "flac", "A_AC3": "ac3", "A_EAC3": "eac3", "A_DTS": "dts",
    "A_TRUEHD": "truehd", "A_MLP": "mlp", "A_MPEG/L3": "mp3", "A_MPEG/L2": "mp2", "A_MPEG/L1": "mp1", "A_ALAC": "alac",
    "A_TTA1": "tta", "A_WAVPACK4": "wavpack",
}  # fmt: skip
_CONFIGS = {"h264": b"avcC", "hevc": b"hvcC", "av1": b"av1C", "mpeg4": b"esds"}
_ENTRIES = {"h264": b"avc1", "hevc": b"hvc1", "av1": b"av01", "mpeg4": b"mp4v"}
"""Sample entries of ISO base media with the same configuration."""
_PCM = {"pcm/int/lit": "pcm_s{}le", "pcm/int/big": "pcm_s{}be", "pcm/float/ieee": "pcm_f{}le"}
_NANOSECONDS = 1_000_000_000
_MAX_RATE_DENOMINATOR = 1001


def read(window: Window, facts: Facts) -> None:
    """Read information and tracks, which stand before the clusters or at the places that the seek head states."""
    header = element_at(window, 0)
    if header is None or header.end is None:
        raise malformed("an invalid EBML header")
    doc_type = next((read_text(window, e) for e in children(window, header) if e.id == 0x4282), "matroska")
    if doc_type not in ("matroska", "webm"):
        raise not_media(f"an EBML document of another kind ({doc_type})")
    facts.set_kind(
        "video", "webm" if doc_type == "webm" else "mkv", f"video/{'webm' if doc_type == 'webm' else 'x-matroska'}"
    )
    segment = element_at(window, header.end)
    if segment is None:
        raise truncated("it ends after its EBML header")
    if segment.id != _SEGMENT:
        raise malformed("no segment")
    found = _find(window, segment, min(segment.end or window.size, window.size))
    if _TRACKS not in found:
        if segment.end is not None and segment.end > window.size:
            raise truncated(f"its segment ends at {segment.end}, the object at {window.size}, without tracks")
        raise malformed("no tracks")
    _read_tracks(window, found[_TRACKS], facts)
    if _INFO in found:
        _read_information(window, found[_INFO], facts)
    if facts.codec == "vp9" and facts.bit_depth is None:
        _read_first_frame(window, max(element.end or 0 for element in found.values()), facts)
    if segment.end is not None and segment.end > window.size:
        raise truncated(f"its segment ends at {segment.end}, the object at {window.size}")


def _find(window: Window, segment: Element, end: int) -> dict[int, Element]:
    """Return information and tracks: by walking up to the first cluster, then by the positions of the seek head."""
    found: dict[int, Element] = {}
    positions: dict[int, int] = {}
    offset = segment.body
    for _ in range(MAX_ELEMENTS):
        if offset >= end or {_INFO, _TRACKS} <= found.keys():
            break
        element = element_at(window, offset)
        if element is None or element.id == _CLUSTER:
            break
        if element.id in (_INFO, _TRACKS):
            found.setdefault(element.id, element)
        elif element.id == _SEEK_HEAD:
            positions |= _read_seek_head(window, element, segment.body)
        if element.end is None:
            raise malformed("an element of unknown size before the clusters")
        if not window.has(element.end, 12) and _TRACKS in positions and _INFO in positions:
            break
        offset = element.end
    for element_id in (_TRACKS, _INFO):
        at = positions.get(element_id)
        if element_id in found or at is None:
            continue
        if at >= window.size:
            raise truncated("its seek head points past the object")
        element = element_at(window, at)
        if element is not None and element.id == element_id:
            found[element_id] = element
    return found


def _read_first_frame(window: Window, offset: int, facts: Facts) -> None:
    """Read the depth from the first frame if it is in memory."""
    for _ in range(_MAX_FRAME_STEPS):
        element = element_at(window, offset) if window.has(offset, 12) else None
        if element is None or not window.has(element.body, 16):
            return
        if element.id in (_CLUSTER, _BLOCK_GROUP):
            offset = element.body
            continue
        if element.id in (_BLOCK, _SIMPLE_BLOCK):
            data = window.upto(element.body, 16)
            if len(data) < 16:
                return
            depth = vp9_depth(data[12 - data[0].bit_length() :])  # behind track number, time and flags
            if depth is not None:
                facts.bit_depth, is_rgb = depth
                facts.num_channels, facts.colour_space = 3, "rgb" if is_rgb else "ycbcr"
                return
        if element.end is None:
            return
        offset = element.end


def _read_seek_head(window: Window, head: Element, base: int) -> dict[int, int]:
    positions: dict[int, int] = {}
    for seek in children(window, head):
        if seek.id != 0x4DBB:
            continue
        parts = {child.id: read_number(window, child) for child in children(window, seek)}
        if 0x53AB in parts and 0x53AC in parts:
            positions.setdefault(parts[0x53AB], base + parts[0x53AC])
    return positions


def _read_information(window: Window, information: Element, facts: Facts) -> None:
    scale, duration = 1_000_000, 0.0
    for element in children(window, information):
        if element.id == 0x2AD7B1:
            scale = read_number(window, element) or scale
        elif element.id == 0x4489:
            duration = read_real(window, element)
    seconds = duration * scale / _NANOSECONDS
    if 0 < seconds < 2**40:
        facts.duration_seconds = round(seconds, 6)


def _read_tracks(window: Window, tracks: Element, facts: Facts) -> None:
    has_video = False
    for entry in children(window, tracks):
        if entry.id != 0xAE:
            continue
        fields: dict[int, Element] = {}
        for element in children(window, entry):
            fields.setdefault(element.id, element)
        kind = read_number(window, fields[0x83]) if 0x83 in fields else 0
        if kind == 1 and 0xE0 in fields and not has_video:
            has_video = True
            _read_video(window, fields, facts)
        elif kind == 2 and facts.audio is None:
            facts.audio = _read_audio(window, fields)
    if not has_video:
        raise not_media("a container without a video track")


def _codec(window: Window, fields: dict[int, Element], names: dict[str, str]) -> str | None:
    if 0x86 not in fields:
        return None
    codec_id = read_text(window, fields[0x86])
    private = read_bytes(window, fields[0x63A2]) if 0x63A2 in fields else b""
    if codec_id == "V_MS/VFW/FOURCC" and len(private) >= 20:  # a BITMAPINFOHEADER
        return name_of(private[16:20].upper(), RIFF_VIDEO)
    if codec_id == "V_QUICKTIME" and len(private) >= 8:  # a sample entry, its size first
        return name_of(private[4:8], QUICKTIME_VIDEO)
    if codec_id == "A_MS/ACM" and len(private) >= 2:  # a WAVEFORMATEX
        return RIFF_AUDIO.get(int.from_bytes(private[:2], "little"))
    if codec_id.startswith("A_AAC"):
        return "aac"
    return names.get(codec_id) or codec_id.partition("_")[2].lower() or None


def _read_video(window: Window, fields: dict[int, Element], facts: Facts) -> None:
    video: dict[int, Element] = {}
    for element in children(window, fields[0xE0]):
        video.setdefault(element.id, element)
    number = {
        key: read_number(window, video[key]) for key in (0xB0, 0xBA, 0x54AA, 0x54BB, 0x54CC, 0x54DD) if key in video
    }
    facts.codec = _codec(window, fields, _VIDEO_CODECS)
    if 0x63A2 in fields and facts.codec in _CONFIGS:
        private = read_bytes(window, fields[0x63A2])
        facts.codec_string = codec_string(_ENTRIES.get(facts.codec, b""), {_CONFIGS[facts.codec]: private})
        picture = coded_picture(_CONFIGS[facts.codec], private)
        if picture is not None:
            picture.fill(facts)
    elif facts.codec == "prores":  # "apcn" and its kind: the private data is the tag of the profile
        facts.bit_depth = 12 if read_bytes(window, fields[0x63A2])[:3] == b"ap4" else 10 if 0x63A2 in fields else None
    elif facts.codec == "vp8":  # without parameters (WebCodecs VP8 Registration)
        facts.codec_string = "vp8"
    set_fixed_depth(facts)
    set_size(facts, number.get(0xB0, 0), number.get(0xBA, 0))
    assert facts.stored_width is not None
    assert facts.stored_height is not None
    facts.width = facts.stored_width - number.get(0x54CC, 0) - number.get(0x54DD, 0)
    facts.height = facts.stored_height - number.get(0x54AA, 0) - number.get(0x54BB, 0)
    if facts.width <= 0 or facts.height <= 0:
        raise malformed("a picture that is cropped away")
    if (facts.width, facts.height) != (facts.stored_width, facts.stored_height):
        corner = number.get(0x54CC, 0), number.get(0x54BB, 0)
        facts.clean_aperture = CleanAperture(*corner, facts.width, facts.height)
    _read_display(window, video, facts)
    if 0x53C0 in video:
        facts.has_alpha = read_number(window, video[0x53C0]) == 1
    if 0x55B0 in video:
        _read_colour(window, video[0x55B0], facts)
    if 0x7670 in video:
        _read_projection(window, video[0x7670], facts)
    for element in children(window, fields[0x41E4]) if 0x41E4 in fields else ():
        if element.id == 0x41E7 and read_bytes(window, element) in (b"dvcC", b"dvvC", b"dvwC"):
            facts.hdr_format = "dolby_vision"
    if 0x23E383 in fields:
        facts.frame_rate = _rate(read_number(window, fields[0x23E383]))


def _read_display(window: Window, video: dict[int, Element], facts: Facts) -> None:
    """Set the pixel aspect by the display size, which is in pixels or a ratio."""
    unit = read_number(window, video[0x54B2]) if 0x54B2 in video else 0
    if unit not in (0, 3) or 0x54B0 not in video or 0x54BA not in video or facts.width is None or facts.height is None:
        return
    across, down = read_number(window, video[0x54B0]), read_number(window, video[0x54BA])
    facts.pixel_aspect = Fraction.of(across * facts.height, down * facts.width)


def _read_colour(window: Window, colour: Element, facts: Facts) -> None:
    stated = {e.id: read_number(window, e) for e in children(window, colour) if e.id in (0x55BB, 0x55BA, 0x55B2)}
    set_colour(facts, stated.get(0x55BB, 2), stated.get(0x55BA, 2))
    facts.bit_depth = facts.bit_depth or bounded_count(stated.get(0x55B2, 0))


def _read_projection(window: Window, projection: Element, facts: Facts) -> None:
    """Read a rectangular projection (RFC 9559, 5.1.4.1.28.41): mirrored by a half turn (yaw), rolled by quarter turns.

    A positive roll is counter-clockwise.
    """
    stated = {element.id: element for element in children(window, projection)}
    if 0x7671 in stated and read_number(window, stated[0x7671]) != 0:
        return
    yaw, pitch, roll = (read_real(window, stated[key]) if key in stated else 0.0 for key in (0x7673, 0x7674, 0x7675))
    roll = -roll % 360
    if pitch == 0 and abs(yaw) in (0, 180) and roll in (0, 90, 180, 270):
        facts.rotation, facts.is_mirrored = int(roll), abs(yaw) == 180 or None
        if roll in (90, 270):
            facts.width, facts.height = facts.height, facts.width


def _rate(frame_ns: int) -> Fraction | None:
    """Return frames per second by the nanoseconds of a frame, without their rounding.

    That is a whole number or 1000/1001 of one where it fits, else the nearest fraction of a small denominator.
    """
    if not 0 < frame_ns <= 1000 * _NANOSECONDS:
        return None
    for unit, den in ((1, 1), (1000, 1001)):
        num = unit * round(_NANOSECONDS * den / (frame_ns * unit))
        if abs(num * frame_ns - _NANOSECONDS * den) < num:
            return Fraction.of(num, den)
    from fractions import Fraction as Rational

    nearest = Rational(_NANOSECONDS, frame_ns).limit_denominator(_MAX_RATE_DENOMINATOR)
    return Fraction.of(nearest.numerator, nearest.denominator)


def _read_audio(window: Window, fields: dict[int, Element]) -> Audio:
    audio = Audio(codec=_codec(window, fields, _AUDIO_CODECS))
    depth, is_output_stated = 0, False
    if 0xE1 in fields:
        audio.channels, audio.sample_rate = 1, 8000  # unless stated otherwise
    for element in children(window, fields[0xE1]) if 0xE1 in fields else ():
        if element.id == 0x9F:
            audio.channels = bounded_count(read_number(window, element))
        elif element.id == 0x6264:
            depth = read_number(window, element)
        elif element.id == 0x78B5 or (element.id == 0xB5 and not is_output_stated):
            is_output_stated = element.id == 0x78B5
            rate = read_real(window, element)
            audio.sample_rate = int(rate) if 0 < rate < 2**31 else None
    if audio.codec in _PCM and 0 < depth <= 64:
        audio.codec = _PCM[audio.codec].format(depth) if depth > 8 else "pcm_u8"
    return audio
