"""Classes of COCO files: categories as labels. Ids are keys, never positions: 0, gaps and text are ids like others."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from foveal.formats.base.files.json_scan import Element
from foveal.formats.base.model.items import ExternalId, FileWarning, Label
from foveal.formats.coco.index import key_of
from foveal.formats.coco.records import BrokenRecord, parse, text_of

MAX_WORD: Final = 256
MAX_KEYPOINTS: Final = 1000
MAX_EDGES: Final = 5000
_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Category:
    """A class: its label, the names of its keypoints, and the id that tells it from others of its name."""

    label: Label
    keypoints: Sequence[str] = ()
    label_id: str | None = None


class Categories:
    """Classes by id. `problems` are the reasons why records of some ids cannot be read."""

    def __init__(self, elements: Iterable[Element] = (), pointer_prefix: str = "") -> None:
        self._by_id: dict[ExternalId, Category] = {}
        self._problems: dict[ExternalId, str] = {}
        self.warnings: list[FileWarning] = []
        for element in elements:
            self._add(element, pointer_prefix + element.pointer)
        names = Counter(each.label.name for each in self._by_id.values())
        for key, category in self._by_id.items():
            if names[category.label.name] > 1:
                self._by_id[key] = replace(category, label_id=str(key)[:MAX_WORD])

    def __iter__(self) -> Iterator[Category]:
        return iter(self._by_id.values())

    def find(self, key: ExternalId) -> Category | None:
        """Return the class of an id, or None. Raises BrokenRecord for an id that stands for no single usable class."""
        if key in self._problems:
            raise BrokenRecord(self._problems[key])
        return self._by_id.get(key)

    def find_or_make(self, key: ExternalId) -> Category:
        """Return the class of an id; one without a name is called by its id. Raises BrokenRecord as `find` does."""
        found = self.find(key)
        if found is None:
            name = word_of(str(key))
            if name is None:
                raise BrokenRecord(f"its category_id is no text of 1 to {MAX_WORD} characters")
            found = self._by_id[key] = Category(Label(name, {"coco": [key]}))
        return found

    def _add(self, element: Element, pointer: str) -> None:
        try:
            members = parse(element.raw)
        except BrokenRecord as broken:
            self._warn("class_not_read", f"The class is not read: {broken}.", pointer)
            return
        key, name = key_of(members.get("id")), word_of(members.get("name"))
        if key is None:
            self._warn("class_not_read", "The class is not read: it has no id.", pointer)
            return
        if name is None:
            self._problems[key] = f"its class {key} has no name of 1 to {MAX_WORD} characters"
            self._warn("class_not_read", f"The class {key} is not read: its name is no text.", pointer)
            return
        known = self._by_id.get(key)
        if known is not None:
            self._warn("duplicate_class", f"Several classes have the id {key}.", pointer)
            if known.label.name != name:
                self._problems[key] = f"several classes have its id {key}: {known.label.name!r} and {name!r}"
            return
        label, keypoints = _label(members, key, name, pointer, element.raw)
        if "skeleton" in label.extra or "keypoints" in label.extra:
            self._warn("skeleton_not_read", f"The skeleton of {name!r} does not fit its keypoints.", pointer)
        self._by_id[key] = Category(label, keypoints)

    def _warn(self, code: str, message: str, pointer: str) -> None:
        self.warnings.append(FileWarning(code, message, pointer))


def merged(files: Iterable[Categories]) -> Sequence[Label]:
    """Return the classes of several files of one data set: those of one name are one class, if it is so in each file.

    A class has the ids that it has in any of them, and each other member from the first file that states it.
    """
    found: dict[tuple[str, str | None], Label] = {}
    for categories in files:
        for category in categories:
            key = (category.label.name, category.label_id)
            found[key] = _joined(found[key], category.label) if key in found else category.label
    return list(found.values())


def _joined(label: Label, other: Label) -> Label:
    ids = [*label.external_ids["coco"]]
    return replace(
        label,
        external_ids={"coco": ids + [each for each in other.external_ids["coco"] if each not in ids]},
        color=label.color or other.color,
        supercategory=label.supercategory or other.supercategory,
        isthing=other.isthing if label.isthing is None else label.isthing,
        skeleton=label.skeleton or other.skeleton,
        extra={**other.extra, **label.extra},
    )


def word_of(value: Any) -> str | None:
    """Return text that is a name: 1 to 256 characters, no NUL, in Normalization Form C; else None."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_WORD or "\0" in value:
        return None
    return unicodedata.normalize("NFC", value)


def _label(
    members: Mapping[str, Any], key: ExternalId, name: str, pointer: str, raw: bytes
) -> tuple[Label, Sequence[str]]:
    extra = {each: value for each, value in members.items() if each not in ("id", "name")}
    supercategory = word_of(extra.get("supercategory"))
    if supercategory is not None or extra.get("supercategory") == "":
        extra.pop("supercategory")
    isthing = extra.get("isthing")
    is_known = type(isthing) in (int, bool) and isthing in (0, 1)
    if is_known:
        extra.pop("isthing")
    color = _color(extra.get("color"))
    if color is not None:
        extra.pop("color")
    keypoints, skeleton = _skeleton(extra)
    label = Label(
        name,
        {"coco": [key]},
        color=color,
        supercategory=supercategory,
        isthing=bool(isthing) if is_known else None,
        skeleton=skeleton,
        extra=extra,
        pointer=pointer,
        record=text_of(raw),
    )
    return label, keypoints


def _color(value: Any) -> str | None:
    if isinstance(value, list) and len(value) == 3 and all(type(each) is int and 0 <= each < 256 for each in value):
        return "#" + bytes(value).hex()
    return value if isinstance(value, str) and _COLOR.fullmatch(value) else None


def _skeleton(extra: dict[str, Any]) -> tuple[Sequence[str], Mapping[str, Any] | None]:
    """Return the names of keypoints and the skeleton, edges counted from 0; take both out of the extra when read.

    COCO counts the ends of edges from 1 (cocodataset.org, "Data format", Keypoint Detection).
    """
    given, edges = extra.get("keypoints"), extra.get("skeleton")
    if not given and not edges:
        extra.pop("keypoints", None)
        extra.pop("skeleton", None)
        return (), None
    names = [word_of(name) for name in given] if isinstance(given, list) else []
    words = [name for name in names if name is not None]
    if not 0 < len(words) <= MAX_KEYPOINTS or len(words) != len(names) or len(set(words)) != len(words):
        return (), None
    extra.pop("keypoints")
    skeleton: dict[str, Any] = {"names": words, "edges": []}
    if isinstance(edges, list) and len(edges) <= MAX_EDGES and all(_is_edge(edge, len(words)) for edge in edges):
        extra.pop("skeleton")
        skeleton["edges"] = [[end - 1 for end in edge] for edge in edges]
    elif not edges:
        extra.pop("skeleton", None)
    return words, skeleton


def _is_edge(edge: Any, count: int) -> bool:
    return isinstance(edge, list) and len(edge) == 2 and all(type(end) is int and 1 <= end <= count for end in edge)
