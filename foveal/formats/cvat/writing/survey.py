"""First pass over a data set: its images and videos, and what the labels must declare for the annotations to fit."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, Label
from foveal.formats.cvat.attributes import value_of

_INPUT_TYPES: Final = {bool: "checkbox", int: "integer", float: "number"}
_INTEGER: Final = re.compile(r"0|[1-9]\d{0,14}", re.ASCII)


class Numbers:
    """Integers for ids that CVAT wants as such: a text of an integer is its own, another gets one that is free."""

    def __init__(self) -> None:
        self._last = 0
        self._given: dict[str, int] = {}

    def see(self, text: str) -> None:
        """Take note of an id, so that its integer stays free for it."""
        if is_integer(text):
            self._last = max(self._last, int(text))

    def of(self, text: str) -> str:
        """Return the integer of an id."""
        if is_integer(text):
            return text
        if text not in self._given:
            self._last += 1
            self._given[text] = self._last
        return str(self._given[text])

    def forget(self) -> None:
        """Forget the ids that are no integers: they are those of one asset."""
        self._given.clear()


def is_integer(text: str) -> bool:
    """Tell whether an id is an integer in its only form."""
    return _INTEGER.fullmatch(text) is not None


Key = tuple[str, str | None]
"""A label; or a label with a skeleton, and one of its points."""


@dataclass(slots=True)
class Survey:
    """Counts of a data set, and its labels with the attributes and the points that annotations use."""

    labels: dict[str, Label]
    images: int = 0
    videos: list[str] = field(default_factory=list)
    attributes: dict[Key, dict[str, set[str]]] = field(default_factory=dict)
    points: dict[str, dict[str, None]] = field(default_factory=dict)
    image_ids: set[int] = field(default_factory=set)
    groups: Numbers = field(default_factory=Numbers)
    _types: dict[Key, dict[str, str]] = field(default_factory=dict, repr=False)

    def has_skeleton(self, label: str | None) -> bool:
        """Tell whether a label has a skeleton, by itself or since its keypoints have names."""
        return label is not None and (
            label in self.points or bool((known := self.labels.get(label)) and known.skeleton)
        )

    def undeclared(self, key: Key) -> Mapping[str, str]:
        """Return the attributes that annotations use and the label does not declare, with their types.

        `integer` stands for a number of CVAT that has only integers.
        """
        label = self.labels[key[0]]
        attributes, extra = declared(label, key[1])
        known = {given_name(each, extra) for each in attributes}
        found = self.attributes.get(key, {})
        return {name: _type_of(kinds) for name, kinds in found.items() if name not in known}

    def reads_back(self, key: Key, name: str, value: Any, text: str) -> bool:
        """Tell whether the text of an attribute is read as the value that it was, by the type that is declared."""
        if key not in self._types:
            attributes, extra = declared(self.labels[key[0]], key[1]) if key[0] in self.labels else ((), {})
            self._types[key] = {given_name(each, extra): str(each["input_type"]) for each in attributes}
        kind = self._types[key].get(name) or _type_of(self.attributes.get(key, {}).get(name, set()))
        again = value_of(text, "number" if kind == "integer" else kind)
        return again == value and isinstance(again, bool) is isinstance(value, bool)


def survey(dataset: Dataset) -> Survey:
    """Return what a data set needs; the data set is read once."""
    found = Survey({label.name: label for label in dataset.labels()})
    for each in dataset.assets():
        if is_video(each):
            found.videos.append(each.asset.file_name)
        else:
            found.images += 1
            if dataset.format == "cvat" and isinstance(each.asset.external_id, int):
                found.image_ids.add(each.asset.external_id)
        for annotation in each.annotations:
            _note(found, annotation)
    return found


def is_video(labelled: LabelledAsset) -> bool:
    """Tell whether an asset is a video: it has frames, or annotations in frames."""
    if labelled.asset.frame_count is not None or labelled.asset.extra.get("mode") == "interpolation":
        return True
    frames = ("frame_index", "track_id")
    return any(annotation.body.get(name) is not None for annotation in labelled.annotations for name in frames)


def _note(found: Survey, annotation: Annotation) -> None:
    body = annotation.body
    if body.get("group_id"):
        found.groups.see(body["group_id"])
    label = body.get("label")
    if not label:
        return
    found.labels.setdefault(label, Label(label))
    extra = (body.get("extra") or {}) if annotation.format == "cvat" else {}
    _note_attributes(found, (label, None), body, extra)
    if body["type"] == "keypoints" and any(point.get("name") for point in body["keypoints"]):
        points = found.points.setdefault(label, {})
        for number, point in enumerate(body["keypoints"]):
            name = point_name(point, number)
            points.setdefault(name)
            _note_attributes(found, (label, name), point, extra.get("points", {}).get(str(number), {}))


def _note_attributes(found: Survey, key: Key, body: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
    names = extra.get("attribute_names", {})
    for name, value in (body.get("attributes") or {}).items():
        kinds = found.attributes.setdefault(key, {}).setdefault(names.get(name, name), set())
        kinds.add(_INPUT_TYPES.get(type(value), "text"))


def point_name(point: Mapping[str, Any], number: int) -> str:
    """Return the name of a point of a skeleton; one without a name has its number from 1."""
    return point.get("name") or str(number + 1)


def declared(label: Label, point: str | None) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]:
    """Return the attributes that a label, or a point of its skeleton, declares, and what they have beyond a schema."""
    if point is None:
        return label.attributes, label.extra.get("attribute_extra", {})
    part: Mapping[str, Any] = next((each for each in label.extra.get("sublabels", ()) if each["name"] == point), {})
    return part.get("attributes", ()), part.get("attribute_extra", {})


def given_name(attribute: Mapping[str, Any], extra: Mapping[str, Any]) -> str:
    """Return the name of an attribute in CVAT, of which the schema may have an alias."""
    name: str = extra.get(attribute["name"], {}).get("name", attribute["name"])
    return name


def _type_of(kinds: Set[str]) -> str:
    if kinds <= {"integer", "number"}:
        return "integer" if kinds == {"integer"} else "number"
    return "checkbox" if kinds == {"checkbox"} else "text"
