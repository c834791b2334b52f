"""Chooses the index (hint) for a page where the choice is safe; otherwise leaves it to MongoDB's planner.

The planner races plans, for each new shape of a filter, and where none has filled the page by the end of the race it
takes one in the order of the page. That may mean to read most of an index: assets taken in one month, newest upload
first, took five seconds at 1,000,000 assets.

So here: a filter that labels narrow is read by the index of labels, any other by the index in the order of the page.
With a range of another field it depends on the data which is better, the order of the page or the range, to be sorted
in memory. The order is tried for some thousand assets, and then the range is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from foveal.catalog.search.indexes import BY_LABEL_AND_ORDER, BY_ORDER
from foveal.catalog.search.parts import Part, conjunction
from foveal.database.client import Document

MAX_TRIED: Final = 5_000
"""The number of assets read in the order of the page before the range is: 30 ms of a server's processor."""


MAX_CHARACTERS: Final = 1_000_000
"""The length of all ranges of labels as text: each repeats the filter, and a command has 16 MB at most."""


@dataclass(frozen=True, slots=True)
class AccessPath:
    """An index, and conditions that together find what the filter does, each in one range of the index.

    `first` is a cheaper path, tried before; it finds what the filter does and more.
    """

    index: str
    ranges: Sequence[Document]
    first: "AccessPath | None" = None


def access_path(part: Part, sort_path: str) -> AccessPath | None:
    """Return how the pages of ready assets are read in an order; None leaves it to MongoDB's planner."""
    labelled = [each for each in part.conjuncts if each.disjuncts]
    others = [each for each in part.conjuncts if not each.disjuncts]
    if sort_path not in BY_ORDER or any(each.leaves_choice for each in others):
        return None
    read_by = _by_labels if labelled else _by_order
    bounded = [path for each in others for path in each.bounds if path != sort_path]
    if not bounded:
        return read_by(part, sort_path)
    narrowing = next((path for path in bounded if not labelled or path in BY_LABEL_AND_ORDER), None)
    first = read_by(conjunction([*labelled, *(each for each in others if each.path == sort_path)]), sort_path)
    in_range = read_by(part, narrowing) if narrowing else None
    return replace(in_range, first=first) if in_range and first else None


def _by_order(part: Part, path: str) -> AccessPath:
    return AccessPath(BY_ORDER[path], [part.necessary])


def _by_labels(part: Part, path: str) -> AccessPath | None:
    """Return the path by the index of labels in the order of a field; None if there is none or it is no good."""
    ranges = part.disjuncts
    if path not in BY_LABEL_AND_ORDER or not ranges or len(ranges) * len(str(ranges[0])) > MAX_CHARACTERS:
        return None
    return AccessPath(BY_LABEL_AND_ORDER[path], ranges)
