"""List of a caller's own uploads in one state, for example of those that can be continued."""

from collections.abc import Mapping
from typing import Any, Final

from foveal.access.page_tokens import Position, Tokens
from foveal.database.vocabulary import UPLOAD_STATES
from foveal.encoding.instants import timestamp
from foveal.errors import InvalidRequest
from foveal.uploads import store
from foveal.uploads.backend import Backend

PAGE_SIZE: Final = 100


def listing(backend: Backend, key: bytes, project: str, caller: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Return `{"items", "next_token"}`, newest first. Raises InvalidRequest for an unknown state or token.

    Only the asset knows that a single upload has arrived; such uploads are left out of the open ones.
    """
    state, token = query.get("state", "open"), query.get("next_token")
    if state not in UPLOAD_STATES:
        raise InvalidRequest(f"state: must be one of {', '.join(UPLOAD_STATES)}.")
    tokens = Tokens.of(key, "uploads", project, caller, state)
    condition: dict[str, Any] = {"project": project, "caller": caller, "state": state}
    if token is not None:
        condition["_id"] = {"$lt": tokens.read(token).id}
    found = list(backend.uploads.find(condition, sort=[("_id", -1)], limit=PAGE_SIZE + 1))
    page = found[:PAGE_SIZE]
    statuses = store.asset_statuses(backend, {each["asset_id"] for each in page})
    items = [
        {
            "upload_id": each["_id"],
            "asset_id": each["asset_id"],
            "method": each["method"],
            "state": each["state"],
            "size_bytes": each["size_bytes"],
            "content_type": each["content_type"],
            "created_at": timestamp(each["created_at"]),
        }
        for each in page
        if state != "open" or statuses.get(each["asset_id"]) == "pending"
    ]
    return {
        "items": items,
        "next_token": tokens.sign(Position(None, page[-1]["_id"])) if len(found) > PAGE_SIZE else None,
    }
