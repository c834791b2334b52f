"""Codec strings (RFC 6381): the form in which a browser is asked whether it decodes a video.

`VideoDecoder.isConfigSupported` (WebCodecs), `MediaSource.isTypeSupported` and `canPlayType` take them. Of codecs
without parameters it is the four characters of the sample entry (RFC 6381, section 3.3).
"""

from __future__ import annotations

_H264 = (b"avc1", b"avc2", b"avc3", b"avc4")
_HEVC = (b"hvc1", b"hev1")
_DOLBY_VISION = (b"dvh1", b"dvhe", b"dva1", b"dvav", b"dav1")
_ENCRYPTED = b"encv"
_CONFIGS = {b"avcC": _H264, b"hvcC": _HEVC, b"av1C": (b"av01",), b"vpcC": (b"vp08", b"vp09"), b"esds": (b"mp4v",)}
"""The boxes with decoder configurations, and the sample entries whose codec string they complete."""
_DOLBY_CONFIGS = (b"dvcC", b"dvvC", b"dvwC")
CONFIGS = frozenset({*_CONFIGS, *_DOLBY_CONFIGS})
"""The boxes that a codec string is made from."""


def codec_string(entry: bytes, configs: dict[bytes, bytes]) -> str | None:
    """Return the codec string of a sample entry with its configuration boxes by kind; None where it is not known."""
    if entry in _DOLBY_VISION:
        data = next((configs[kind] for kind in _DOLBY_CONFIGS if kind in configs), b"")
        return _dolby_vision(entry.decode(), data)
    for kind, entries in _CONFIGS.items():
        if entry in entries:
            return _with_parameters(entry.decode(), kind, configs.get(kind, b""))
    is_name = entry != _ENCRYPTED and entry.isalnum() and entry.isascii()
    return entry.decode() if is_name else None


def _with_parameters(entry: str, kind: bytes, data: bytes) -> str | None:
    if kind == b"avcC" and len(data) >= 4:  # profile, constraints, level (RFC 6381, 3.3)
        return f"{entry}.{data[1:4].hex().upper()}"
    if kind == b"hvcC" and len(data) >= 13:
        return f"{entry}.{_hevc(data)}"
    if kind == b"av1C" and len(data) >= 3:
        return f"{entry}.{_av1(data)}"
    if kind == b"vpcC" and len(data) >= 7:  # profile, level, bit depth (VP Codec ISO Media File Format Binding)
        return f"{entry}.{data[4]:02}.{data[5]:02}.{data[6] >> 4:02}"
    if kind == b"esds":
        return f"{entry}.20"  # the object type of MPEG-4 part 2; its profile stands in the stream
    return None


def _hevc(data: bytes) -> str:
    """Return profile, compatibility, tier and level, constraints (ISO/IEC 14496-15, Annex E)."""
    space, tier, profile = data[1] >> 6, data[1] >> 5 & 1, data[1] & 31
    compatibility = int(f"{int.from_bytes(data[2:6], 'big'):032b}"[::-1], 2)
    constraints = [f"{each:X}" for each in data[6:12].rstrip(b"\0")]
    name = f"{('', 'A', 'B', 'C')[space]}{profile}"
    return ".".join([name, f"{compatibility:X}", f"{'LH'[tier]}{data[12]}", *constraints])


def _av1(data: bytes) -> str:
    """Return profile, level and tier, bit depth (AV1 Codec ISO Media File Format Binding, section 5)."""
    profile, level, tier = data[1] >> 5, data[1] & 31, data[2] >> 7
    depth = 12 if data[2] & 0x20 and profile == 2 else 10 if data[2] & 0x40 else 8
    return f"{profile}.{level:02}{'MH'[tier]}.{depth:02}"


def _dolby_vision(entry: str, data: bytes) -> str | None:
    """Return profile and level (Dolby Vision Streams Within the ISO Base Media File Format, section 3.2)."""
    if len(data) < 4:
        return None
    return f"{entry}.{data[2] >> 1:02}.{(data[2] & 1) << 5 | data[3] >> 3:02}"
