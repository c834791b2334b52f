"""Quite OK Image (qoiformat.org, specification 1.0)."""

from __future__ import annotations

import struct

from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import Damage, Facts
from foveal.probe.picture_size import set_size
from foveal.probe.window import Window

_HEADER_BYTES = 14
_END = b"\0\0\0\0\0\0\0\1"
_MAX_RUN = 62
"""Pixels that a byte stands for at most."""


def read(window: Window, facts: Facts) -> None:
    """Read the header. Raises ProbeError (`truncated`) if fewer bytes follow than any coding of the pixels takes."""
    width, height, channels, colour_space = struct.unpack_from(">IIBB", window.read(0, _HEADER_BYTES), 4)
    facts.set_kind("image", "qoi", "image/qoi")
    if channels not in (3, 4) or colour_space > 1:
        raise malformed(f"{channels} channels in colour space {colour_space}")
    set_size(facts, width, height)
    facts.codec, facts.bit_depth, facts.colour_space, facts.is_animated = "qoi", 8, "rgb", False
    facts.num_channels, facts.has_alpha = channels, channels == 4
    if colour_space == 1:
        facts.transfer = "linear"
    if window.size - _HEADER_BYTES < -(-width * height // _MAX_RUN):
        raise truncated("its pixels do not fit in the object")
    if window.is_whole and not window.read(0, window.size).endswith(_END):
        facts.warn(Damage.TRUNCATED)
