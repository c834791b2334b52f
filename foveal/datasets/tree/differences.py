"""Differences of two versions, read from the pages that they do not have in common.

Members are merged by asset id. An item is one fact: an asset added, removed, renamed, with other bytes or in another
split; an annotation added, removed or changed. Annotations of assets that came or went are counted, not listed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from foveal.datasets.tree import members
from foveal.datasets.tree.members import AnnotationRef, Leaf, Line
from foveal.datasets.tree.pages import Page

Change = Literal[
    "asset_added",
    "asset_removed",
    "bytes_changed",
    "split_changed",
    "renamed",
    "annotation_added",
    "annotation_removed",
    "annotation_changed",
]
ReadLines = Callable[[Page], Sequence[bytes]]
"""Returns the encoded lines of a page."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact about one asset; `before` and `after` are values, or pinned annotations for those of annotations."""

    change: Change
    asset_id: str
    file_name: str
    before: Any = None
    after: Any = None


@dataclass(slots=True)
class Summary:
    """Counts of facts by kind, and annotations by label that came and went."""

    changes: Counter[str] = field(default_factory=Counter)
    annotations_before: int = 0
    annotations_after: int = 0
    labels_before: Counter[str | None] = field(default_factory=Counter)
    labels_after: Counter[str | None] = field(default_factory=Counter)


Pair = tuple[Line | None, Line | None]


def pairs(old: Sequence[Page], new: Sequence[Page], read: ReadLines, after: str = "") -> Iterator[Pair]:
    """Yield the lines of each member that differs, old and new, by asset id; None where a version lacks it.

    `after` is the asset id behind which to begin. Pages that both versions have are not read.
    """
    common = {page.hash for page in old} & {page.hash for page in new}
    before, behind = (_lines((page for page in pages if page.hash not in common), read, after) for pages in (old, new))
    one, two = next(before, _END), next(behind, _END)
    while one is not _END or two is not _END:
        if one.asset_id == two.asset_id:
            if one.hash != two.hash:
                yield one.line(), two.line()
            one, two = next(before, _END), next(behind, _END)
        elif one.asset_id < two.asset_id:
            yield one.line(), None
            one = next(before, _END)
        else:
            yield None, two.line()
            two = next(behind, _END)


def differences(old: Line | None, new: Line | None) -> Iterator[Difference]:
    """Yield the facts about one member, in a fixed order. One of the lines is there."""
    if old is None or new is None:
        yield _whole(old, new)
        return
    before, after = old.content(), new.content()
    members: tuple[tuple[Change, str | None, str | None], ...] = (
        ("renamed", before.file_name, after.file_name),
        ("bytes_changed", before.checksum, after.checksum),
        ("split_changed", before.split, after.split),
    )
    for change, was, is_ in members:
        if was != is_:
            yield Difference(change, after.asset_id, after.file_name, was, is_)
    yield from _of_annotations(before, after)


def summary(old: Sequence[Page], new: Sequence[Page], read: ReadLines) -> Summary:
    """Return the counts of all facts between two versions."""
    found = Summary()
    for one, two in pairs(old, new, read):
        for difference in differences(one, two):
            found.changes[difference.change] += 1
        for line, labels in ((one, found.labels_before), (two, found.labels_after)):
            labels.update(dict(line.labels) if line else {})
    found.annotations_before = found.labels_before.total()
    found.annotations_after = found.labels_after.total()
    return found


def _whole(old: Line | None, new: Line | None) -> Difference:
    line = new or old
    assert line is not None
    leaf = line.content()
    kind: Change = "asset_added" if old is None else "asset_removed"
    return Difference(kind, leaf.asset_id, leaf.file_name, *((None, leaf) if old is None else (leaf, None)))


def _of_annotations(before: Leaf, after: Leaf) -> Iterator[Difference]:
    was, is_ = _by_id(before), _by_id(after)
    for annotation_id in sorted(was.keys() | is_.keys()):
        one, two = was.get(annotation_id), is_.get(annotation_id)
        if one != two:
            kind: Change = (
                "annotation_added" if one is None else "annotation_removed" if two is None else "annotation_changed"
            )
            yield Difference(kind, after.asset_id, after.file_name, one, two)


def _by_id(leaf: Leaf) -> dict[str, AnnotationRef]:
    return {each.id: each for each in leaf.annotations}


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A line that is parsed only where it differs."""

    asset_id: str
    hash: bytes = b""
    text: bytes = b""

    def line(self) -> Line:
        return members.decoded(self.text)[0]


_END: Final = _Encoded(chr(0x10FFFF))
"""Sorts behind every id."""


def _lines(pages: Iterable[Page], read: ReadLines, after: str) -> Iterator[_Encoded]:
    for page in pages:
        if page.last > after:
            found = (_Encoded(*members.key_of(text), text) for text in read(page))
            yield from (each for each in found if each.asset_id > after)
