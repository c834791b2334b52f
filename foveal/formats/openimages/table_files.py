"""Files of tables of Open Images that are written anew, one for each split and kind of row."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import IO, Final

from foveal.formats.base.files.target import Target
from foveal.formats.openimages.rows import BOX_COLUMNS, LABEL_COLUMNS
from foveal.formats.tables.csv_table import row_text

MASK_COLUMNS: Final = ("MaskPath", "ImageID", "LabelName", "BoxID", "BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax")
IMAGE_COLUMNS: Final = ("ImageID", "Subset")
_FILES: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "boxes": ("annotations-bbox", BOX_COLUMNS),
    "labels": ("annotations-human-imagelabels", LABEL_COLUMNS),
    "masks": ("annotations-object-segmentation", MASK_COLUMNS),
    "images": ("images", IMAGE_COLUMNS),
}


class TableFiles:
    """Tables that are created with their header at their first row."""

    def __init__(self, target: Target, stack: ExitStack, prefix: str = "") -> None:
        self._target, self._stack, self._prefix = target, stack, prefix
        self._streams: dict[str, IO[bytes]] = {}

    def add(self, kind: str, split: str | None, cells: Mapping[str, str]) -> None:
        base, columns = _FILES[kind]
        subset = "".join(each if each.isalnum() or each in "-_" else "_" for each in subset_of(split))
        name = f"{self._prefix}{f'{subset}-' if subset else ''}{base}.csv"
        if name not in self._streams:
            created: AbstractContextManager[IO[bytes]] = self._target.create(name)
            self._streams[name] = self._stack.enter_context(created)
            self._streams[name].write(row_text(columns).encode())
        self._streams[name].write(row_text([cells.get(column, "") for column in columns]).encode())


def subset_of(split: str | None) -> str:
    """Return the name of a split in Open Images."""
    return {"val": "validation"}.get(split or "", split or "")
