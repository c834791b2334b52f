"""One asset as a caller sees it: its document without internals, in a project in which the caller has a role."""

import hashlib
from typing import Any

from pymongo.database import Database

from foveal.access.caller import Caller, Role
from foveal.database.asset_fields import INTERNAL
from foveal.database.client import Document
from foveal.encoding.ids import is_id
from foveal.encoding.json_text import dumps
from foveal.errors import NoSuchAnnotation, NoSuchAsset


def find(database: Database[Document], caller: Caller, asset_id: str, role: Role = Role.VIEWER) -> dict[str, Any]:
    """Return an asset of a project in which the caller has a role.

    Raises NoSuchAsset, with the same words for an asset that is absent and for one of another project; AccessDenied
    for a role that is too low.
    """
    seen = {"_id": asset_id, "project": {"$in": sorted(caller.roles)}}
    stored = database.assets.find_one(seen, dict.fromkeys(INTERNAL, 0)) if is_id(asset_id) else None
    if stored is None:
        raise no_such_asset()
    caller.require(stored["project"], role, no_such_asset)
    return public(stored)


def no_such_asset() -> NoSuchAsset:
    return NoSuchAsset("There is no such asset.")


def no_such_annotation() -> NoSuchAnnotation:
    return NoSuchAnnotation("There is no such annotation.")


def public(stored: Document) -> dict[str, Any]:
    """Return a stored document as callers know it."""
    body = {"asset_id": stored["_id"], **stored}
    for path in ("_id", *INTERNAL):
        member, _, inner = path.partition(".")
        if not inner:
            body.pop(member, None)
        elif member in body:
            body[member] = {name: value for name, value in (body[member] or {}).items() if name != inner}
    return body


def etag(body: dict[str, Any]) -> str:
    """Return a strong entity tag: equal exactly when the JSON is (RFC 9110, section 8.8.3)."""
    return f'"{hashlib.sha256(dumps(body).encode()).hexdigest()[:32]}"'


def matches(header: str | None, tag: str) -> bool:
    """Tell whether an `If-Match` or `If-None-Match` header names the tag, weakly compared, or is `*`."""
    return header is not None and any(
        entry.strip().removeprefix("W/") in ("*", tag.removeprefix("W/")) for entry in header.split(",")
    )
