"""Ids of COCO files that are written: those that records had where they are unique, else the next free integer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.model.items import ExternalId, Label

NO_CLASS: Final = "unlabelled"
"""Name of the class of annotations without a label, since COCO wants one."""


class Ids:
    """Ids of one kind of record in one file. All that are wanted are announced before the first is given."""

    def __init__(self, wanted: Iterable[ExternalId] = ()) -> None:
        self._wanted = set(wanted)
        self._given: set[ExternalId] = set()
        self._next = 1

    def want(self, key: ExternalId | None) -> None:
        if key is not None:
            self._wanted.add(key)

    def give(self, key: ExternalId | None) -> ExternalId:
        """Return the id for a record that had the given one, or none."""
        if key is None or key in self._given or key not in self._wanted:
            while self._next in self._wanted:
                self._next += 1
            key, self._next = self._next, self._next + 1
        self._given.add(key)
        return key

    def take(self, key: ExternalId | None) -> bool:
        """Take an id that is wanted and was not given before; return whether it could be."""
        if key is None or key in self._given or key not in self._wanted:
            return False
        self._given.add(key)
        return True


class Classes:
    """Classes of the files that are written, with an id each; `has_isthing` where every record is to state it."""

    def __init__(self, labels: Iterable[Label], format_: str | None, *, has_isthing: bool = False) -> None:
        self._has_isthing = has_isthing
        self._labels: dict[ExternalId, Label] = {}
        self._by_name: dict[str, ExternalId] = {}
        self._by_label_id: dict[tuple[str, str], ExternalId] = {}
        self._keypoints: dict[ExternalId, Sequence[str]] = {}
        self._types: dict[ExternalId, set[str]] = {}
        self._is_coco = format_ == "coco"
        self._ids = Ids()
        known = list(labels)
        for label in known:
            for each in label.external_ids.get("coco", ())[:1]:
                self._ids.want(each)
        for label in known:
            self._add(label)

    def want(self, body: Mapping[str, Any], labels: Iterable[Label] = ()) -> None:
        """Add the class of an annotation where it is not there yet, from the labels if it is one of them."""
        if body["type"] == "caption" and body.get("label") is None:
            return
        key = self.find(body)
        if key is None:
            name = body.get("label") or NO_CLASS
            key = self._add(next((label for label in labels if label.name == name), Label(name)))
        self._types.setdefault(key, set()).add(body["type"])
        names = [point.get("name") for point in body.get("keypoints", ())]
        if names and None not in names and len(set(names)) == len(names):
            self._keypoints.setdefault(key, [str(name) for name in names])

    def find(self, body: Mapping[str, Any]) -> ExternalId | None:
        """Return the id of the class of an annotation."""
        name = body.get("label") or NO_CLASS
        return self._by_label_id.get((name, str(body.get("label_id"))), self._by_name.get(name))

    def is_stuff(self, key: ExternalId) -> bool:
        """Tell whether masks of a class are read as segmentations: by its label, else since it has no others."""
        label, types = self._labels[key], self._types.get(key, set())
        if label.isthing is not None or self._is_verbatim(key, label):
            return label.isthing is False
        return "segmentation" in types and "mask" not in types

    def keypoints(self, key: ExternalId | None) -> Sequence[str]:
        """Return the names of the keypoints of a class, in their order."""
        if key is None:
            return ()
        skeleton = self._labels[key].skeleton
        return skeleton["names"] if skeleton else self._keypoints.get(key, ())

    def records(self) -> list[str]:
        """Return the categories as JSON text."""
        return [self._record(key, label) for key, label in self._labels.items()]

    def _add(self, label: Label) -> ExternalId:
        key = self._ids.give(next(iter(label.external_ids.get("coco", ())), None))
        self._labels[key] = label
        self._by_name.setdefault(label.name, key)
        for each in label.external_ids.get("coco", ()):
            self._by_label_id.setdefault((label.name, str(each)), key)
        return key

    def _is_verbatim(self, key: ExternalId, label: Label) -> bool:
        is_its_id = list(label.external_ids.get("coco", ())) == [key]
        is_complete = label.isthing is not None or not self._has_isthing
        return self._is_coco and label.record is not None and is_its_id and is_complete

    def _record(self, key: ExternalId, label: Label) -> str:
        if label.record is not None and self._is_verbatim(key, label):
            return label.record
        record: dict[str, Any] = {"id": key, "name": label.name}
        if label.supercategory is not None:
            record["supercategory"] = label.supercategory
        if self._has_isthing or label.isthing is not None or self.is_stuff(key):
            record["isthing"] = int(not self.is_stuff(key))
        if label.color is not None:
            record["color"] = list(bytes.fromhex(label.color[1:7]))
        if names := self.keypoints(key):
            edges = label.skeleton["edges"] if label.skeleton else []
            record["keypoints"] = list(names)
            record["skeleton"] = [[end + 1 for end in edge] for edge in edges]
        return dumps({**(label.extra if self._is_coco else {}), **record})
