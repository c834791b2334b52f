"""Edits of user-supplied fields (tags, attributes, file name) of one asset or of all assets that match a filter."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator
from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.access.page_tokens import Position, Tokens
from foveal.catalog import assets
from foveal.catalog.keyset import Sort, ranges_after
from foveal.catalog.search import search
from foveal.catalog.search.compiler import compile_filter
from foveal.catalog.search.filters import Filter
from foveal.database.asset_fields import INTERNAL
from foveal.database.client import Document
from foveal.database.transactions import run_transaction
from foveal.encoding.json_text import dumps
from foveal.errors import InvalidRequest, PreconditionFailed
from foveal.validation.models import Model
from foveal.validation.values import (
    MAX_ATTRIBUTES_BYTES,
    AttributeChanges,
    AttributeName,
    Attributes,
    FileName,
    Slug,
    Tags,
)

ASSETS_IN_CALL: Final = 5_000
ASSETS_IN_TRANSACTION: Final = 1_000
MAX_TAGS: Final = 100
MAX_ATTRIBUTES: Final = 100
_TAGS: Final[Document] = {"$ifNull": ["$tags", []]}
_ATTRIBUTES: Final[Document] = {"$ifNull": ["$attributes", {}]}


class AssetPatch(Model):
    """Changes to one asset; an attribute that is `null` is taken away."""

    tags: Tags | None = None
    attributes: AttributeChanges | None = None
    file_name: FileName | None = None


class BulkEdit(Model):
    """Changes to every asset that the filter finds. A tag that is both added and removed is removed."""

    filter: Filter | None = None
    view: Slug | None = None
    add_tags: Tags | None = None
    remove_tags: Tags | None = None
    set_attributes: Attributes | None = None
    unset_attributes: Annotated[list[AttributeName] | None, Field(max_length=100)] = None
    next_token: Annotated[str | None, Field(max_length=4096)] = None

    @model_validator(mode="after")
    def _changes(self) -> Self:
        if not any((self.add_tags, self.remove_tags, self.set_attributes, self.unset_attributes)):
            raise ValueError("needs add_tags, remove_tags, set_attributes or unset_attributes")
        return self


def patch(
    database: Database[Document], asset: dict[str, Any], known_tag: str | None, request: AssetPatch, now: datetime
) -> dict[str, Any]:
    """Change an asset that the caller has read, and return it as it is now; without a difference nothing is written.

    Raises PreconditionFailed with the present state when it changed since, InvalidRequest for too many attributes.
    """
    if known_tag is not None and not assets.matches(known_tag, assets.etag(asset)):
        raise PreconditionFailed("The asset has changed in the meantime.", current=asset)
    values: Document = {}
    if request.tags is not None:
        values["tags"] = request.tags
    if request.file_name is not None:
        values["file_name"] = request.file_name
    if request.attributes is not None:
        present = asset.get("attributes", {})
        merged = {**present, **request.attributes}
        values["attributes"] = {name: value for name, value in merged.items() if value is not None}
        _check_attributes(values["attributes"], present)
    if all(dumps(asset.get(name)) == dumps(value) for name, value in values.items()):
        return asset
    seen = {name: asset.get(name) for name in ("updated_at", "tags", "attributes", "file_name")}
    change = {"$set": {**values, "updated_at": max(now, asset["updated_at"])}}
    found = database.assets.find_one_and_update(
        {"_id": asset["asset_id"], **seen}, change, dict.fromkeys(INTERNAL, 0), return_document=True
    )
    if found is None:
        present = database.assets.find_one({"_id": asset["asset_id"]}, dict.fromkeys(INTERNAL, 0))
        raise PreconditionFailed(
            "The asset has changed in the meantime.", current=assets.public(present) if present else None
        )
    return assets.public(found)


def _check_attributes(values: Document, present: Document) -> None:
    """Raise InvalidRequest for more attributes than an asset may have, unless it had even more before."""
    if MAX_ATTRIBUTES < len(values) >= len(present):
        raise InvalidRequest(f"attributes: an asset has at most {MAX_ATTRIBUTES}.")
    if MAX_ATTRIBUTES_BYTES < _json_bytes(values) >= _json_bytes(present):
        raise InvalidRequest(f"attributes: an asset has at most {MAX_ATTRIBUTES_BYTES} bytes of them, as JSON.")


def _json_bytes(value: Document) -> int:
    return len(dumps(value).encode())


def edit(database: Database[Document], key: bytes, project: str, request: BulkEdit, now: datetime) -> dict[str, Any]:
    """Change the assets that the filter finds, up to 5,000 in one call; `next_token` goes on with the rest, or is None.

    `modified` counts the assets that are different now; others, and those that would have more tags or attributes than
    they may, stay as they are. An asset that has stopped to match between search and change is not changed. Conditions
    on annotations that only a look-up can decide are decided in the transaction of the change, 1,000 assets in a call:
    whoever annotates an asset changes its document too, so that the server makes one of both start again. Assets are
    taken in the order of ids, so that going on is exact also where the change makes an asset match no more.

    Raises QueryTooExpensive, ServiceUnavailable where others go on annotating the same assets, EntityTooLarge.
    """
    tokens = Tokens.of(key, "edit", project, request.model_dump(exclude={"next_token"}, mode="json"))
    position = tokens.read(request.next_token) if request.next_token else None
    sort, compiled = Sort("_id", descending=False), compile_filter(project, request.filter)
    (range_,) = ranges_after(sort, position)
    size = ASSETS_IN_TRANSACTION if compiled.stages else ASSETS_IN_CALL
    stages = search.pipeline(compiled, sort, range_, size + 1, ["asset_id"])
    values = {**_tags(request), **_attributes(request)}
    conditions = [*_fitting(values), {"$or": _differing(request, values)}]
    change = {"$set": {**values, "updated_at": {"$max": ["$updated_at", {"$literal": now}]}}}

    def attempt(session: ClientSession | None) -> tuple[list[str], int]:
        found = [stored["_id"] for stored in search.run(database.assets, compiled, stages, session=session)]
        changing = {"$and": [{"_id": {"$in": found[:size]}}, compiled.match, {"$expr": {"$and": conditions}}]}
        return found, database.assets.update_many(changing, [change], session=session).modified_count

    ids, modified = run_transaction(database, attempt) if compiled.stages else attempt(None)
    next_token = tokens.sign(Position(None, ids[size - 1])) if len(ids) > size else None
    return {"matched": min(len(ids), size), "modified": modified, "next_token": next_token}


def _fitting(values: Document) -> list[Document]:
    """Return the conditions under which an asset has no more tags and attributes than it may have, or than before."""
    fitting: list[Document] = []
    if "tags" in values:
        fitting.append(_at_most(MAX_TAGS, values["tags"], _TAGS, lambda tags: {"$size": tags}))
    if "attributes" in values:
        changed = values["attributes"]
        fitting.append(_at_most(MAX_ATTRIBUTES, changed, _ATTRIBUTES, lambda each: {"$size": {"$objectToArray": each}}))
        fitting.append(_at_most(MAX_ATTRIBUTES_BYTES, changed, _ATTRIBUTES, lambda each: {"$bsonSize": each}))
    return fitting


def _at_most(maximum: int, changed: Document, present: Document, size: Callable[[Document], Document]) -> Document:
    return {"$or": [{"$lte": [size(changed), maximum]}, {"$lt": [size(changed), size(present)]}]}


def _differing(request: BulkEdit, values: Document) -> list[Document]:
    """Return conditions of which one holds for an asset that an edit changes; the order of attributes is no change."""
    changed: list[Document] = []
    if "tags" in values:
        changed.append({"$ne": [values["tags"], _TAGS]})
    added = request.set_attributes or {}
    for name, value in added.items():
        same_type = {"$eq": [{"$type": _attribute(name)}, {"$type": {"$literal": value}}]}
        changed.append({"$not": {"$and": [{"$eq": [_attribute(name), {"$literal": value}]}, same_type]}})
    changed += [
        {"$ne": [{"$type": _attribute(name)}, "missing"]}
        for name in request.unset_attributes or []
        if name not in added
    ]
    return changed


def _attribute(name: str) -> Document:
    return {"$getField": {"field": {"$literal": name}, "input": _ATTRIBUTES}}


def _tags(request: BulkEdit) -> Document:
    """Return the change of tags: those that stay keep their order, new ones follow."""
    if not request.add_tags and not request.remove_tags:
        return {}
    removed = request.remove_tags or []
    added = {"$literal": [tag for tag in request.add_tags or [] if tag not in removed]}
    kept = {"$filter": {"input": _TAGS, "cond": {"$not": {"$in": ["$$this", {"$literal": removed}]}}}}
    new = {"$filter": {"input": added, "cond": {"$not": {"$in": ["$$this", _TAGS]}}}}
    return {"tags": {"$concatArrays": [kept, new]}}


def _attributes(request: BulkEdit) -> Document:
    if not request.set_attributes and not request.unset_attributes:
        return {}
    pairs = {"$objectToArray": _ATTRIBUTES}
    named = {"$literal": [*(request.unset_attributes or []), *(request.set_attributes or {})]}
    kept = {"$arrayToObject": {"$filter": {"input": pairs, "cond": {"$not": {"$in": ["$$this.k", named]}}}}}
    return {"attributes": {"$mergeObjects": [kept, {"$literal": request.set_attributes or {}}]}}
