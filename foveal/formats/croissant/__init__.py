"""Croissant (mlcommons.org/croissant/1.1): metadata over tables of images, boxes and labels."""

from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.croissant.reading import metadata_name, read
from foveal.formats.croissant.writing import WRITE_OPTIONS, write
from foveal.formats.registry import Format
from foveal.formats.tables.reading import READ_OPTIONS


def score(source: Source) -> float:
    """Return how likely the source is Croissant: by a JSON file that names the format."""
    return 0.95 if metadata_name(source) is not None else 0.0


FORMAT: Final = Format(
    "croissant",
    "Croissant",
    score,
    read,
    write,
    READ_OPTIONS | {"box": "The meaning of boxes whose field states no format: xywh, xyxy, cxcywh, or relative_…."},
    WRITE_OPTIONS,
)
