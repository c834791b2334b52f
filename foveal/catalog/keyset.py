"""Keyset pages: a page goes on after the last document of the one before, whatever was written in between.

Going on is a chain of plain ranges (within the tie, past the tie, those without a value), each of which an index
answers by itself; one `$or` over them would be left to the planner.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.collection import Collection

from foveal.access.page_tokens import Position, Tokens
from foveal.database.client import Document
from foveal.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: by a field, then by id in the same direction, which makes it total."""

    path: str
    descending: bool

    @property
    def keys(self) -> Document:
        direction = -1 if self.descending else 1
        return {"_id": direction} if self.path == "_id" else {self.path: direction, "_id": direction}


def ranges_after(sort: Sort, position: Position | None) -> Iterator[Document]:
    """Yield the conditions whose documents, one condition after the other, are those after the position."""
    if position is None:
        yield {}
        return
    beyond = "$lt" if sort.descending else "$gt"
    if sort.path == "_id":
        yield {"_id": {beyond: position.id}}
        return
    yield {sort.path: position.value, "_id": {beyond: position.id}}
    if position.value is not None:
        yield {sort.path: {beyond: position.value}}
        if sort.descending:
            yield {sort.path: None}
    elif not sort.descending:
        yield {sort.path: {"$ne": None}}


def limit_of(query: Mapping[str, str], default: int, maximum: int) -> int:
    """Return the size of a page that a query asks for. Raises InvalidRequest unless it is from 1 to the maximum."""
    text = query.get("limit", str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= maximum):
        raise InvalidRequest(f"limit: must be a whole number from 1 to {maximum}.")
    return int(text)


def newest_first(
    documents: Collection[Any],
    project: str,
    public: Callable[[Any], Document],
    tokens: Tokens,
    limit: int,
    next_token: str | None,
) -> Document:
    """Return a page of a project's documents whose ids sort by time: `{"items": […], "next_token": …}`.

    Raises InvalidRequest for a token of another list.
    """
    condition: Document = {"project": project}
    if next_token is not None:
        condition["_id"] = {"$lt": tokens.read(next_token).id}
    found = list(documents.find(condition).sort("_id", -1).limit(limit + 1))
    token = tokens.sign(Position(None, found[limit - 1]["_id"])) if len(found) > limit else None
    return {"items": [public(each) for each in found[:limit]], "next_token": token}
