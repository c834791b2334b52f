"""Reader of FiftyOne data sets: samples with their labels, the labels of frames gathered by sample."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.json_records import BadRecord, dumps, loads, raw_items, raw_members
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.fitting import fit
from foveal.formats.base.model.items import (
    Annotation,
    Asset,
    FileWarning,
    FormatError,
    Item,
    Label,
    NotImported,
    Section,
)
from foveal.formats.base.model.member_checks import CHECKS, MAX_FRAME, MAX_SIDE, is_text
from foveal.formats.fiftyone import bson
from foveal.formats.fiftyone.labels import LISTS, SINGLE, Surroundings, Told, bodies
from foveal.formats.fiftyone.layout import Layout, Record
from foveal.formats.fiftyone.schema import Schema

FORMAT_NAME: Final = "fiftyone"
_OF_SAMPLES: Final = frozenset(
    ["_id", "id", "filepath", "metadata", "_media_type", "_rand", "_dataset_id", "created_at", "last_modified_at"]
)
_OF_FRAMES: Final = frozenset(
    ["_id", "id", "frame_number", "_sample_id", "_dataset_id", "created_at", "last_modified_at", "filepath"]
)
_SPLITS: Final = frozenset(["train", "val", "validation", "valid", "test"])


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of a FiftyOneDataset. Raises FormatError."""
    layout = Layout(source)
    metadata = layout.metadata() if layout.has_metadata else "{}"
    try:
        schema = Schema(loads(metadata))
    except BadRecord as problem:
        raise FormatError("not_json", f"metadata.json cannot be read: {problem}.") from None
    if layout.has_metadata:
        yield Section("metadata.json", metadata)
    for name, text in layout.sections():
        yield Section(name, text)
    labels = {label.name: label for label in schema.labels()}
    yield from labels.values()
    with Groups() as frames, Groups() as owners:
        for record in layout.records("frames"):
            yield from _gather(record, frames)
        sample_reader = _SampleReader(layout, schema, context, frames, set(labels))
        for record in layout.records("samples"):
            yield from sample_reader.sample(record, owners)
        for owner, left in frames:
            if owner not in owners:
                for place, text in left:
                    yield NotImported(place, f"no sample has the id {owner[:100]!r} of the frame", text)


def _gather(record: Record, frames: Groups) -> Iterator[Item]:
    try:
        frame = loads(record.text)
    except BadRecord as problem:
        yield NotImported(record.pointer, f"the frame cannot be read: {problem}", record.text)
        return
    owner = bson.identifier(frame.get("_sample_id")) if isinstance(frame, dict) else None
    if owner is None:
        yield NotImported(record.pointer, "the frame names no sample", record.text)
    else:
        frames.add(owner, record.pointer, record.text)


class _SampleReader:
    def __init__(self, layout: Layout, schema: Schema, context: Context, frames: Groups, seen: set[str]) -> None:
        self._layout, self._schema, self._context = layout, schema, context
        self._frames, self._seen = frames, seen

    def sample(self, record: Record, owners: Groups) -> Iterator[Item]:
        """Yield the asset of a sample and its annotations."""
        try:
            sample = loads(record.text)
        except BadRecord as problem:
            yield NotImported(record.pointer, f"the sample cannot be read: {problem}", record.text)
            return
        path = sample.get("filepath") if isinstance(sample, dict) else None
        if not isinstance(path, str) or not is_text(path, 1024):
            yield NotImported(record.pointer, "the sample has no filepath", record.text)
            return
        own = bson.identifier(sample.get("_id", sample.get("id")))
        frames = self._frames.of(own) if own is not None else []
        if own is not None:
            owners.add(own)
        fields = {name: value for name, value in sample.items() if _is_labels(value)}
        asset = _asset(record, sample, path, own, fields, frames)
        yield asset
        facts = self._context.facts_of(path)
        stated = (asset.width, asset.height) if asset.width and asset.height else None
        sides = stated or ((facts.width, facts.height) if facts else None)
        texts = raw_members(record.text)
        for name, value in fields.items():
            yield from self._field(
                path, name, value, texts.get(name, ""), f"{record.prefix}/{_escaped(name)}", sides, None
            )
        for place, text in frames:
            yield from self._frame(path, place, text or "", sides)

    def _frame(self, asset: str, place: str, text: str, sides: tuple[int, int] | None) -> Iterator[Item]:
        frame = loads(text)
        fields = {name: value for name, value in frame.items() if _is_labels(value)}
        number = bson.number(frame.get("frame_number"))
        if not isinstance(number, int) or not 1 <= number <= MAX_FRAME:
            yield NotImported(place, "the frame has no frame_number from 1 on", text, asset)
            return
        texts = raw_members(text)
        for name, value in fields.items():
            at = f"{place}/{_escaped(name)}"
            yield from self._field(asset, name, value, texts.get(name, ""), at, sides, number - 1)

    def _field(
        self,
        asset: str,
        field: str,
        value: dict[str, Any],
        text: str,
        place: str,
        sides: tuple[int, int] | None,
        frame: int | None,
    ) -> Iterator[Item]:
        """Yield the annotations of a field: one label, or the list that its class holds."""
        member = LISTS.get(value["_cls"])
        if member is None:
            yield from self._label(asset, field, value, text or dumps(value), place, sides, frame)
            return
        given = value.get(member)
        if given is None:
            return
        if not isinstance(given, list):
            yield NotImported(place, f"{member} of {value['_cls']} is no list", text or dumps(value), asset)
            return
        texts = raw_items(raw_members(text).get(member, ""))
        for index, label in enumerate(given):
            record = texts[index] if len(texts) == len(given) else dumps(label)
            at = f"{place}/{member}/{index}"
            if isinstance(label, dict) and "_cls" not in label:
                label = {"_cls": value["_cls"].removesuffix("s")} | label
            yield from self._label(asset, field, label, record, at, sides, frame)

    def _label(
        self,
        asset: str,
        field: str,
        label: Any,
        record: str,
        place: str,
        sides: tuple[int, int] | None,
        frame: int | None,
    ) -> Iterator[Item]:
        if not isinstance(label, dict) or not isinstance(label.get("_cls"), str) or label["_cls"] not in SINGLE:
            yield NotImported(place, "the label is of no class of FiftyOne", record, asset)
            return
        about = Surroundings(field, sides, self._schema, self._layout.file, [])
        layer, extra = (field, {}) if CHECKS["field"](field) else _layer(field)
        try:
            found = list(bodies(label, about))
        except Told as reason:
            yield NotImported(place, f"the {label['_cls']} is not placed: {reason}", record, asset)
            return
        except BadRecord as problem:
            yield NotImported(place, f"the {label['_cls']} cannot be read: {problem}", record, asset)
            return
        for code, message in about.warnings:
            yield FileWarning(code, message, place)
        fitted = []
        for body in found:
            whole = body | {"field": layer} | ({} if frame is None else {"frame_index": frame})
            if extra:
                whole["extra"] = whole.get("extra", {}) | extra
            fitted.append(fit(Annotation(asset, whole, place, record, FORMAT_NAME)))
        right = [each for each in fitted if isinstance(each, Annotation)]
        for each in right:
            yield from self._name(each, field)
        yield from right or fitted[:1]
        for part in fitted if right else ():
            if isinstance(part, NotImported):
                yield FileWarning("part_not_placed", f"A part of the record is not imported: {part.reason}.", place)

    def _name(self, annotation: Annotation, field: str) -> Iterator[Item]:
        """Yield the label of an annotation when it is the first of its name."""
        name = annotation.body.get("label")
        if name is None or name in self._seen or len(self._seen) >= 100_000:
            return
        self._seen.add(name)
        skeleton = self._schema.skeleton(field) if annotation.body["type"] == "keypoints" else None
        yield Label(name, skeleton=skeleton)


def _asset(
    record: Record,
    sample: Mapping[str, Any],
    path: str,
    own: str | None,
    fields: Mapping[str, Any],
    frames: list[tuple[str, str | None]],
) -> Asset:
    metadata = sample.get("metadata")
    stated: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    tags = sample.get("tags")
    splits = [tag for tag in tags if isinstance(tag, str) and tag in _SPLITS] if isinstance(tags, list) else []
    rest = {
        name: value
        for name, value in sample.items()
        if name not in _OF_SAMPLES and name not in fields and value not in (None, [], {})
    }
    if facts := {name: value for name, value in stated.items() if name not in ("_cls", "width", "height")}:
        rest["metadata"] = facts
    return Asset(
        path,
        labelled=any(value.get(LISTS.get(value["_cls"], "_cls")) is not None for value in fields.values())
        or any(_is_labels(value) for _, text in frames for value in loads(text or "{}").values()),
        split=splits[0] if len(splits) == 1 else None,
        width=_side(stated.get("width", stated.get("frame_width"))),
        height=_side(stated.get("height", stated.get("frame_height"))),
        frame_count=_side(stated.get("total_frame_count")),
        external_id=own,
        extra=bson.plain(rest),
        pointer=record.pointer,
        record=record.text,
    )


def _is_labels(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("_cls"), str):
        return False
    return value["_cls"] in LISTS or value["_cls"] in SINGLE


def _layer(field: str) -> tuple[str, dict[str, Any]]:
    """Return a name of a layer for a field that the model does not allow, and the field's own name as extra."""
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "_.-") else "_" for each in field)
    return (plain.lstrip("_.-") or "field")[:64], {"field": field[:1024]}


def _side(value: Any) -> int | None:
    found = bson.number(value)
    return found if isinstance(found, int) and 1 <= found <= MAX_SIDE else None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
