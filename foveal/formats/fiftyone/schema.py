"""Schema of a FiftyOne data set (`metadata.json`): classes, mask targets, skeletons, the fields that hold labels."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from foveal.formats.base.model.items import Label

LABELS: Final = "fiftyone.core.labels."
MAX_LABELS: Final = 10_000


class Schema:
    """The parts of `metadata.json` that give labels their meaning; anything malformed counts as absent."""

    def __init__(self, document: Any = None) -> None:
        self._document: Mapping[str, Any] = document if isinstance(document, dict) else {}

    def kind(self, field: str, *, of_frames: bool = False) -> str | None:
        """Return the class of labels that a field is declared to hold, None where it is no field of labels."""
        for each in self._list("frame_fields" if of_frames else "sample_fields"):
            if isinstance(each, dict) and each.get("name") == field:
                type_ = each.get("embedded_doc_type")
                return type_.removeprefix(LABELS) if isinstance(type_, str) and type_.startswith(LABELS) else None
        return None

    def fields(self, *, of_frames: bool = False) -> set[str]:
        """Return the names of all declared fields."""
        found = self._list("frame_fields" if of_frames else "sample_fields")
        return {str(each["name"]) for each in found if isinstance(each, dict) and "name" in each}

    def targets(self, field: str) -> Mapping[int, str]:
        """Return the classes of the values in masks of a field; a colour `#rrggbb` is R * 65536 + G * 256 + B."""
        given = self._dict("mask_targets").get(field, self._document.get("default_mask_targets"))
        found: dict[int, str] = {}
        for value, name in given.items() if isinstance(given, dict) else ():
            label = name if isinstance(name, str) else name.get("label") if isinstance(name, dict) else None
            number = _target(str(value))
            if isinstance(label, str) and 0 < len(label) <= 256 and number is not None:
                found[number] = label
        return found

    def skeleton(self, field: str) -> Mapping[str, Any] | None:
        """Return the skeleton of a field in the words of a label schema; chains of edges become pairs."""
        given = self._dict("skeletons").get(field, self._document.get("default_skeleton"))
        if not isinstance(given, dict):
            return None
        edges = []
        for chain in _items(given.get("edges")):
            ends = [each for each in chain if isinstance(each, int)] if isinstance(chain, list) else []
            edges += [list(pair) for pair in pairwise(ends)]
        names = [str(name) for name in _items(given.get("labels"))]
        names = names or [
            str(number) for number in range(min(1000, max((end for edge in edges for end in edge), default=-1) + 1))
        ]
        if (
            not names
            or len(set(names)) != len(names)
            or any(not 0 <= end < len(names) for pair in edges for end in pair)
        ):
            return None
        return {"names": names, "edges": edges}

    def keypoint_names(self, field: str) -> list[str]:
        """Return the names of the points of a field's skeleton."""
        skeleton = self.skeleton(field)
        return list(skeleton["names"]) if skeleton else []

    def labels(self) -> Iterator[Label]:
        """Yield the classes that the data set declares, each once."""
        seen: set[str] = set()
        skeletons = {field: self.skeleton(field) for field in self._dict("skeletons")}
        groups = [*self._dict("classes").items(), (None, self._document.get("default_classes"))]
        for field, names in groups:
            for name in names if isinstance(names, list) else ():
                if isinstance(name, str) and 0 < len(name) <= 256 and name not in seen and len(seen) < MAX_LABELS:
                    seen.add(name)
                    skeleton = skeletons.get(field) if field is not None else None
                    yield Label(name, skeleton=skeleton or (self.skeleton("") if field is None else None))
        for field in (*self._dict("mask_targets"), ""):
            for number, name in self.targets(field).items():
                if name not in seen and len(seen) < MAX_LABELS:
                    seen.add(name)
                    yield Label(name, {"fiftyone": [number]}, type="segmentation")

    def _dict(self, name: str) -> Mapping[str, Any]:
        found = self._document.get(name)
        return found if isinstance(found, dict) else {}

    def _list(self, name: str) -> list[Any]:
        found = self._document.get(name)
        return found if isinstance(found, list) else []


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _target(value: str) -> int | None:
    try:
        return int(value[1:], 16) if value.startswith("#") else int(value)
    except ValueError:
        return None
