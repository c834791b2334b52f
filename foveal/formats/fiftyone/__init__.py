"""FiftyOne data sets in its own serialised form (`FiftyOneDataset`)."""

import re
from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.fiftyone.layout import is_layout
from foveal.formats.fiftyone.reading import read
from foveal.formats.fiftyone.writing import write
from foveal.formats.registry import Format

_HEAD_BYTES: Final = 2048
_SAMPLES: Final = re.compile(rb"\s*{\s*\"samples\"\s*:\s*\[")


def score(source: Source) -> float:
    """Return how likely the source is a FiftyOneDataset: by its files, and the first bytes of the samples."""
    if source.main is not None:
        with source.open(source.main) as stream:
            head = stream.read(_HEAD_BYTES)
        return 0.95 if _SAMPLES.match(head) and b'"filepath"' in head else 0.0
    return 0.9 if is_layout(source) and any(_is_metadata(name) for name in source.names()) else 0.0


def _is_metadata(name: str) -> bool:
    return name == "metadata.json" or name.endswith("/metadata.json")


FORMAT: Final = Format("fiftyone", "FiftyOne dataset", score, read, write)
