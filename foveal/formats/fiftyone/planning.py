"""Plan of a FiftyOne export: the fields of the data set, the classes of its masks, its skeletons, its media type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, loads
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Asset
from foveal.formats.fiftyone.label_writing import KINDS
from foveal.formats.fiftyone.schema import LABELS, Schema

DEFAULT_FIELD: Final = "ground_truth"
VERSION: Final = "1.4.0"
"""The last revision of documents that FiftyOne 1.22 migrates samples for; later releases migrate from it."""
GROUP: Final = "group"
"""Field of the group of a sample, in data sets that are made here."""
_TAKEN: Final = frozenset(
    {"id", "filepath", "tags", "metadata", "created_at", "last_modified_at", "frames", "groups", GROUP}
)
_VIDEOS: Final = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")
_FIELDS: Final[Mapping[str, tuple[str, str | None, str | None, str | None]]] = {
    "id": ("ObjectIdField", None, None, "_id"),
    "filepath": ("StringField", None, None, None),
    "tags": ("ListField", None, "StringField", None),
    "metadata": ("EmbeddedDocumentField", "fiftyone.core.metadata.ImageMetadata", None, None),
    "_media_type": ("StringField", None, None, None),
    "_rand": ("FloatField", None, None, None),
    "_dataset_id": ("ObjectIdField", None, None, None),
    "created_at": ("DateTimeField", None, None, None),
    "last_modified_at": ("DateTimeField", None, None, None),
}
_OF_FRAMES: Final = ("id", "_dataset_id", "created_at", "last_modified_at")
_FIELDS_PATH: Final = "fiftyone.core.fields."
_KINDS: Final = list(dict.fromkeys(KINDS.values()))
Key = tuple[str, str, bool]


@dataclass(slots=True)
class Plan:
    """The fields by layer, class and whether they are of frames; values of classes in the masks of each field.

    `media` are the kinds of its media, `image` and `video`.
    """

    schema: Schema
    metadata: dict[str, Any] | None
    media: frozenset[str] = frozenset({"image"})
    fields: dict[Key, str] = field(default_factory=dict)
    targets: dict[str, dict[str, int]] = field(default_factory=dict)
    skeletons: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def group_field(self) -> str | None:
        """Return the field of the groups: of the data set as it came, or since it has media of several kinds."""
        given = (self.metadata or {}).get("group_field")
        return given if isinstance(given, str) and given else GROUP if len(self.media) > 1 else None

    @property
    def adds_groups(self) -> bool:
        """Tell whether the samples of the data set as it came are in no groups, and need them now."""
        return self.group_field is not None and not (self.metadata or {}).get("group_field")

    def slices(self) -> dict[str, str]:
        """Return the kind of media of each slice of the groups: those that the data set came with, and one a kind."""
        given = (self.metadata or {}).get("group_media_types")
        found = {name: kind for name, kind in given.items() if isinstance(kind, str)} if isinstance(given, dict) else {}
        for kind in sorted(self.media - set(found.values())):
            name = kind
            while name in found:
                name += "_"
            found[name] = kind
        return found

    def slice_of(self, kind: str) -> str:
        """Return the slice for a sample that comes without one."""
        return next(name for name, each in self.slices().items() if each == kind)

    def name(self, layer: str, kind: str, *, of_frames: bool) -> str:
        """Return the field for annotations of a layer and a class."""
        return self.fields[layer, kind, of_frames]

    def kind(self, key: Key) -> str:
        """Return the class that the field holds: the one it was declared with, where it holds a label alone."""
        declared = self.schema.kind(self.fields[key], of_frames=key[2])
        return declared if declared is not None and declared.removesuffix("s") == key[1].removesuffix("s") else key[1]

    def document(self) -> dict[str, Any]:
        """Return `metadata.json`: the one that the data set came with, and the fields that it lacks."""
        kind = next(iter(self.media)) if len(self.media) == 1 else None
        found: dict[str, Any] = dict(self.metadata or {}) or {
            "name": "foveal",
            "version": VERSION,
            "media_type": kind,
            "sample_fields": [_field(name, *parts) for name, parts in _FIELDS.items()],
            "frame_fields": [],
        }
        metadata_type = f"fiftyone.core.metadata.{(kind or '').capitalize()}Metadata"
        for each in found["sample_fields"] if self.metadata is None else ():
            if each["name"] == "metadata":
                each["embedded_doc_type"] = metadata_type
        if self.group_field is not None:
            slices = self.slices()
            found |= {"media_type": "group", "group_field": self.group_field, "group_media_types": slices}
            found.setdefault("default_group_slice", next(iter(slices)))
        if self.adds_groups:
            group = _field(GROUP, "EmbeddedDocumentField", "fiftyone.core.groups.Group", None, None)
            found["sample_fields"] = [*found["sample_fields"], group]
        if "video" in self.media and not found.get("frame_fields"):
            number = _field("frame_number", "FrameNumberField", None, None, None)
            owner = _field("_sample_id", "ObjectIdField", None, None, None)
            found["frame_fields"] = [*(_field(name, *_FIELDS[name]) for name in _OF_FRAMES), number, owner]
        for key, name in sorted(self.fields.items()):
            of_frames = key[2]
            known = self.schema.fields(of_frames=of_frames) if self.metadata else set()
            if name not in known:
                place = found.setdefault("frame_fields" if of_frames else "sample_fields", [])
                place.append(_field(name, "EmbeddedDocumentField", LABELS + self.kind(key), None, None))
        for name, numbers in sorted(self.targets.items()):
            targets = {str(number): label for label, number in sorted(numbers.items(), key=lambda each: each[1])}
            found.setdefault("mask_targets", {}).setdefault(name, {}).update(targets)
        for name, skeleton in sorted(self.skeletons.items()):
            shape = {"labels": list(skeleton["names"]), "edges": [list(edge) for edge in skeleton.get("edges", ())]}
            found.setdefault("skeletons", {}).setdefault(name, shape)
        return found


def plan_of(dataset: Dataset) -> Plan:
    """Return the plan, after one pass over the data set."""
    metadata = _metadata(dataset)
    plan = Plan(Schema(metadata), metadata)
    skeletons = {label.name: label.skeleton for label in dataset.labels() if label.skeleton}
    found: dict[Key, set[str]] = {}
    of_labels: dict[str, list[Mapping[str, Any] | None]] = {}
    media: set[str] = set()
    for labelled in dataset.assets():
        media.add(kind_of(labelled))
        for each in labelled.annotations:
            kind = KINDS.get(each.body["type"])
            if kind is None:
                continue
            key = (each.body["field"], kind, "frame_index" in each.body)
            names = found.setdefault(key, set())
            if kind == "Segmentation":
                names.add(str(each.body.get("label", "")))
            elif kind == "Keypoints" and each.body.get("label") is not None and each.body["label"] not in names:
                names.add(each.body["label"])
                of_labels.setdefault(each.body["field"], []).append(skeletons.get(each.body["label"]))
    plan.media = frozenset(media) or plan.media
    if not found:
        found[DEFAULT_FIELD, "Detections", False] = set()
    _name_fields(plan, found)
    for key, names in found.items():
        if key[1] == "Segmentation":
            plan.targets[plan.fields[key]] = _numbers(dataset, plan, plan.fields[key], names)
        elif key[1] == "Keypoints":
            shapes = of_labels.get(key[0], [])
            if shapes and shapes[0] is not None and all(shape == shapes[0] for shape in shapes):
                plan.skeletons[plan.fields[key]] = shapes[0]
    return plan


def kind_of(labelled: LabelledAsset) -> str:
    """Return `video` or `image`: by the frames of an asset, else by its name."""
    asset: Asset = labelled.asset
    is_video = asset.frame_count is not None or asset.file_name.lower().endswith(_VIDEOS)
    return "video" if is_video or any("frame_index" in each.body for each in labelled.annotations) else "image"


def _name_fields(plan: Plan, found: Mapping[Key, Any]) -> None:
    """Name the fields: as their layer, with the class behind where a layer needs several."""
    for of_frames in (False, True):
        used: dict[str, Key] = {}
        for key in sorted((key for key in found if key[2] is of_frames), key=_order):
            layer, kind, _ = key
            name = layer.replace(".", "_").replace("-", "_").lstrip("_") or DEFAULT_FIELD
            declared = plan.schema.kind(layer, of_frames=of_frames)
            is_other = declared is not None and declared.removesuffix("s") != kind.removesuffix("s")
            if name in used or name in _TAKEN or is_other:
                name = f"{name}_{kind.lower()}"
            while name in used:
                name += "_"
            used[name] = key
            plan.fields[key] = name


def _order(key: Key) -> tuple[str, int]:
    """Return the place of a field: by its layer, boxes first, since the first class gets the name of the layer."""
    return key[0], _KINDS.index(key[1])


def _numbers(dataset: Dataset, plan: Plan, name: str, labels: set[str]) -> dict[str, int]:
    """Return the value of each class in the masks of a field: the one that it came with, else the next free one."""
    known = {label: number for number, label in plan.schema.targets(name).items()}
    external = {label.name: label.external_ids for label in dataset.labels()}
    found: dict[str, int] = {}
    for label in sorted(labels):
        given = external.get(label, {})
        candidates = [known.get(label), *given.get("fiftyone", ()), *given.get("mask_target", ())]
        candidates.append(int(label) if label.isascii() and label.isdigit() and len(label) < 6 else None)
        free = next(
            (each for each in candidates if isinstance(each, int) and 0 < each < 2**16 and each not in found.values()),
            None,
        )
        if free is not None:
            found[label] = free
    for label in sorted(labels - found.keys()):
        used = {*found.values(), *known.values()}
        found[label] = next(number for number in range(1, 2**16) if number not in used)
    return found


def _metadata(dataset: Dataset) -> dict[str, Any] | None:
    text = dataset.sections().get("metadata.json") if dataset.format == "fiftyone" else None
    if text is None:
        return None
    try:
        found = loads(text)
    except BadRecord:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("sample_fields"), list) else None


def _field(name: str, type_: str, document: str | None, subfield: str | None, place: str | None) -> dict[str, Any]:
    return {
        "name": name,
        "ftype": _FIELDS_PATH + type_,
        "embedded_doc_type": document,
        "subfield": None if subfield is None else _FIELDS_PATH + subfield,
        "fields": [],
        "db_field": place or name,
        "description": None,
        "info": None,
        "read_only": False,
    }
