"""Netpbm: PBM, PGM, PPM, PAM, PFM (netpbm.sourceforge.net, the format pages)."""

from __future__ import annotations

import re

from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import Facts
from foveal.probe.picture_size import set_size
from foveal.probe.window import Window

_HEADER_BYTES = 4096
_CHANNELS = {b"P1": 1, b"P2": 1, b"P3": 3, b"P4": 1, b"P5": 1, b"P6": 3}
_TYPES = {1: "image/x-portable-bitmap", 2: "image/x-portable-graymap", 3: "image/x-portable-pixmap"}
_TOKEN = re.compile(rb"(?:\s|#[^\n\r]*[\n\r])*(\d{1,10})(?=\s|#|$)")
_FLOAT_MAP = re.compile(rb"P([Ff])\s+(\d{1,10})\s+(\d{1,10})\s+-?\d{1,20}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,3})?\s")
_PAM = re.compile(rb"^(WIDTH|HEIGHT|DEPTH|MAXVAL)[ \t]+(\d{1,10})\s*$", re.MULTILINE)


def read(window: Window, facts: Facts) -> None:
    """Read the numbers of the header. Raises ProbeError (`truncated`) if raw samples are incomplete."""
    head = window.upto(0, _HEADER_BYTES)
    magic = head[:2]
    if magic == b"P7":
        _read_pam(window, head, facts)
        return
    if magic in (b"PF", b"Pf"):
        _read_float_map(window, head, facts)
        return
    facts.set_kind("image", "ppm", _TYPES[(magic[1] - ord("1")) % 3 + 1])
    is_bitmap = magic in (b"P1", b"P4")
    numbers, at = [], 2
    for _ in range(2 if is_bitmap else 3):
        found = _TOKEN.match(head, at)
        if found is None:
            raise (malformed if at < len(head.rstrip()) else truncated)("a header without its numbers")
        numbers.append(int(found[1]))
        at = found.end()
    set_size(facts, numbers[0], numbers[1])
    facts.num_channels = _CHANNELS[magic]
    facts.colour_space = "rgb" if facts.num_channels == 3 else "gray"
    facts.has_alpha = False
    highest = 1 if is_bitmap else numbers[2]
    if not 0 < highest < 65536:
        raise malformed(f"a highest sample of {highest}")
    facts.bit_depth = highest.bit_length()
    if magic in (b"P4", b"P5", b"P6"):
        row = (numbers[0] + 7) // 8 if is_bitmap else numbers[0] * facts.num_channels * (2 if highest > 255 else 1)
        _check_samples(window, at + 1 + row * numbers[1])


def _read_float_map(window: Window, head: bytes, facts: Facts) -> None:
    facts.set_kind("image", "pfm", "image/x-portable-floatmap")
    found = _FLOAT_MAP.match(head)
    if found is None:
        raise malformed("a header without its numbers")
    width, height = int(found[2]), int(found[3])
    set_size(facts, width, height)
    facts.num_channels, facts.bit_depth, facts.has_alpha = 3 if found[1] == b"F" else 1, 32, False
    facts.colour_space = "rgb" if facts.num_channels == 3 else "gray"
    _check_samples(window, found.end() + 4 * width * height * facts.num_channels)


def _check_samples(window: Window, end: int) -> None:
    if end > window.size:
        raise truncated(f"its samples end at {end}, the object at {window.size}")


def _read_pam(window: Window, head: bytes, facts: Facts) -> None:
    facts.set_kind("image", "pam", "image/x-portable-arbitrarymap")
    end = head.find(b"ENDHDR\n")
    stated = {name: int(value) for name, value in _PAM.findall(head[:end] if end > 0 else b"")}
    if len(stated) < 4:
        raise malformed("a header without its numbers")
    set_size(facts, stated[b"WIDTH"], stated[b"HEIGHT"])
    if not (0 < stated[b"MAXVAL"] < 65536 and 0 < stated[b"DEPTH"] < 65536):
        raise malformed("a depth or highest sample that the format does not allow")
    facts.num_channels, facts.bit_depth = stated[b"DEPTH"], stated[b"MAXVAL"].bit_length()
    facts.has_alpha = b"_ALPHA" in head[:end]
    sample_bytes = 2 if stated[b"MAXVAL"] > 255 else 1
    _check_samples(window, end + 7 + stated[b"WIDTH"] * stated[b"HEIGHT"] * stated[b"DEPTH"] * sample_bytes)
