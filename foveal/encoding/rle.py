"""Run-length encoding of masks, and COCO's packed text form.

Runs alternate between background and foreground, and begin with background. In the packed form each count is a
difference to the one two before it, from the third on, in base 32 with a continuation bit (cocoapi,
`common/maskApi.c`, `rleToString`).
"""

from collections.abc import Sequence
from typing import Final

_MAX_BITS: Final = 60


def runs(counts: Sequence[int] | str, pixels: int) -> Sequence[int]:
    """Return the runs of a mask of `pixels` pixels. Raises ValueError for counts that do not add up to them."""
    found = unpacked(counts) if isinstance(counts, str) else counts
    if any(run < 0 for run in found) or sum(found) != pixels:
        raise ValueError(f"mask.counts add up to {sum(found)} pixels, not to {pixels}")
    return found


def unpacked(text: str) -> list[int]:
    """Return the runs in a packed string. Raises ValueError for invalid text."""
    found: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > _MAX_BITS:
            raise ValueError("mask.counts is not a compressed COCO run-length encoding")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        found.append(value + (found[-2] if len(found) > 2 else 0))
        if found[-1] < 0:
            raise ValueError("mask.counts is not a compressed COCO run-length encoding")
        value = shift = 0
    if shift:
        raise ValueError("mask.counts ends in the middle of a number")
    return found


def packed(counts: Sequence[int]) -> str:
    """Return runs in COCO's packed text form, as `rleToString` of cocoapi does."""
    found: list[str] = []
    for index, count in enumerate(counts):
        value = count - counts[index - 2] if index > 2 else count
        is_more = True
        while is_more:
            bits = value & 0x1F
            value >>= 5
            is_more = value != (-1 if bits & 0x10 else 0)
            found.append(chr(48 + bits + (0x20 if is_more else 0)))
    return "".join(found)
