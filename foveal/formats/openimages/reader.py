"""Reader of Open Images: an asset for each image id, a record for each row of boxes, image labels and masks.

Rows of an image lie in several tables; they are gathered on disk. Relations and point labels are told: nothing here
holds the first, and the second ask people a question about a point.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.numbers import NotANumber
from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.source import Source, pointer, read_text
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.fitting import fit
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, Item, Label, NotImported, Section
from foveal.formats.openimages.masks import BadMask, MaskFiles
from foveal.formats.openimages.rows import box_body, label_body
from foveal.formats.openimages.tables import OpenTable, class_names, is_descriptions, open_tables
from foveal.formats.tables.table import Row

_TOLD: Final[Mapping[str, str]] = {
    "relations": "relations of Open Images are not imported",
    "points": "point labels of Open Images are not imported",
}
_SUBSETS: Final[Mapping[str, str]] = {"validation": "val"}


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of Open Images tables. Raises FormatError when there are none, or one is no CSV."""
    with Groups() as rows:
        yield from _Reader(source, context, rows).items()


class _Reader:
    def __init__(self, source: Source, context: Context, rows: Groups) -> None:
        self._source, self._context, self._rows = source, context, rows
        self._names: dict[str, str] = {}
        self._told: set[str] = set()
        self._tables: list[OpenTable] = []
        self._suffixes = {
            PurePosixPath(name).stem: PurePosixPath(name).suffix
            for name in source.around().names()
            if is_media(name) and not name.lower().endswith(".png")
        }
        self._masks = MaskFiles(source)

    def items(self) -> Iterator[Item]:
        yield from self._classes()
        for each in open_tables(self._source, self._context):
            if isinstance(each, FileWarning):
                yield each
                continue
            self._tables.append(each)
            yield from self._gather(len(self._tables) - 1, each)
        for image, rows in self._rows:
            yield from self._image(image, rows)

    def _classes(self) -> Iterator[Item]:
        ids: dict[str, list[str]] = {}
        for name in self._source.names():
            if is_descriptions(name):
                yield Section(name, read_text(self._source, name, keep_mark=True))
        for _, _, identifier, name in class_names(self._source):
            self._names[identifier] = name
            ids.setdefault(name, []).append(identifier)
        for name, identifiers in ids.items():
            self._told.add(name)
            yield Label(name, {"openimages": list(dict.fromkeys(identifiers))})
        self._shared = {identifier for found in ids.values() if len(found) > 1 for identifier in found}

    def _gather(self, at: int, each: OpenTable) -> Iterator[Item]:
        for row in each.table.rows():
            image = (row.values.get("ImageID") or row.values.get("ImageId") or "").strip()
            problem = row.problem or _TOLD.get(each.kind) or (None if image else "the row has no ImageID")
            place = self._place(each, row.place)
            if problem is None:
                self._rows.add(image, place, json.dumps([at, row.text]))
            elif each.kind != "images":
                yield NotImported(place, problem, row.text)
            else:
                yield FileWarning("image_not_read", f"A row of images is not read: {problem}.", place)

    def _image(self, image: str, rows: Sequence[tuple[str, Any]]) -> Iterator[Item]:
        found = [(place, self._tables[at], text) for place, content in rows for at, text in [json.loads(content)]]
        about: Mapping[str, Any] = next(
            (each.table.values(text) for _, each, text in found if each.kind == "images"), {}
        )
        records = [row for row in found if row[1].kind != "images"]
        subset = about.get("Subset", "").strip()
        split = _SUBSETS.get(subset, subset) or next((each.split for _, each, _ in found if each.split), None)
        name = self._file_name(image)
        extra = {key: value for key, value in about.items() if key not in ("ImageID", "Subset") and value}
        yield Asset(name, bool(records), split, external_id=image, extra=extra, pointer=found[0][0])
        for place, each, text in records:
            yield from self._record(each, Row(place, text, each.table.values(text)), name)

    def _record(self, each: OpenTable, row: Row, asset: str) -> Iterator[Item]:
        identifier = row.values["LabelName"].strip()
        label = self._names.get(identifier, identifier)
        try:
            if each.kind == "boxes":
                body = box_body(row.values, label)
            elif each.kind == "labels":
                body = label_body(row.values, label)
            else:
                body = self._masks.body(row.values, label)
        except (NotANumber, BadMask) as reason:
            yield NotImported(row.place, str(reason), row.text, asset)
            return
        if identifier in self._shared:
            body["extra"] = body.get("extra", {}) | {"LabelName": identifier}
        item = fit(Annotation(asset, body, row.place, row.text, "openimages"))
        if isinstance(item, Annotation) and label not in self._told:
            self._told.add(label)
            yield Label(label, {"openimages": [identifier]})
        yield item

    def _file_name(self, image: str) -> str:
        return image if is_media(image) else image + self._suffixes.get(PurePosixPath(image).name, ".jpg")

    def _place(self, each: OpenTable, place: str) -> str:
        return pointer(self._source, each.table.name, place)
