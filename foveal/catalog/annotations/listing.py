"""The annotations of one asset, page by page, by layer or by frames."""

from collections.abc import Mapping
from typing import Any, Final

from pymongo.database import Database

from foveal.catalog.annotations import history
from foveal.catalog.keyset import Position, Sort, Tokens, ranges_after
from foveal.database.client import Document
from foveal.database.text_instants import answering
from foveal.errors import InvalidRequest

DEFAULT_LIMIT: Final = 1_000
MAX_LIMIT: Final = 5_000
QUERY: Final = {
    "field": "Only this layer",
    "frame_from": "From this frame on, counted from 0",
    "frame_to": "Up to this frame, included",
    "limit": f"How many on a page, at most {MAX_LIMIT}",
    "next_token": "Where the page before ended",
}


def limit_of(query: Mapping[str, str]) -> int:
    """Return how many are asked for. Raises InvalidRequest for a parameter that is not one."""
    if unknown := query.keys() - QUERY.keys():
        raise InvalidRequest(f"{min(unknown)[:100]}: is not a parameter of this request.")
    return min(_number(query, "limit") or DEFAULT_LIMIT, MAX_LIMIT)


def page(
    database: Database[Document], key: bytes, asset_id: str, query: Mapping[str, str], limit: int
) -> dict[str, Any]:
    """Return `{"items": [annotation, …], "next_token": …}` by layer, or by frame where frames are asked for.

    Raises InvalidRequest for a parameter that is wrong.
    """
    wanted: Document = {"asset_id": asset_id}
    if "field" in query:
        wanted["field"] = query["field"]
    bounds = {"$gte": _number(query, "frame_from"), "$lte": _number(query, "frame_to")}
    if frames := {operator: value for operator, value in bounds.items() if value is not None}:
        wanted["frame_index"] = {"$gte": 0, **frames}
    sort = Sort("frame_index" if frames else "field", descending=False)
    tokens = Tokens.of(key, "annotations", wanted)
    position = tokens.read(query["next_token"]) if query.get("next_token") else None
    found: list[Document] = []
    for range_ in ranges_after(sort, position):
        cursor = answering(database.annotations).find({"$and": [wanted, range_]} if range_ else wanted)
        found += cursor.sort(sort.keys).limit(limit + 1 - len(found))
        if len(found) > limit:
            break
    answer: dict[str, Any] = {"items": [history.public(stored) for stored in found[:limit]]}
    if len(found) > limit:
        last = found[limit - 1]
        answer["next_token"] = tokens.sign(Position(last[sort.path], last["_id"]))
    return answer


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 15:
        raise InvalidRequest(f"{name}: must be a whole number.")
    return int(text)
