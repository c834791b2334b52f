"""Sequence parameter sets of H.264 and HEVC: size, format and colour of the coded pictures."""

from __future__ import annotations

from foveal.probe.codecs.bits import Bits, unescape
from foveal.probe.codecs.pictures import Picture
from foveal.probe.errors import malformed
from foveal.probe.facts import Fraction

_ASPECTS = (
    (0, 0), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33),
    (18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
)  # fmt: skip
_CHROMA_SCALE = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_H264_PROFILES = {66: "Baseline", 77: "Main", 88: "Extended", 100: "High", 110: "High 10", 122: "High 4:2:2"}
_HEVC_PROFILES = {1: "Main", 2: "Main 10", 3: "Main Still Picture", 4: "Rext"}


def h264_picture(nal: bytes) -> Picture:
    """Read a sequence parameter set (ITU-T H.264, 7.3.2.1.1), its NAL header included."""
    bits = Bits(unescape(nal[1:]))
    profile, constraints, _level = bits.take(8), bits.take(8), bits.take(8)
    bits.ue()
    chroma, depth, separate = 1, 8, False
    if profile in _HIGH_PROFILES:
        chroma = bits.ue()
        if chroma > 3:
            raise malformed(f"chroma format {chroma}")
        separate = chroma == 3 and bits.flag()
        depth = 8 + bits.ue()
        bits.ue()
        bits.skip(1)
        if bits.flag():
            for index in range(12 if chroma == 3 else 8):
                if bits.flag():
                    _skip_scaling_list(bits, 16 if index < 6 else 64)
    bits.ue()
    order = bits.ue()
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.skip(1)
        bits.se()
        bits.se()
        for _ in range(min(bits.ue(), 255)):
            bits.se()
    bits.ue()
    bits.skip(1)
    is_cropped = False
    width = 16 * (bits.ue() + 1)
    map_height = 16 * (bits.ue() + 1)
    frames_only = bits.flag()
    height = map_height * (1 if frames_only else 2)
    if not frames_only:
        bits.skip(1)
    bits.skip(1)
    if bits.flag():
        across, down = (1, 1) if separate else _CHROMA_SCALE[chroma]
        down *= 1 if frames_only else 2
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        width -= across * (left + right)
        height -= down * (top + bottom)
        is_cropped = bool(left or right or top or bottom)
    name = "Constrained Baseline" if profile == 66 and constraints & 0x40 else _H264_PROFILES.get(profile)
    picture = Picture(width, height, depth, is_gray=chroma == 0, profile=name, is_cropped=is_cropped)
    if bits.flag():
        _read_vui_colour(bits, picture)
        if bits.flag():  # chroma_loc_info_present_flag
            bits.ue()
            bits.ue()
        if bits.flag():  # timing_info_present_flag
            units, scale, fixed = bits.take(32), bits.take(32), bits.flag()
            picture.nominal_rate = Fraction.of(scale, 2 * units)
            picture.frame_rate = picture.nominal_rate if fixed else None
    return picture


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last, following = 8, 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _read_vui_colour(bits: Bits, picture: Picture) -> None:
    """Read the part of the video usability information that H.264 and HEVC have in common."""
    if bits.flag():
        aspect = bits.take(8)
        pair = (bits.take(16), bits.take(16)) if aspect == 255 else (0, 0)
        if aspect < len(_ASPECTS):
            pair = _ASPECTS[aspect]
        picture.pixel_aspect = Fraction.of(*pair)
    if bits.flag():
        bits.skip(1)
    if bits.flag():
        bits.skip(4)
        if bits.flag():
            picture.primaries, picture.transfer = bits.take(8), bits.take(8)
            picture.is_rgb = bits.take(8) == 0


def hevc_picture(nal: bytes) -> Picture:
    """Read a sequence parameter set (ITU-T H.265, 7.3.2.2.1), its two-byte NAL header included."""
    bits = Bits(unescape(nal[2:]))
    bits.skip(4)
    sub_layers = bits.take(3)
    bits.skip(1)
    bits.skip(3)
    profile = bits.take(5)
    bits.skip(32 + 48)
    bits.skip(8)
    _skip_sub_layers(bits, sub_layers)
    bits.ue()
    chroma = bits.ue()
    if chroma > 3:
        raise malformed(f"chroma format {chroma}")
    if chroma == 3:
        bits.skip(1)
    width, height = bits.ue(), bits.ue()
    if bits.flag():
        across, down = _CHROMA_SCALE[chroma]
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        width -= across * (left + right)
        height -= down * (top + bottom)
    depth = 8 + bits.ue()
    bits.ue()
    picture = Picture(width, height, depth, is_gray=chroma == 0, profile=_HEVC_PROFILES.get(profile))
    _seek_hevc_vui(bits, sub_layers)
    if bits.flag():
        _read_vui_colour(bits, picture)
    return picture


def _skip_sub_layers(bits: Bits, count: int) -> None:
    present = [(bits.flag(), bits.flag()) for _ in range(count)]
    if count:
        bits.skip(2 * (8 - count))
    for profile, level in present:
        bits.skip(88 * profile + 8 * level)


def _seek_hevc_vui(bits: Bits, sub_layers: int) -> None:
    """Skip the fields between the bit depths and vui_parameters_present_flag."""
    order_bits = bits.ue() + 4
    for _ in range(1 if not bits.flag() and sub_layers else sub_layers + 1):
        bits.ue()
        bits.ue()
        bits.ue()
    for _ in range(6):
        bits.ue()
    if bits.flag() and bits.flag():
        _skip_hevc_scaling(bits)
    bits.skip(2)
    if bits.flag():
        bits.skip(8)
        bits.ue()
        bits.ue()
        bits.skip(1)
    _skip_reference_sets(bits)
    if bits.flag():
        for _ in range(min(bits.ue(), 32)):
            bits.skip(order_bits + 1)
    bits.skip(2)


def _skip_hevc_scaling(bits: Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.flag():
                bits.ue()
                continue
            if size > 1:
                bits.se()
            for _ in range(min(64, 1 << (4 + (size << 1)))):
                bits.se()


def _skip_reference_sets(bits: Bits) -> None:
    counts: list[int] = []
    sets = bits.ue()
    if sets > 64:
        raise malformed(f"{sets} reference picture sets")
    for index in range(sets):
        if index and bits.flag():
            bits.skip(1)
            bits.ue()
            used = 0
            for _ in range(counts[-1] + 1):
                used += 1 if bits.flag() or bits.flag() else 0
            counts.append(used)
            continue
        negative, positive = bits.ue(), bits.ue()
        if negative + positive > 32:
            raise malformed("too many reference pictures")
        for _ in range(negative + positive):
            bits.ue()
            bits.skip(1)
        counts.append(negative + positive)
