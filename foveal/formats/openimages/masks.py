"""Masks of Open Images: PNG files named by a table, as large as the image as a rule, white where the object is."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.base.files.mask_png import row_runs
from foveal.formats.base.files.numbers import number
from foveal.formats.base.files.png import PngError, decode
from foveal.formats.base.files.source import Source, read_bytes
from foveal.formats.base.geometry.masks import transposed
from foveal.formats.base.model.items import FormatError

MAX_PNG_BYTES: Final = 64 * 2**20
_KNOWN: Final = ("MaskPath", "ImageID", "LabelName", "BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax")


class BadMask(ValueError):
    """A mask that cannot be placed; the message is the reason."""


class MaskFiles:
    """PNG files of the source by their base names, which tables use."""

    def __init__(self, source: Source) -> None:
        self._source = source.around()
        self._names: dict[str, str | None] = {}
        for name in self._source.names():
            if name.lower().endswith(".png"):
                base = PurePosixPath(name).name
                self._names[base] = None if base in self._names else name

    def body(self, row: Mapping[str, str], label: str) -> dict[str, Any]:
        """Return the body of a row. Raises BadMask, NotANumber with the reason."""
        base = PurePosixPath(row["MaskPath"]).name
        name = self._names.get(base)
        if name is None:
            why = "comes twice" if base in self._names else "is not in the source: add the PNG files of masks"
            raise BadMask(f"the mask {base[:100]} {why}")
        try:
            picture = decode(read_bytes(self._source, name, MAX_PNG_BYTES))
            runs = transposed(row_runs(picture), picture.width, picture.height)
        except (PngError, FormatError, ValueError) as error:
            raise BadMask(f"the mask {base[:100]} cannot be read: {error}") from None
        body: dict[str, Any] = {"type": "mask", "field": "ground_truth", "label": label}
        body["mask"] = {"encoding": "coco_rle", "size": [picture.height, picture.width], "counts": runs}
        edges = [row.get(key) for key in ("BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax")]
        if all(edges):
            left, right, top, bottom = (number(edge, "a side of the box") for edge in edges)
            body["bbox"] = [left, top, right - left, bottom - top]
        extra = {key: value for key, value in row.items() if key not in _KNOWN and value != ""}
        return body | {"extra": extra | {"MaskPath": row["MaskPath"]}}
