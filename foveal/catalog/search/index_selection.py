"""By which index a page is read, where that is plain.

MongoDB chooses by racing plans, for each new shape of a filter, and where none has filled the page by the end of the
race it takes one in the order of the page. That may mean to read most of an index: what was taken in one month, newest
upload first, took five seconds at 1,000,000 assets.

So here: what labels narrow is read by the index of labels, everything else by the index in the order of the page. With
a range of another field it depends on the data which is better, the order of the page or the range, to be sorted in
memory. The order is tried for some thousand assets, and then the range is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from foveal.catalog.search import fields, filters, label_disjuncts
from foveal.catalog.search.filters import And, Condition
from foveal.catalog.search.indexes import BY_LABEL_AND_ORDER, BY_ORDER, INDEXED

TRIED: Final = 5_000
"""So many assets are read in the order of the page before the range is: 30 ms of a server's processor."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An index, and filters that together find what the filter does, each by one range of the index.

    `first` is what to try before; it finds what the filter does and more.
    """

    index: str
    ways: tuple[Any, ...]
    first: "Reading | None" = None


def reading(node: Any, sort_path: str) -> Reading | None:
    """Return how the pages of a filter (None: everything) are read in an order. None: MongoDB is to choose."""
    if sort_path not in BY_ORDER or "status" in map(_path, filters.leaves(node)):
        return None
    conditions = list(_conditions(node))
    labelled: list[Any] = []
    others: list[Any] = []
    for each in conditions:
        (labelled if label_disjuncts.by_label(each) else others).append(each)
    if any(_leaves_a_choice(each) for each in others):
        return None
    sorted_by = [each for each in others if _path(each) == sort_path]
    bounded = map(label_disjuncts.bounded_path, others)
    ranges = [path for path in bounded if path and path in BY_ORDER and path != sort_path]
    if not ranges:
        return _in_order(conditions, sort_path, by_label=bool(labelled))
    first = _in_order([*labelled, *sorted_by], sort_path, by_label=bool(labelled))
    narrowing = next((path for path in ranges if not labelled or path in BY_LABEL_AND_ORDER), None)
    if first is None or narrowing is None:
        return None
    in_range = _in_order(conditions, narrowing, by_label=bool(labelled))
    return None if in_range is None else Reading(in_range.index, in_range.ways, first)


def _in_order(conditions: list[Any], path: str, *, by_label: bool) -> Reading | None:
    """Return the reading by the index in order of a field; None if labels narrow, and there is none with labels."""
    node = And.model_construct(and_=conditions)
    if not by_label:
        return Reading(BY_ORDER[path], (node,))
    ways = label_disjuncts.by_label(node)
    return Reading(BY_LABEL_AND_ORDER[path], tuple(ways)) if ways and path in BY_LABEL_AND_ORDER else None


def _conditions(node: Any) -> Iterator[Any]:
    """Yield what must hold at the same time."""
    if isinstance(node, And):
        for child in node.and_:
            yield from _conditions(child)
    elif node is not None:
        yield node


def _path(node: Any) -> str | None:
    return fields.lookup(node.field).path if isinstance(node, Condition) else None


def _leaves_a_choice(node: Any) -> bool:
    """Tell whether another index may be the best for something that labels do not narrow, or too many of them do."""
    if isinstance(node, filters.Or):
        leaves = filters.leaves(node)
        return any(label_disjuncts.bounded_path(leaf) in INDEXED or _leaves_a_choice(leaf) for leaf in leaves)
    return label_disjuncts.is_narrowed_elsewhere(node) or label_disjuncts.has_labels(node)
