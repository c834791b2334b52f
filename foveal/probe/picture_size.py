"""Validation of the picture size that a header states."""

from __future__ import annotations

from foveal.probe.errors import hostile, malformed
from foveal.probe.facts import Facts

MAX_SIDE = 2**31 - 1
MAX_PIXELS = 10**12


def set_size(facts: Facts, width: int, height: int) -> None:
    """Set the stored size; the displayed size follows in `Facts.finish`. Raises ProbeError as `check_size`."""
    check_size(width, height)
    facts.stored_width, facts.stored_height = width, height


def check_size(width: int, height: int) -> None:
    """Raise ProbeError: `malformed` for an empty side, `hostile` for one past every real picture."""
    if width <= 0 or height <= 0:
        raise malformed(f"a picture of {width} x {height}")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise hostile(f"pixel limit: a picture of {width} x {height}")
