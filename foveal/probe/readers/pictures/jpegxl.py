"""JPEG XL (ISO/IEC 18181-1 and -2): bare codestream and boxed container."""

from __future__ import annotations

from foveal.probe.containers.bmff import body, boxes
from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import Facts
from foveal.probe.metadata.exif import read_exif
from foveal.probe.picture_size import set_size
from foveal.probe.window import KIB, Window

_HEADER_BYTES = 4096
_ALPHA, _SPOT, _BLACK, _FILTER_ARRAY = 0, 2, 4, 5
_ENUM = ((0, 0), (1, 0), (2, 4), (18, 6))
_MAX_EXIF_BYTES = 64 * KIB
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


def read(window: Window, facts: Facts) -> None:
    """Read size and image metadata of the codestream, whose orientation wins over that of EXIF (18181-2, 9.5)."""
    facts.set_kind("image", "jxl", "image/jxl")
    facts.codec = "jpegxl"
    if window.read(0, 2) == b"\xff\x0a":
        _read_codestream(window.upto(2, _HEADER_BYTES), facts)
        return
    found = False
    for box in boxes(window, 0, window.size):
        if box.kind == b"Exif" and box.size <= _MAX_EXIF_BYTES and window.can_plan(box.body, box.size):
            data = window.read(box.body, box.size)
            read_exif(data[4 + int.from_bytes(data[:4], "big") :], facts, with_orientation=False)
        elif box.kind in (b"jxlc", b"jxlp") and not found:
            data = body(window, box, _HEADER_BYTES)[0 if box.kind == b"jxlc" else 4 :]
            if data[:2] != b"\xff\x0a":
                raise malformed("no codestream where it should begin")
            _read_codestream(data[2:], facts)
            found = True
        if found and not window.can_plan(box.end, 8):
            break
    if not found:
        raise malformed("no codestream")


class _Bits:
    """Bits from the least significant on, as JPEG XL packs them."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise truncated("a codestream header that ends early")
        value = self._value & ((1 << count) - 1)
        self._value >>= count
        return value

    def choose(self, *options: tuple[int, int]) -> int:
        """Return a U32 of the specification: one of four pairs of a base and a number of bits."""
        base, count = options[self.take(2)]
        return base + self.take(count)


def _read_codestream(data: bytes, facts: Facts) -> None:
    bits = _Bits(data)
    set_size(facts, *_size(bits))
    facts.is_animated, facts.orientation = False, None
    facts.num_channels, facts.bit_depth, facts.colour_space, facts.has_alpha = 3, 8, "rgb", False
    if bits.take(1):  # all_default
        return
    if bits.take(1):  # extra_fields
        facts.orientation = 1 + bits.take(3)
        if bits.take(1):
            _size(bits)
        if bits.take(1):
            _skip_preview(bits)
        if bits.take(1):
            _skip_animation(bits)
            facts.is_animated = True
    facts.bit_depth = _depth(bits)
    bits.take(1)
    extra = [_extra_channel(bits) for _ in range(bits.choose((0, 0), (1, 0), (2, 4), (1, 12)))]
    facts.has_alpha = _ALPHA in extra
    bits.take(1)
    colours = 3
    if not bits.take(1):
        bits.take(1)
        if bits.choose(*_ENUM) == 1:
            facts.colour_space, colours = "gray", 1
    if _BLACK in extra:
        facts.colour_space, colours = "cmyk", 4
    facts.num_channels = colours + facts.has_alpha


def _extra_channel(bits: _Bits) -> int:
    """Return the type of an extra channel; alpha if all fields have their defaults."""
    if bits.take(1):
        return _ALPHA
    kind = bits.choose(*_ENUM)
    _depth(bits)
    bits.choose((0, 0), (3, 0), (4, 0), (1, 3))
    bits.take(8 * bits.choose((0, 0), (0, 4), (16, 5), (48, 10)))
    if kind == _ALPHA:
        bits.take(1)
    elif kind == _SPOT:
        bits.take(64)
    elif kind == _FILTER_ARRAY:
        bits.choose((1, 0), (0, 2), (3, 4), (19, 8))
    return kind


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)

    def side() -> int:
        return 8 * (1 + bits.take(5)) if small else bits.choose((1, 9), (1, 13), (1, 18), (1, 30))

    height = side()
    ratio = bits.take(3)
    if not ratio:
        return side(), height
    num, den = _RATIOS[ratio]
    return height * num // den, height


def _skip_preview(bits: _Bits) -> None:
    by_eight = bits.take(1)
    options = ((16, 0), (32, 0), (1, 5), (33, 9)) if by_eight else ((1, 6), (65, 8), (321, 10), (1345, 12))
    bits.choose(*options)
    if not bits.take(3):
        bits.choose(*options)


def _skip_animation(bits: _Bits) -> None:
    bits.choose((100, 0), (1000, 0), (1, 10), (1, 30))
    bits.choose((1, 0), (1001, 0), (1, 8), (1, 10))
    bits.choose((0, 0), (0, 3), (0, 16), (0, 32))
    bits.take(1)


def _depth(bits: _Bits) -> int:
    if bits.take(1):
        depth = bits.choose((32, 0), (16, 0), (24, 0), (1, 6))
        bits.take(4)
        return depth
    return bits.choose((8, 0), (10, 0), (12, 0), (1, 6))
