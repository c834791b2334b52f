"""Saved views: a filter, an order and fields under a name, for everybody in the project.

The filter is kept as the text that was sent and parsed anew when it is used: a stored filter goes through the same
checks as one that has just arrived.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from foveal.access.page_tokens import Position, Tokens
from foveal.catalog import assets
from foveal.catalog.author import Author
from foveal.catalog.search import search
from foveal.catalog.search.filters import And, Filter
from foveal.catalog.search.search import FieldName, sortable
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import ViewDocument
from foveal.database.text_instants import answering
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.errors import InvalidRequest, NotFound, PreconditionFailed
from foveal.validation.models import Model, validated
from foveal.validation.values import Slug, Text

MAX_VIEW_BYTES: Final = 250_000
"""A list of values fits, and a page of views into an answer."""
MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 100
_NAME: TypeAdapter[str] = TypeAdapter(Slug)


class View(Model):
    """A saved filter with its sort and fields."""

    description: Text | None = None
    filter: Filter | None = None
    sort: Annotated[str, AfterValidator(sortable)] = "-created_at"
    fields: Annotated[list[FieldName] | None, Field(max_length=64)] = None


@dataclass(frozen=True, slots=True)
class Precondition:
    """The headers `If-Match` and `If-None-Match` of a change (RFC 9110, section 13.1)."""

    if_match: str | None = None
    if_none_match: str | None = None

    def holds(self, stored: ViewDocument | None) -> bool:
        """Tell whether the change may be made to a view as it is stored; None where there is none."""
        tag = None if stored is None else assets.etag(public(stored))
        if self.if_match is not None and (tag is None or not assets.matches(self.if_match, tag)):
            return False
        return tag is None or not assets.matches(self.if_none_match, tag)


ALWAYS: Final = Precondition()


def put(
    database: Database[Document],
    project: str,
    name: str,
    author: Author,
    raw: Any,
    condition: Precondition = ALWAYS,
) -> Document:
    """Save a view under a name, in place of one that is there.

    Raises InvalidRequest, and PreconditionFailed with the present state.
    """
    search.bounded(raw)
    view = validated(View, raw)
    search.check_conditions(view.filter)
    try:
        name = _NAME.validate_python(name)
    except ValidationError:
        raise InvalidRequest("The name of a view is made of letters, digits, - and _.") from None
    text = json.dumps(raw, ensure_ascii=False)
    if len(text.encode()) > MAX_VIEW_BYTES:
        raise InvalidRequest(f"A view has at most {MAX_VIEW_BYTES} bytes as JSON.")
    stored: ViewDocument = {
        "_id": f"{project}/{name}",
        "project": project,
        "name": name,
        "view": text,
        "updated_at": author.at,
        "updated_by": author.subject,
        "schema_version": SCHEMA_VERSION,
    }
    if condition == ALWAYS:
        typed.views(database).replace_one({"_id": stored["_id"]}, stored, upsert=True)
        return public(stored)
    present = _required(database, stored["_id"], condition)
    try:
        if present is None:
            typed.views(database).insert_one(stored)
        elif not typed.views(database).replace_one(_as_it_is(present), stored).matched_count:
            raise _changed(database, stored["_id"])
    except DuplicateKeyError:
        raise _changed(database, stored["_id"]) from None
    return public(stored)


def page(database: Database[Document], key: bytes, project: str, limit: int, next_token: str | None) -> Document:
    """Return `{"items": [view, …], "next_token": …}` by name. Raises InvalidRequest for a token of another project."""
    tokens = Tokens.of(key, "views", project)
    after = tokens.read(next_token).id if next_token else ""
    later: Document = {"project": project, "name": {"$gt": after}}
    found = list(answering(typed.views(database)).find(later).sort("name", 1).limit(limit + 1))
    token = tokens.sign(Position(None, found[limit - 1]["name"])) if len(found) > limit else None
    return {"items": [public(stored) for stored in found[:limit]], "next_token": token}


def get(database: Database[Document], project: str, name: str) -> Document:
    """Return a stored view as callers see it. Raises NotFound."""
    return public(_stored(database, project, name))


def delete(database: Database[Document], project: str, name: str, condition: Precondition = ALWAYS) -> None:
    """Delete a view. Raises NotFound, and PreconditionFailed with the present state."""
    present = _stored(database, project, name)
    if not condition.holds(present):
        raise _changed(database, present["_id"])
    seen = {"_id": present["_id"]} if condition == ALWAYS else _as_it_is(present)
    if not database.views.delete_one(seen).deleted_count:
        raise _no_such_view() if condition == ALWAYS else _changed(database, present["_id"])


def narrowed(database: Database[Document], project: str, view: str | None, filter_: Any) -> Any:
    """Return the filter that must hold when a view is named as well. Raises NotFound."""
    if view is None:
        return filter_
    saved = _filter(_stored(database, project, view))
    if saved is None:
        return filter_
    both = saved if filter_ is None else And.model_validate({"and": [saved, filter_]})
    search.check_conditions(both)
    return both


def public(stored: ViewDocument) -> Document:
    shown: Document = {"name": stored["name"], "updated_at": stored["updated_at"], "updated_by": stored["updated_by"]}
    return {**shown, **json.loads(stored["view"])}


def _filter(stored: ViewDocument) -> Any:
    try:
        return validated(View, json.loads(stored["view"])).filter
    except InvalidRequest as error:
        raise InvalidRequest(f"view: {stored['name']} is not valid any more, save it anew: {error.detail}") from None


def _stored(database: Database[Document], project: str, name: str) -> ViewDocument:
    stored = typed.views(database).find_one({"_id": f"{project}/{name}"})
    if stored is None:
        raise _no_such_view()
    return stored


def _required(database: Database[Document], view_id: str, condition: Precondition) -> ViewDocument | None:
    """Return a view as it is stored, None where there is none. Raises PreconditionFailed."""
    present = typed.views(database).find_one({"_id": view_id})
    if not condition.holds(present):
        raise _changed(database, view_id)
    return present


def _as_it_is(stored: ViewDocument) -> Document:
    """Return the condition that a view has not changed since it was read."""
    return {name: stored[name] for name in ("_id", "view", "updated_at", "updated_by")}


def _changed(database: Database[Document], view_id: str) -> PreconditionFailed:
    present = typed.views(database).find_one({"_id": view_id})
    return PreconditionFailed(
        "The view has changed in the meantime.", current=public(present) if present is not None else None
    )


def _no_such_view() -> NotFound:
    return NotFound("There is no such view.")
