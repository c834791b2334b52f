"""Radiance HDR (radsite.lbl.gov, "Radiance File Formats", picture file format): RGBE and XYZE pictures."""

from __future__ import annotations

import re

from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import Facts, Fraction
from foveal.probe.metadata.times import parse_time
from foveal.probe.picture_size import set_size
from foveal.probe.window import KIB, Window

_HEADER_BYTES = 64 * KIB
_RESOLUTION = re.compile(rb"([-+][XY])[ \t]+(\d{1,10})[ \t]+([-+][XY])[ \t]+(\d{1,10})[ \t]*\r?\n")
_ORIENTATIONS = {  # by the axes along which lines follow each other and pixels follow within them
    (b"-Y", b"+X"): 1, (b"-Y", b"-X"): 2, (b"+Y", b"-X"): 3, (b"+Y", b"+X"): 4,
    (b"+X", b"-Y"): 5, (b"-X", b"-Y"): 6, (b"-X", b"+Y"): 7, (b"+X", b"+Y"): 8,
}  # fmt: skip
_MIN_RUN_BYTES = 4 * 2  # a line takes two bytes for each run of at most 127, in each of four planes


def read(window: Window, facts: Facts) -> None:
    """Read the lines of the header up to the empty one, and the resolution that follows it."""
    facts.set_kind("image", "hdr", "image/vnd.radiance")
    head = window.upto(0, min(window.reach(0), _HEADER_BYTES))
    end = head.find(b"\n\n")
    end = end + 2 if end >= 0 else head.find(b"\r\n\r\n") + 4
    found = _RESOLUTION.match(head, end) if end >= 4 or head.startswith(b"\n\n") else None
    if found is None:
        raise (truncated if len(head) == window.size else malformed)("a header without its resolution")
    across, along = int(found[2]), int(found[4])
    orientation = _ORIENTATIONS.get((found[1], found[3]))
    if orientation is None:
        raise malformed("a resolution of one axis")
    set_size(facts, along, across)
    facts.orientation = orientation
    facts.codec, facts.transfer, facts.is_animated, facts.has_alpha = "radiance", "linear", False, False
    facts.num_channels, facts.bit_depth = 3, 8  # of the mantissas; an exponent is shared by the three
    for line in head[:end].splitlines()[1:]:
        _read_line(line, facts)
    if window.size - found.end() < across * _least_line_bytes(along):
        raise truncated("its lines do not fit in the object")


def _least_line_bytes(pixels: int) -> int:
    """Return the bytes that a line takes at least: coded in planes, or with runs that double (section on scanlines)."""
    return 4 + -(-pixels // 127) * _MIN_RUN_BYTES if 8 <= pixels < 2**15 else 4


def _read_line(line: bytes, facts: Facts) -> None:
    name, _, value = line.partition(b"=")
    text = value.strip().decode("latin-1")
    if name == b"FORMAT":
        if text not in ("32-bit_rle_rgbe", "32-bit_rle_xyze"):
            raise malformed("a format that is neither RGBE nor XYZE")
        facts.colour_space = "rgb" if text.endswith("rgbe") else None
    elif name == b"PIXASPECT" and re.fullmatch(r"\d{1,6}(?:\.\d{1,9})?", text):  # height of a pixel by its width
        facts.pixel_aspect = Fraction.of(10**9, round(float(text) * 10**9))
    elif name == b"CAPDATE":
        facts.captured_at = parse_time(text)
