"""Regions: the results of one id are one object, with its shape, its labels, its attributes and its relations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.formats.label_studio.shapes import kind_of
from foveal.formats.label_studio.tasks import Result
from foveal.formats.label_studio.values import MAX_VALUES, is_word

DIRECTIONS: Final = {"right": "forward", "left": "backward", "bi": "both"}


@dataclass(slots=True)
class Region:
    """The results of one object; `shape` is the one that places it, None for statements about the whole asset.

    `shares_id`: another shape of the annotation has the same id.
    """

    results: list[Result]
    shape: Result | None = None
    relations: list[dict[str, Any]] = field(default_factory=list)
    relation_results: list[Result] = field(default_factory=list)
    shares_id: bool = False

    @property
    def pointer(self) -> str:
        return self.results[0].pointer

    @property
    def record(self) -> str:
        """The text of the result, or of all results of the region as a list."""
        texts = [each.text for each in (*self.results, *self.relation_results)]
        return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"

    @property
    def first(self) -> Result:
        """The result that places the region, else its first."""
        return self.shape or self.results[0]

    @property
    def page(self) -> int:
        """The position of the image in a task of several, from 0."""
        page = (self.first.members or {}).get("item_index")
        return page if isinstance(page, int) and not isinstance(page, bool) else 0


def value_of(result: Result) -> Mapping[str, Any]:
    """Return the value of a result; empty where it is no object."""
    value = (result.members or {}).get("value")
    return value if isinstance(value, dict) else {}


def grouped(results: Sequence[Result]) -> tuple[list[Region], list[tuple[Result, str]]]:
    """Return regions, and the results that are none, with the reason."""
    regions: list[Region] = []
    by_id: dict[str, Region] = {}
    relations: list[Result] = []
    broken: list[tuple[Result, str]] = []
    for result in results:
        if result.members is None:
            broken.append((result, "the element is not an object"))
        elif result.members.get("type") == "relation":
            relations.append(result)
        else:
            _add(result, regions, by_id)
    for result in relations:
        found = result.members or {}
        region = by_id.get(found["from_id"]) if isinstance(found.get("from_id"), str) else None
        if region is None or not is_word(found.get("to_id")) or found["to_id"] not in by_id:
            broken.append((result, "the relation names a region that the annotation does not have"))
        else:
            region.relations.append(_relation(found))
            region.relation_results.append(result)
    return regions, broken


def _add(result: Result, regions: list[Region], by_id: dict[str, Region]) -> None:
    identity = (result.members or {}).get("id")
    known = by_id.get(identity) if isinstance(identity, str) else None
    is_shape = kind_of(value_of(result)) is not None
    if known is not None and is_shape and known.shape is not None and _place(known.shape) != _place(result):
        regions.append(Region([result], result, shares_id=True))
    elif known is not None:
        known.results.append(result)
        known.shape = known.shape or (result if is_shape else None)
    else:
        region = Region([result], result if is_shape else None)
        regions.append(region)
        if isinstance(identity, str):
            by_id[identity] = region


def _place(result: Result) -> dict[str, Any]:
    """Return the geometry of a result and its page: its value without labels, texts and choices."""
    page = {"page": (result.members or {}).get("item_index")}
    return page | {key: each for key, each in value_of(result).items() if key in _PLACES and each is not None}


_PLACES: Final = frozenset(
    {"x", "y", "width", "height", "rotation", "points", "radiusX", "radiusY", "rle", "sequence", "ranges"}
)


def _relation(found: Mapping[str, Any]) -> dict[str, Any]:
    relation: dict[str, Any] = {
        "to": found["to_id"],
        "direction": DIRECTIONS.get(str(found.get("direction")), "forward"),
    }
    labels = found.get("labels")
    if isinstance(labels, list) and 0 < len(labels) <= MAX_VALUES and all(map(is_word, labels)):
        relation["labels"] = labels
    return relation
