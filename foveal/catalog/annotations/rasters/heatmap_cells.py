"""Heatmap cells: their number formats, the ranges shown by default, and how many a grid may have."""

from collections.abc import Mapping
from typing import Final

MAX_CELLS: Final = 2**24
FORMATS: Final[Mapping[str, str]] = {"uint8": "B", "uint16": "H", "float32": "f"}
"""The format character of each dtype (Python, `struct`); the bytes are little-endian."""
DEFAULT_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "uint8": (0.0, 255.0),
    "uint16": (0.0, 65_535.0),
    "float32": (0.0, 1.0),
}
"""The values shown as coldest and as hottest where an annotation gives no range."""
