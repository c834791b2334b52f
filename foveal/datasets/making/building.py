"""Building of pages from a sorted stream of assets; what earlier versions have already is neither read nor written.

A page whose assets are all in the state in which an earlier version pinned them is taken over by its name. In any
other page the lines of unchanged assets are taken over as they are stored, and the annotations of the others are read.
An interrupted build starts anew with the pages that it has written as known ones, so that it goes on where it ended. A
few thousand assets are in memory at a time; threads read what the next pages need while one is built.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Final

import msgspec

from foveal.datasets.tree import members, pages
from foveal.datasets.tree.members import Line
from foveal.datasets.tree.page_store import KnownPages
from foveal.datasets.tree.pages import KnownPage, Page
from foveal.jobs.overlap import overlapped

AHEAD: Final = 2
"""Spans of assets whose lines are looked up while a page is built."""
MAX_NEW_SPAN: Final = 1_024
"""Assets of a span of which no known page tells where it ends."""
BATCH: Final = 256
"""Assets whose annotations are read together."""


class Item(msgspec.Struct, frozen=True):
    """An asset on its way into a page; `state` is a digest of all that its line depends on."""

    asset_id: str
    split: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Built:
    """A page of the new version; `body` is None for one that was taken over."""

    page: Page
    body: bytes | None


ReadLines = Callable[[Sequence[Item]], Mapping[str, Line]]
"""Reads assets with their annotations at one moment and returns their lines by asset id."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Items that follow each other; `same` is the known page that they make up, where they begin one."""

    items: Sequence[Item]
    same: Page | None


def build(items: Iterator[Item], known: KnownPages, read: ReadLines) -> Iterator[Built]:
    """Yield the pages of the items, which are by asset id."""

    def look_up(span: _Span) -> tuple[Sequence[bytes], Sequence[KnownPage]]:
        return ((), ()) if span.same else _lines(span.items, known, read)

    lines: list[bytes] = []
    annotations, parts = 0, list[KnownPage]()
    with closing(overlapped(_spans(items, known), look_up, AHEAD)) as found:
        for span, (more, of_pages) in found:
            if span.same and not lines:
                yield Built(span.same, None)
                continue
            if span.same:  # the page before goes on into this one, since its last asset is gone
                more, of_pages = _lines(span.items, known, read)
            parts += of_pages
            end = more[-1] if more else None
            for line in more:
                lines.append(line)
                annotations += members.annotations_of(line)
                is_end = line is end and pages.is_end(members.key_of(line)[0])  # no span goes beyond one
                if is_end or pages.is_over(len(lines), annotations):
                    yield Built(*pages.page_of(lines, parts))
                    lines, annotations = [], 0
            if not lines:
                parts = []
    if lines:
        yield Built(*pages.page_of(lines, parts))


def _spans(items: Iterator[Item], known: KnownPages) -> Iterator[_Span]:
    """Yield the items in spans, none of which goes beyond the end of a page."""
    buffer: deque[Item] = deque()
    while _fill(buffer, items):
        starting = known.starting_with(buffer[0].asset_id)
        same = next((page for page in starting if _is_same(page, buffer)), None)
        count = same.members if same else _length(buffer, {page.last for page in starting})
        yield _Span([buffer.popleft() for _ in range(count)], same)


def _fill(buffer: deque[Item], items: Iterator[Item]) -> bool:
    """Fill the buffer with one item more than a page has at most; return False at the end of the items."""
    buffer.extend(islice(items, pages.MAX_MEMBERS + 1 - len(buffer)))
    return bool(buffer)


def _is_same(page: Page, buffer: deque[Item]) -> bool:
    """Tell whether a known page would be built anew: its assets are next in their states, and it ends where it did."""
    if len(buffer) < page.members or (len(buffer) > page.members and not _is_full(page)):
        return False
    return pages.state_of(item.state for item in islice(buffer, page.members)) == page.state


def _is_full(page: Page) -> bool:
    return pages.is_full(page.last, page.members, page.annotations)


def _length(buffer: deque[Item], ends: Set[str]) -> int:
    """Return the number of items up to the first that ends a page, or one of the known pages that begin here."""
    most = pages.MAX_MEMBERS if ends else MAX_NEW_SPAN
    positions = enumerate(islice(buffer, most), 1)
    ending = (count for count, item in positions if item.asset_id in ends or pages.is_end(item.asset_id))
    return next(ending, min(most, len(buffer)))


def _lines(items: Sequence[Item], known: KnownPages, read: ReadLines) -> tuple[list[bytes], list[KnownPage]]:
    """Return the encoded lines of items, without those of assets that are gone, and the known pages they may be of."""
    found = known.between(items[0].asset_id, items[-1].asset_id)
    before = {members.state_of(line): line for _, of_page in found for line in of_page}
    lines = {item.asset_id: before.get((item.asset_id, item.state)) for item in items}
    fresh = [item for item in items if lines[item.asset_id] is None]
    for start in range(0, len(fresh), BATCH):
        made = read(fresh[start : start + BATCH])
        lines |= {asset_id: members.encoded(line) for asset_id, line in made.items()}
    return [line for line in lines.values() if line is not None], found
