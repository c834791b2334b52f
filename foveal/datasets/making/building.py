"""Building of pages from a sorted stream of assets; what earlier versions have already is neither read nor written.

A page whose assets are all in the state in which an earlier version pinned them is taken over by its name. In any
other page the lines of unchanged assets are taken over, and the annotations of the others are read. An interrupted
build starts anew with the pages that it has written as known ones, so that it goes on where it ended. A few thousand
assets are in memory at a time.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from foveal.datasets.tree import pages
from foveal.datasets.tree.members import Asset, Line
from foveal.datasets.tree.page_store import KnownPages
from foveal.datasets.tree.pages import Page

BATCH: Final = 256
"""Assets whose annotations are read together."""


@dataclass(slots=True)
class Item:
    """An asset on its way into a page. `line` is None before it is made, or where the asset is gone meanwhile."""

    asset: Asset
    split: str | None
    state: str
    line: Line | None = None
    is_made: bool = False


@dataclass(frozen=True, slots=True)
class Built:
    """A page of the new version; `body` is None for one that was taken over."""

    page: Page
    body: bytes | None


ReadLines = Callable[[Sequence[Item]], Mapping[str, Line]]
"""Reads assets with their annotations at one moment and returns their lines by asset id."""


def build(items: Iterator[Item], known: KnownPages, read: ReadLines) -> Iterator[Built]:
    """Yield the pages of the items, which are by asset id."""
    buffer: deque[Item] = deque()
    while _fill(buffer, items):
        same = next((each for each in known.starting_with(buffer[0].asset.asset_id) if _is_same(each, buffer)), None)
        if same is not None:
            yield Built(same, None)
            _drop(buffer, same.members)
            continue
        lines = _next_page(buffer, items, known, read)
        if lines:
            yield Built(*pages.page_of(lines))


def _is_same(page: Page, buffer: deque[Item]) -> bool:
    """Tell whether a known page would be built anew: its assets are next in their states, and it ends where it did."""
    if len(buffer) < page.members or (len(buffer) > page.members and not _is_full(page)):
        return False
    return pages.state_of(item.state for item in islice(buffer, page.members)) == page.state


def _is_full(page: Page) -> bool:
    return pages.is_full(page.last, page.members, page.annotations)


def _fill(buffer: deque[Item], items: Iterator[Item]) -> bool:
    """Fill the buffer with one item more than a page has at most; return False at the end of the items."""
    buffer.extend(islice(items, pages.MAX_MEMBERS + 1 - len(buffer)))
    return bool(buffer)


def _next_page(buffer: deque[Item], items: Iterator[Item], known: KnownPages, read: ReadLines) -> list[Line]:
    """Take the items of the next page and return their lines."""
    lines: list[Line] = []
    annotations = 0
    while buffer or _fill(buffer, items):
        if not buffer[0].is_made:
            _make(list(islice(buffer, BATCH)), known, read)
        line = buffer.popleft().line
        if line is None:
            continue
        lines.append(line)
        annotations += line.annotations
        if pages.is_full(line.asset_id, len(lines), annotations):
            break
    return lines


def _make(items: Sequence[Item], known: KnownPages, read: ReadLines) -> None:
    """Set the lines of items that have none yet."""
    waiting = [item for item in items if not item.is_made]
    before = known.lines(waiting[0].asset.asset_id, waiting[-1].asset.asset_id)
    for item in waiting:
        item.line = before.get((item.asset.asset_id, item.state))
    fresh = [item for item in waiting if item.line is None]
    found = read(fresh) if fresh else {}
    for item in waiting:
        item.line = item.line or found.get(item.asset.asset_id)
        item.is_made = True


def _drop(buffer: deque[Item], count: int) -> None:
    for _ in range(count):
        buffer.popleft()


def items_of(assets: Iterable[Asset], split_of: Callable[[Asset], str | None]) -> Iterator[Item]:
    """Yield assets with their splits and states."""
    for asset in assets:
        split = split_of(asset)
        yield Item(asset, split, asset.state(split))
