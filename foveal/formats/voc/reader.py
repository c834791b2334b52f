"""Reader of Pascal VOC: an image for each XML file and id of the lists, a record for each object and class line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.numbers import NotANumber, number
from foveal.formats.base.files.source import Source, pointer, read_bytes
from foveal.formats.base.files.xml_scan import Element, decoded, parse
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.extra_bounds import bounded
from foveal.formats.base.model.fitting import fit
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, FormatError, Item, Label, NotImported
from foveal.formats.voc.layout import Images, annotation_names, image_id, splits_of
from foveal.formats.voc.lists import absent, read_lists
from foveal.formats.voc.masks import MaskReader, Segments
from foveal.formats.voc.objects import bodies, plain

OPTION_BASE: Final = "pixel_base"
MAX_SIDE: Final = 2**31 - 1
_OWN: Final = ("filename", "size", "object")


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of a Pascal VOC data set. Raises FormatError for hostile XML, or when no file can be read."""
    base = int(context.option(OPTION_BASE, ("0", "1")) or 0)
    with Groups() as lists:
        yield from read_lists(source, lists)
        yield from _Reader(source, context, lists, base).items()


class _Reader:
    def __init__(self, source: Source, context: Context, lists: Groups, base: int) -> None:
        self._source, self._lists, self._base = source, lists, base
        self._images, self._masks = Images(source, context), MaskReader(source, context)
        self._labels: set[str] = set()
        self._is_base_told = base != 0

    def items(self) -> Iterator[Item]:
        names, failures = annotation_names(self._source), list[FormatError]()
        seen = set()
        yield from self._masks.sections()
        for name in names:
            identifier = image_id(name)
            try:
                content = read_bytes(self._source, name)
                root = parse(content)
            except FormatError as error:
                failure = FormatError(error.code, f"{name}: {error.message}")
                if error.code == "unsafe_xml":
                    raise failure from error
                failures.append(failure)
                yield NotImported(pointer(self._source, name, "/"), error.message, _shown(self._source, name))
                continue
            if root.name != "annotation":
                message = f"{name} has the root <{root.name[:100]}>, not <annotation>."
                failures.append(FormatError("not_voc", message))
                yield FileWarning("not_voc", message, name)
                continue
            seen.add(identifier)
            yield from self._image(name, identifier, root, decoded(content))
        if failures and len(failures) == len(names):
            raise failures[0]
        yield from self._listed_alone(seen)

    def _image(self, name: str, identifier: str, root: Element, record: str) -> Iterator[Item]:
        stated, place = root.value("filename"), pointer(self._source, name, root.path)
        rows = self._lists.of(identifier)
        splits = splits_of(identifier, rows)
        size = root.find("size")
        sides, problem = _sides(size if size is not None else root.find("imagesize"))
        extra: dict[str, Any] = {each.name: plain(each) for each in root.children if each.name not in _OWN}
        if stated is not None:
            extra["filename"] = stated
        if size is not None:
            extra |= {each.name: each.text for each in size.children if each.name not in ("width", "height")}
        if self._base:
            extra[OPTION_BASE] = self._base
        if len(splits) > 1:
            extra["splits"] = splits
        segments = self._masks.of(identifier)
        extra |= segments.extra()
        asset = Asset(
            self._images.name_of(identifier, stated),
            split=next(iter(splits), None),
            width=sides.get("width"),
            height=sides.get("height"),
            external_id=identifier,
            extra=extra,
            pointer=place,
            record=record,
        )
        yield asset
        yield from self._images.warn(identifier, stated, place)
        if problem:
            yield FileWarning("no_size", problem, place)
        if len(splits) > 1:
            message = f"The image is in the splits {', '.join(splits)}; it goes to the first."
            yield FileWarning("several_splits", message, place)
        yield from self._base_warning(root, place)
        objects, masked = list(root.all("object")), segments.numbers()
        for at, element in enumerate(objects, 1):
            place = pointer(self._source, name, element.path)
            yield from self._object(element, asset.file_name, place, is_masked=at in masked)
        yield from self._segments(segments, asset.file_name, [(each.path, each.value("name")) for each in objects])
        yield from self._classes(asset.file_name, rows)

    def _segments(self, segments: Segments, asset: str, objects: Sequence[tuple[str, str | None]]) -> Iterator[Item]:
        """Yield the masks of an image, each behind its label."""
        for item in self._masks.items(segments, asset, objects):
            if isinstance(item, Annotation):
                item = fit(item)
            if isinstance(item, Annotation):
                yield from self._label(item.body.get("label"))
            yield item

    def _object(self, element: Element, asset: str, place: str, *, is_masked: bool) -> Iterator[Item]:
        record = element.record
        try:
            found = bodies(element, self._base)
        except NotANumber as reason:
            yield NotImported(place, str(reason), record, asset)
            return
        if is_masked:
            found[0]["instance_id"] = element.path
        fitted = [fit(Annotation(asset, body, place, record, "voc")) for body in found]
        problem = next((each for each in fitted if isinstance(each, NotImported)), None)
        if problem:
            yield problem
            return
        whole = [item for each in fitted if isinstance(each, Annotation) for item in bounded(each)]
        yield from (each for each in whole if isinstance(each, FileWarning))
        annotations = [each for each in whole if isinstance(each, Annotation)]
        for each in annotations:
            yield from self._label(each.body.get("label"))
        yield from annotations

    def _classes(self, asset: str, rows: list[tuple[str, str | None]]) -> Iterator[Item]:
        """Yield the lines of the class lists for an image."""
        for place, text in rows:
            if text is None:
                continue
            label, value, record = json.loads(text)
            body: dict[str, Any] = {"type": "classification", "field": "ground_truth", "label": label}
            if value == "-1":
                body |= absent()
            elif value == "0":
                body["difficult"] = True
            elif value != "1":
                yield NotImported(place, f"the class line says {value[:40]!r}, not -1, 0 or 1", record, asset)
                continue
            item = fit(Annotation(asset, body, place, record, "voc"))
            if isinstance(item, Annotation):
                yield from self._label(label)
            yield item

    def _listed_alone(self, seen: set[str]) -> Iterator[Item]:
        """Yield the images of the lists and of PNG files of segments that have no XML file."""
        for identifier, rows in self._lists:
            if identifier not in seen:
                seen.add(identifier)
                yield from self._without_xml(identifier, rows)
        for identifier in self._masks.images():
            if identifier not in seen:
                yield from self._without_xml(identifier, [])

    def _without_xml(self, identifier: str, rows: list[tuple[str, str | None]]) -> Iterator[Item]:
        segments, splits = self._masks.of(identifier), splits_of(identifier, rows)
        is_labelled = bool(segments.names) or any(text for _, text in rows)
        name = self._images.name_of(identifier, None)
        extra = ({"splits": splits} if len(splits) > 1 else {}) | segments.extra()
        split, place = next(iter(splits), None), rows[0][0] if rows else min(segments.names.values())
        yield Asset(name, is_labelled, split, external_id=identifier, extra=extra, pointer=place)
        yield from self._segments(segments, name, ())
        yield from self._classes(name, rows)

    def _label(self, name: str | None) -> Iterator[Label]:
        if name and name not in self._labels:
            self._labels.add(name)
            yield Label(name, {"voc": [name]})

    def _base_warning(self, root: Element, place: str) -> Iterator[FileWarning]:
        origin = root.find("source")
        database = origin.value("database") if origin is not None else None
        if not self._is_base_told and database and database.startswith("The VOC20"):
            self._is_base_told = True
            message = "VOC's own devkit counts pixels from 1: give --option pixel_base=1 to move the boxes by one."
            yield FileWarning("pixels_from_1", message, place)


def _sides(size: Element | None) -> tuple[Mapping[str, int], str | None]:
    """Return the sides that are stated, and a warning where they cannot be used; 0 is how tools say unknown."""
    sides: dict[str, int] = {}
    for name, first_name in (("width", "ncols"), ("height", "nrows")):
        text = size.value(name) or size.value(first_name) if size is not None else None
        if not text:
            continue
        try:
            side = number(text, name)
        except NotANumber as reason:
            return {}, f"The size is not used: {reason}."
        if side == 0:
            return {}, None
        if side < 0 or side > MAX_SIDE or side != int(side):
            return {}, f"The size is not used: {name} is {text[:40]}."
        sides[name] = int(side)
    return (sides, None) if len(sides) == 2 else ({}, None)


def _shown(source: Source, name: str) -> str:
    """Return the text of a file that cannot be read, as far as it is text."""
    try:
        return read_bytes(source, name).decode("utf-8", "replace")
    except FormatError:
        return ""
