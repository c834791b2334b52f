"""Objects of a data set as COCO has them: the points and the outline of one object are one record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.geometry.writing import leave_out, sides_of
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import Annotation, Asset, ExternalId
from foveal.formats.base.model.loss import LossReport
from foveal.formats.coco.index import key_of
from foveal.formats.coco.records import BrokenRecord, parse
from foveal.formats.coco.writing.ids import NO_CLASS, Classes, Ids
from foveal.formats.coco.writing.shapes import OUTLINES, Members, Unwritable, members_of


class _Id(msgspec.Struct):
    id: Any = None


IDS: Final = frozenset({"id", "image_id", "category_id"})
_ID: Final = msgspec.json.Decoder(_Id)


@dataclass(frozen=True, slots=True)
class Object:
    """The annotations of one record; `base` has the members of the record that they came from, if they did."""

    parts: Sequence[Annotation]
    base: Members

    @property
    def id(self) -> ExternalId | None:
        return key_of(self.base.get("id"))

    @property
    def is_caption(self) -> bool:
        return all(part.body["type"] == "caption" for part in self.parts)

    @property
    def has_keypoints(self) -> bool:
        return any(part.body["type"] == "keypoints" for part in self.parts)

    @property
    def record(self) -> str | None:
        """The text of the record, where nobody has edited it or taken a part away."""
        is_whole = len(self.parts) > 1 or "instance_id" not in self.parts[0].body
        is_edited = any(part.is_edited for part in self.parts)
        return self.parts[0].record if self.base and is_whole and not is_edited else None


def objects_of(annotations: Sequence[Annotation]) -> Iterator[Object]:
    """Yield the objects of an asset in the order of their first annotations."""
    return (Object(parts, _base(parts)) for parts in parts_of_objects(annotations))


def parts_of_objects(annotations: Sequence[Annotation]) -> Iterator[Sequence[Annotation]]:
    """Yield the annotations of each object of an asset, in the order of their first ones."""
    groups: dict[str | int, list[Annotation]] = {}
    for number, annotation in enumerate(annotations):
        groups.setdefault(annotation.body.get("instance_id", number), []).append(annotation)
    for group in groups.values():
        yield from [group] if len(group) == 1 or _is_one_record(group) else [[each] for each in group]


def id_of(parts: Sequence[Annotation]) -> ExternalId | None:
    """Return the id in the record of an object, without reading all of the record."""
    first = parts[0]
    if first.format != "coco" or first.record is None:
        return None
    try:
        return key_of(_ID.decode(first.record).id)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None


def _is_one_record(parts: Sequence[Annotation]) -> bool:
    types = [part.body["type"] for part in parts]
    outlines, boxes = sum(each in OUTLINES for each in types), types.count("detection")
    is_complete = types.count("keypoints") + outlines + boxes == len(types)
    labels = {(part.body.get("label"), part.body.get("field")) for part in parts}
    return is_complete and types.count("keypoints") == 1 and outlines <= 1 and boxes <= 1 and len(labels) == 1


def _base(parts: Sequence[Annotation]) -> Members:
    first = parts[0]
    if first.format != "coco" or first.record is None or any(part.record != first.record for part in parts):
        return {}
    try:
        members = parse(first.record.encode())
    except (BrokenRecord, UnicodeEncodeError):
        return {}
    return {} if "segments_info" in members else members


class Encoder:
    """Text of records, with each loss told and each annotation counted."""

    def __init__(self, classes: Classes, context: Context, losses: LossReport) -> None:
        self.classes, self._context, self._losses = classes, context, losses

    def text(self, found: Object, asset: Asset, image_id: ExternalId, ids: Ids | None) -> str | None:
        """Return the record of an object, None when COCO cannot hold it; without `ids` records have none (results)."""
        category_id = self._category_id(found)
        record = found.record
        if (
            record is not None
            and self._names(found.base, image_id, category_id)
            and (ids is None or ids.take(found.id))
        ):
            self._losses.written += len(found.parts)
            return record
        names = self.classes.keypoints(category_id)
        try:
            if record is not None and not found.has_keypoints:  # their order is that of the class
                members = {name: value for name, value in found.base.items() if name not in IDS}
            else:
                members = members_of(found.parts, names, sides_of(asset, self._context), self._losses, found.base)
        except Unwritable as why:
            for part in found.parts:
                leave_out(part, self._losses, str(why))
            return None
        if category_id is not None and found.parts[0].body.get("label") is None:
            why_made = f"COCO wants a class of each record: written as {NO_CLASS!r}."
            self._losses.tell("class_made", "label", why_made, found.parts[0].pointer)
        if category_id is not None:
            self._tell_of_masks(found, is_stuff=self.classes.is_stuff(category_id))
        head: Members = {"image_id": image_id}
        if ids is not None:
            head = {"id": ids.give(found.id), **head}
            if not found.base and "bbox" in members:
                members.setdefault("segmentation", [])  # readers of instances want it, pycocotools among them
        elif "score" not in members and not found.is_caption:
            self._losses.tell("no_score", "confidence", "Results want a score: there is none.", found.parts[0].pointer)
        if category_id is not None:
            head["category_id"] = category_id
        self._losses.written += len(found.parts)
        return dumps({**head, **{name: value for name, value in members.items() if name not in head}})

    def _tell_of_masks(self, found: Object, *, is_stuff: bool) -> None:
        for part in found.parts:
            if part.body["type"] == ("mask" if is_stuff else "segmentation"):
                why = "COCO tells masks of objects from those of classes by isthing of the class, which says otherwise."
                self._losses.tell("other_type", f"type.{part.body['type']}", why, part.pointer)

    def _category_id(self, found: Object) -> ExternalId | None:
        body = found.parts[0].body
        return None if found.is_caption and body.get("label") is None else self.classes.find(body)

    def _names(self, base: Members, image_id: ExternalId, category_id: ExternalId | None) -> bool:
        """Tell whether a record names the image and the class by the ids that they have in this file."""
        is_class = category_id is None or key_of(base.get("category_id")) == category_id
        return key_of(base.get("image_id")) == image_id and is_class
