"""Likelihood that a source is a YOLO data set, by names and first bytes."""

from itertools import islice
from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.items import FormatError
from foveal.formats.yolo.description import find_darknet, find_yaml, has_classes, head
from foveal.formats.yolo.files import Files
from foveal.formats.yolo.layout import label_files, listed_split
from foveal.formats.yolo.rows import BOX_COLUMNS, is_number
from foveal.formats.yolo.variants import classify, dota, ndjson

_TRIED_FILES: Final = 20
_TRIED_LINES: Final = 5
_FAR: Final = 2
"""Coordinates beyond this are no shares of a side."""


def score(source: Source) -> float:
    """Return 0 (no YOLO) to 1 (certain)."""
    files, main = Files(source), source.main
    if ndjson.find(files) is not None:
        return 0.95
    try:
        described = find_yaml(files) or find_darknet(files)
        if described is not None and has_classes(files, described):
            return 0.9
    except FormatError:  # several descriptions: reading says which
        return 0.8
    if main is not None:
        return 0.7 if main.lower().endswith(".txt") and (listed_split(files, main) or _has_rows(files, main)) else 0
    texts = list(islice(label_files(files), _TRIED_FILES))
    if any(_has_rows(files, each) for each in texts):
        return 0.7
    return 0.4 if described is not None or classify.is_likely(files) else 0


def _has_rows(files: Files, name: str) -> bool:
    """Tell whether most of the first lines of a file are rows of YOLO or DOTA."""
    lines = head(files, name).decode("utf-8", "replace").split("\n")[:_TRIED_LINES]
    rows = [line.split() for line in lines if line.strip() and not dota.header(line)]
    return 2 * sum(dota.is_row(row) or _is_row(row) for row in rows) >= max(len(rows), 1)


def _is_row(columns: list[str]) -> bool:
    return (
        len(columns) >= BOX_COLUMNS
        and all(map(is_number, columns))
        and float(columns[0]).is_integer()
        and all(abs(float(each)) < _FAR for each in columns[1:BOX_COLUMNS])
    )
