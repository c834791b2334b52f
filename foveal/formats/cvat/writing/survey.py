"""First pass over a data set: its images and videos, and what the labels must declare for the annotations to fit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.formats.dataset import Dataset, LabelledAsset
from foveal.formats.items import Annotation, Label

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


@dataclass(slots=True)
class Survey:
    """Counts of a data set, and its labels with the attributes and the points that annotations use."""

    labels: dict[str, Label]
    images: int = 0
    videos: list[str] = field(default_factory=list)
    attributes: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    points: dict[str, dict[str, None]] = field(default_factory=dict)
    image_ids: set[int] = field(default_factory=set)
    groups: Numbers = field(default_factory=Numbers)

    @property
    def skeletons(self) -> frozenset[str]:
        """Labels that have a skeleton, by themselves or since their keypoints have names."""
        return frozenset(self.points) | {name for name, label in self.labels.items() if label.skeleton}


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
    names = (body.get("extra") or {}).get("attribute_names", {}) if annotation.format == "cvat" else {}
    for name, value in (body.get("attributes") or {}).items():
        kinds = found.attributes.setdefault(label, {}).setdefault(names.get(name, name), set())
        kinds.add(input_type(value))
    if body["type"] == "keypoints" and any(point.get("name") for point in body["keypoints"]):
        points = found.points.setdefault(label, {})
        for number, point in enumerate(body["keypoints"]):
            points.setdefault(point.get("name") or str(number + 1))


def input_type(value: Any) -> str:
    """Return the type of an attribute that holds a value; `integer` is a number of CVAT too."""
    return _INPUT_TYPES.get(type(value), "text")


def given_name(attribute: Mapping[str, Any], label: Label) -> str:
    """Return the name of an attribute in CVAT, of which the schema may have an alias."""
    rest = label.extra.get("attribute_extra", {}).get(attribute["name"], {})
    name: str = rest.get("name", attribute["name"])
    return name
