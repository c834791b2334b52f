"""Reader of Open Images: an asset for each image id, a record for each row of boxes, image labels and masks.

Rows of an image lie in several tables; they are gathered on disk.
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
from foveal.formats.openimages.relations import point_body, relation_bodies
from foveal.formats.openimages.rows import box_body, label_body
from foveal.formats.openimages.tables import OpenTable, class_names, is_descriptions, open_tables
from foveal.formats.tables.table import Row

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
            problem = row.problem or (None if image else "the row has no ImageID")
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
        try:
            bodies = self._bodies(each.kind, row)
        except (NotANumber, BadMask) as reason:
            yield NotImported(row.place, str(reason), row.text, asset)
            return
        items = [fit(Annotation(asset, body, row.place, row.text, "openimages")) for _, body in bodies]
        if problem := next((item for item in items if isinstance(item, NotImported)), None):
            yield problem
            return
        for identifier, body in bodies:
            if (label := body.get("label")) and label not in self._told:
                self._told.add(label)
                yield Label(label, {"openimages": [identifier]})
        yield from items

    def _bodies(self, kind: str, row: Row) -> list[tuple[str, dict[str, Any]]]:
        """Return the class ids and the bodies of a row. Raises NotANumber, BadMask with the reason."""
        if kind == "relations":
            found = relation_bodies(row.values, row.place, lambda identifier: self._names.get(identifier, identifier))
            return [(body["extra"]["LabelName"], body) for body in found]
        identifier = row.values["Label" if kind == "points" else "LabelName"].strip()
        make = {"boxes": box_body, "labels": label_body, "points": point_body}.get(kind, self._masks.body)
        body = make(row.values, self._names.get(identifier, identifier))
        if identifier in self._shared:
            body["extra"] = body.get("extra", {}) | {"LabelName": identifier}
        return [(identifier, body)]

    def _file_name(self, image: str) -> str:
        if is_media(image):
            return image
        beside = self._suffixes.get(PurePosixPath(image).name)
        return image + (beside or self._context.names.extension_of(image) or ".jpg")

    def _place(self, each: OpenTable, place: str) -> str:
        return pointer(self._source, each.table.name, place)
