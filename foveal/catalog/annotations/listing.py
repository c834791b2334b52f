"""Pages of the annotations of one asset, by layer or by frames, and of the revisions of one annotation."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pymongo.database import Database

from foveal.access.page_tokens import Position, Tokens
from foveal.catalog.annotations import history
from foveal.catalog.keyset import Sort, limit_of, ranges_after
from foveal.database.client import Document
from foveal.database.text_instants import answering
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes, plain_dumps
from foveal.errors import InvalidRequest

DEFAULT_LIMIT: Final = 1_000
MAX_LIMIT: Final = 5_000
DEFAULT_REVISIONS: Final = 100
MAX_REVISIONS: Final = 1_000
_ENVELOPE_BYTES: Final = 5_000
"""The members of a page around its items; a token has up to 4,096 characters."""
_PARAMETERS: Final = frozenset({"field", "frame_from", "frame_to", "limit", "next_token"})
_REVISION_PARAMETERS: Final = frozenset({"project", "limit", "next_token"})


def page(database: Database[Document], key: bytes, asset_id: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Return `{"items": [annotation, …], "next_token": …}` by layer, or by frame where frames are asked for.

    Raises InvalidRequest for a parameter that is wrong.
    """
    _check_names(query, _PARAMETERS)
    limit = limit_of(query, DEFAULT_LIMIT, MAX_LIMIT)
    match: Document = {"asset_id": asset_id}
    if "field" in query:
        match["field"] = query["field"]
    bounds = {"$gte": _number(query, "frame_from"), "$lte": _number(query, "frame_to")}
    if frames := {operator: value for operator, value in bounds.items() if value is not None}:
        match["frame_index"] = {"$gte": 0, **frames}
    sort = Sort("frame_index" if frames else "field", descending=False)
    tokens = Tokens.of(key, "annotations", match)
    position = tokens.read(query["next_token"]) if query.get("next_token") else None
    annotations = answering(database.annotations)
    cursors = (
        annotations.find({"$and": [match, range_]} if range_ else match).sort(sort.keys).limit(limit + 1)
        for range_ in ranges_after(sort, position)
    )
    found, has_more = fitting(itertools.chain.from_iterable(cursors), limit)
    next_token = tokens.sign(Position(found[-1][sort.path], found[-1]["_id"])) if has_more else None
    return {"items": [history.public(stored) for stored in found], "next_token": next_token}


def revisions(database: Database[Document], key: bytes, annotation_id: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Return `{"items": [revision, …], "next_token": …}`, oldest first; `annotation_id` is the stored `_id`.

    Raises InvalidRequest for a parameter that is wrong, and a token of another annotation.
    """
    _check_names(query, _REVISION_PARAMETERS)
    limit = limit_of(query, DEFAULT_REVISIONS, MAX_REVISIONS)
    tokens = Tokens.of(key, "revisions", annotation_id)
    after = tokens.read(query["next_token"]).id if query.get("next_token") else None
    found, has_more = fitting(history.entries_after(database, annotation_id, after), limit)
    next_token = tokens.sign(Position(None, found[-1]["_id"])) if has_more else None
    return {"items": [history.public_entry(entry) for entry in found], "next_token": next_token}


def fitting(documents: Iterable[Document], limit: int) -> tuple[list[Document], bool]:
    """Return the first documents, as many as one answer holds and at most `limit`, and whether there are more.

    No more are read than these and one.
    """
    found: list[Document] = []
    size = _ENVELOPE_BYTES
    for document in documents:
        size += answer_bytes(plain_dumps(document)) + 1
        if len(found) == limit or (found and size > MAX_ANSWER_BYTES):
            return found, True
        found.append(document)
    return found, False


def _check_names(query: Mapping[str, str], parameters: frozenset[str]) -> None:
    if unknown := query.keys() - parameters:
        raise InvalidRequest(f"{min(unknown)[:100]}: is not a parameter of this request.")


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:
        raise InvalidRequest(f"{name}: must be a whole number.")
    return int(text)
