"""Writer of FiftyOne data sets: `metadata.json`, `samples.json`, and `frames.json` for videos.

Media stay where they are. Samples that nobody has edited go out as their own text.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.json_records import dumps, loads, raw_members
from foveal.formats.base.files.source import Source
from foveal.formats.base.files.target import Target, write_text
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.fiftyone.label_writing import (
    KINDS,
    Unwritten,
    label_id,
    label_of,
    locations_of,
    object_id,
    segmentation_of,
)
from foveal.formats.fiftyone.labels import LISTS, SINGLE
from foveal.formats.fiftyone.layout import METADATA, Layout
from foveal.formats.fiftyone.planning import Plan, kind_of, plan_of

_COPY_BYTES: Final = 2**20
_OF_SEVERAL: Final = ("Segmentation", "GeoLocations")
"""Classes that hold several annotations in one label."""
Sides = tuple[int, int] | None


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write a data set; images and videos together are the slices of a grouped one, each in a group of its own."""
    if dataset.format == "fiftyone" and dataset.source is not None and _is_whole(dataset, dataset.source):
        losses.written += sum(len(each.annotations) for each in dataset.assets())
        _copy(dataset.source, target)
        return
    writer = _Writer(plan_of(dataset), context, losses)
    writer.tell_labels(dataset)
    write_text(target, METADATA, dumps(writer.plan.document()))
    for name, text in dataset.sections().items() if dataset.format == "fiftyone" else ():
        if name != METADATA:
            write_text(target, name, text)
    with target.create("samples.json") as stream:
        for number, labelled in enumerate(dataset.assets()):
            stream.write((("," if number else '{"samples": [') + writer.sample(labelled)).encode())
        stream.write(b"]}")
    if "video" in writer.plan.media:
        with target.create("frames.json") as stream:
            is_first = True
            for text in writer.frames(dataset):
                stream.write((('{"frames": [') if is_first else ",").encode() + text.encode())
                is_first = False
            stream.write(b'{"frames": []}' if is_first else b"]}")


class _Writer:
    def __init__(self, plan: Plan, context: Context, losses: LossReport) -> None:
        self.plan, self._context, self._losses = plan, context, losses

    def tell_labels(self, dataset: Dataset) -> None:
        """Tell the members of labels that a data set has no place for."""
        skeletons = list(self.plan.skeletons.values())
        for label in dataset.labels():
            for name in ("color", "supercategory", "isthing", "attributes"):
                if getattr(label, name):
                    self._losses.tell("no_place", f"label.{name}", "FiftyOne has no definitions of labels.", label.name)
            for format_ in sorted(label.external_ids.keys() - {"fiftyone", "mask_target"}):
                self._losses.tell("no_place", f"label.external_ids.{format_}", "A class is its name alone.", label.name)
            if label.skeleton and label.skeleton not in skeletons:
                self._losses.tell("no_place", "label.skeleton", "A field has one skeleton for all classes.", label.name)

    def sample(self, labelled: LabelledAsset) -> str:
        """Return the text of a sample with the labels of the whole image or video."""
        asset = labelled.asset
        is_own = self.plan.metadata is not None and asset.record is not None
        if labelled.is_unedited and is_own and asset.record is not None:
            self._losses.written += sum("frame_index" not in each.body for each in labelled.annotations)
            return self._in_group(labelled, asset.record) if self.plan.adds_groups else asset.record
        members = self._kept(asset.record) if is_own and asset.record else self._head(labelled)
        by_field = self._labels(
            labelled, [each for each in labelled.annotations if "frame_index" not in each.body], None
        )
        for key, name in sorted(self.plan.fields.items()):
            if key[2]:
                continue
            list_ = LISTS.get(self.plan.kind(key))
            empty = dumps({"_cls": self.plan.kind(key), list_: []}) if list_ and asset.labelled else "null"
            members[name] = by_field.get(name, empty)
        return _object(members | self._group(labelled) if self.plan.group_field not in members else members)

    def _in_group(self, labelled: LabelledAsset, record: str) -> str:
        """Return the text of a sample with its group behind it."""
        texts = raw_members(record) or {name: dumps(value) for name, value in loads(record).items()}
        return _object({**texts, **self._group(labelled)})

    def _group(self, labelled: LabelledAsset) -> dict[str, str]:
        """Return the member of a sample that names its group, which has no other sample; none without groups."""
        field = self.plan.group_field
        if field is None:
            return {}
        own = {"_id": {"$oid": object_id(f"{self._identity(labelled)} group")}, "_cls": "Group"}
        return {field: dumps(own | {"name": self.plan.slice_of(kind_of(labelled))})}

    def frames(self, dataset: Dataset) -> Iterator[str]:
        """Yield the text of each frame that has labels, or that came with its sample."""
        with Groups() as given:
            if dataset.format == "fiftyone" and dataset.source is not None:
                for record in Layout(dataset.source).records("frames"):
                    frame = loads(record.text)
                    given.add(str(frame["_sample_id"]["$oid"]), record.pointer, record.text)
            for labelled in dataset.assets():
                own = self._identity(labelled)
                found = [each for each in labelled.annotations if "frame_index" in each.body]
                kept = [text for _, text in given.of(own) if text is not None]
                if labelled.is_unedited and kept:
                    self._losses.written += len(found)
                    yield from kept
                    continue
                texts = {loads(text)["frame_number"]: text for text in kept}
                found.sort(key=lambda each: each.body["frame_index"])
                by_frame = {frame: list(each) for frame, each in groupby(found, lambda each: each.body["frame_index"])}
                for frame in sorted(by_frame.keys() | {number - 1 for number in texts}):
                    members = self._kept(texts.get(frame + 1))
                    members.setdefault("_id", dumps({"$oid": object_id(f"{own} frame {frame}")}))
                    members |= {"frame_number": str(frame + 1), "_sample_id": dumps({"$oid": own})}
                    members |= self._labels(labelled, by_frame.get(frame, []), frame)
                    yield _object(members)

    def _kept(self, record: str | None) -> dict[str, str]:
        """Return the members of a sample or a frame that are no labels, as their text."""
        if record is None:
            return {}
        values = loads(record)
        texts = raw_members(record) or {name: dumps(value) for name, value in values.items()}
        return {
            name: texts[name]
            for name, value in values.items()
            if not (isinstance(value, dict) and (value.get("_cls") in SINGLE or value.get("_cls") in LISTS))
        }

    def _head(self, labelled: LabelledAsset) -> dict[str, str]:
        asset = labelled.asset
        own = self._identity(labelled)
        kind = kind_of(labelled)
        metadata: dict[str, Any] | None = None
        if asset.width and asset.height:
            prefix = "frame_" if kind == "video" else ""
            metadata = {"_cls": f"{kind.capitalize()}Metadata", f"{prefix}width": asset.width}
            metadata[f"{prefix}height"] = asset.height
            if asset.frame_count is not None:
                metadata["total_frame_count"] = asset.frame_count
        if asset.extra:
            self._losses.tell("no_place", "asset.extra", "Members of images of other formats.", asset.file_name)
        found = {
            "_id": {"$oid": own},
            "filepath": asset.file_name,
            "tags": [asset.split] if asset.split is not None else [],
            "metadata": metadata,
            "_media_type": kind,
            "_rand": int(object_id(f"{own} rand"), 16) / 16**24,
        }
        return {name: dumps(value) for name, value in found.items()}

    def _labels(self, labelled: LabelledAsset, annotations: list[Annotation], frame: int | None) -> dict[str, str]:
        """Return the text of each field of labels of a sample or a frame."""
        by_key: dict[tuple[str, str], list[Annotation]] = {}
        for each in annotations:
            kind = KINDS.get(each.body["type"])
            if kind is None:
                self._leave_out(each, f"FiftyOne has no labels of the type {each.body['type']}")
            else:
                by_key.setdefault((each.body["field"], kind), []).append(each)
        found: dict[str, str] = {}
        for (layer, kind), group in by_key.items():
            key = (layer, kind, frame is not None)
            name = self.plan.fields[key]
            if name != layer and "field" not in group[0].body.get("extra", {}):
                for each in group:
                    self._losses.tell("renamed_field", "field", f"{layer} is written as {name}.", each.pointer)
            identity = f"{self._identity(labelled)} {name} {frame}"
            class_ = self.plan.kind(key)
            if class_ not in LISTS and class_ not in _OF_SEVERAL:
                for each in group[1:]:
                    self._leave_out(each, f"the field {name} holds one label")
                group = group[:1]
            texts = list(self._texts(labelled, class_, name, group, identity))
            if (list_ := LISTS.get(class_)) is not None:
                found[name] = f'{{"_cls": "{class_}", "{list_}": [{", ".join(texts)}]}}'
            elif texts:
                found[name] = texts[0]
        return found

    def _texts(
        self, labelled: LabelledAsset, class_: str, name: str, group: list[Annotation], identity: str
    ) -> Iterator[str]:
        sides = self._sides(labelled)
        if class_ == "GeoLocations":
            self._losses.written += len(group)
            yield dumps(locations_of(group, self._losses, identity))
            return
        if class_ == "Segmentation":
            yield from self._segmentation(name, group, identity)
            return
        for number, each in enumerate(group):
            if each.record is not None and each.format == "fiftyone" and not each.is_edited:
                self._losses.written += 1
                yield each.record
                continue
            try:
                label = label_of(each, sides, self._losses, f"{identity} {number}")
            except Unwritten as reason:
                self._leave_out(each, str(reason))
                continue
            self._losses.written += 1
            yield dumps(label)

    def _segmentation(self, name: str, group: list[Annotation], identity: str) -> Iterator[str]:
        try:
            label = segmentation_of(
                [each.body for each in group], self.plan.targets[name], self._losses, group[0].pointer
            )
        except Unwritten as reason:
            for each in group:
                self._leave_out(each, str(reason))
            return
        own: dict[str, Any] = {"_id": {"$oid": label_id(group[0].body, identity)}}
        for each in group:
            self._losses.written += 1
            for member in sorted(each.body.keys() - {"type", "field", "label", "mask", "extra", "frame_index"}):
                self._losses.tell("no_place", member, "A mask of several classes has no members of one.", each.pointer)
        yield dumps(own | label)

    def _leave_out(self, annotation: Annotation, why: str) -> None:
        type_ = annotation.body["type"]
        self._losses.left_out += 1
        self._losses.tell("left_out", f"type.{type_}", f"{why[0].upper()}{why[1:]}.", annotation.pointer)

    def _sides(self, labelled: LabelledAsset) -> Sides:
        asset = labelled.asset
        if asset.width and asset.height:
            return asset.width, asset.height
        facts = self._context.facts_of(asset.file_name)
        return (facts.width, facts.height) if facts else None

    @staticmethod
    def _identity(labelled: LabelledAsset) -> str:
        own = labelled.asset.external_id
        is_own = isinstance(own, str) and len(own) == 24 and set(own) <= set("0123456789abcdef")
        return str(own) if is_own else object_id(labelled.asset.file_name)


def _is_whole(dataset: Dataset, source: Source) -> bool:
    """Tell whether the data set is its source: nothing edited, no sample gone or added."""
    with Groups() as kept:
        count = 0
        for labelled in dataset.assets():
            if not labelled.is_unedited or labelled.asset.pointer is None:
                return False
            kept.add(labelled.asset.pointer)
            count += 1
        for leftover in dataset.leftovers():
            kept.add(leftover.pointer)
        records = 0
        for record in Layout(source).records("samples"):
            if record.pointer not in kept:
                return False
            records += 1
        return records >= count


def _copy(source: Source, target: Target) -> None:
    """Copy the JSON files of a data set."""
    layout = Layout(source)
    files = source.around()
    for name in layout.json_files():
        with files.open(name) as stream, target.create(name.removeprefix(layout.root)) as written:
            while block := stream.read(_COPY_BYTES):
                written.write(block)


def _object(members: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{dumps(name)}: {text}" for name, text in members.items()) + "}"
