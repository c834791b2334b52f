"""Deep samples reduced to 8 bits, by rows, so that no second deep copy exists."""

from typing import Any, Final

import numpy as np
from PIL import Image

WIDE_MODES: Final = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I", "F"})
ROWS: Final = 256
Grid = np.ndarray[Any, Any]


def plain_8_bit(image: Image.Image) -> Image.Image:
    """Return the image in RGB, RGBA, L or LA, with 8 bits a channel.

    Deep grey is scaled by the number of bits in use, so that 12-bit data in 16-bit files is not shown as black;
    floating point from its darkest to its brightest.
    """
    if image.mode in WIDE_MODES:
        return _from_wide(image)
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "PA":
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("RGB", "L") and "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode in ("RGB", "RGBA", "L", "LA") else image.convert("RGB")


def scaled(samples: Grid, low: float, high: float) -> Grid:
    """Return samples as 8 bits, `low` and less as 0, `high` and more as 255; what is no number as 0."""
    with np.errstate(invalid="ignore", over="ignore"):
        values = (samples.astype(np.float32) - np.float32(low)) * np.float32(255.0 / ((high - low) or 1.0))
    result: Grid = np.clip(np.nan_to_num(values, nan=0.0, posinf=255.0, neginf=0.0) + 0.5, 0, 255).astype(np.uint8)
    return result


def _from_wide(image: Image.Image) -> Image.Image:
    low, high = _range(image)
    output = Image.new("L", image.size)
    for top in range(0, image.height, ROWS):
        output.paste(Image.fromarray(scaled(_rows(image, top), low, high)), (0, top))
    return output


def _rows(image: Image.Image, top: int) -> Grid:
    return np.asarray(image.crop((0, top, image.width, min(top + ROWS, image.height))))


def _range(image: Image.Image) -> tuple[float, float]:
    """Return the values of black and of white."""
    ranges = []
    for top in range(0, image.height, ROWS):
        rows = _rows(image, top)
        finite = rows[np.isfinite(rows)] if image.mode == "F" else rows
        if finite.size:
            ranges.append((finite.min(), finite.max()))
    if not ranges:
        return 0.0, 1.0
    low, high = min(each[0] for each in ranges), max(each[1] for each in ranges)
    if image.mode == "F":
        return float(low), float(high)
    return min(0, int(low)), 2 ** max(8, int(high).bit_length()) - 1
