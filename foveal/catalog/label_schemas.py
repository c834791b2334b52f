"""Label schemas in revisions: storage, and the schemas that layers enforce.

A schema is never changed, only followed by its next revision. It is a description until it is enforced for some
layers; from then on no annotation of these layers is written that it does not know. A layer is enforced by one schema.
"""

from typing import Final, cast

from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from foveal.access.page_tokens import Position, Tokens
from foveal.catalog.author import Author
from foveal.catalog.label_schema_models import LabelSchema, contradictions
from foveal.catalog.newest_label_schemas import newest_revisions
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import LabelSchemaDocument
from foveal.database.text_instants import answering
from foveal.database.transactions import run_transaction
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.json_text import plain_dumps
from foveal.errors import Conflict, EntityTooLarge, InvalidRequest, NotFound, PreconditionFailed

MAX_SCHEMA_BYTES: Final = 2_000_000
"""As JSON with all members: a page of schemas fits into an answer, and every write reads the enforced ones."""
MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 100


def put(
    database: Database[Document], project: str, name: str, author: Author, schema: LabelSchema, known: int
) -> Document:
    """Store the next revision of a schema; `known` is the revision that the caller knows, 0 for none.

    Raises InvalidRequest for a schema that contradicts itself, EntityTooLarge, Conflict for a layer that another schema
    enforces, PreconditionFailed with the current revision when that is not the known one.
    """
    if found := next(contradictions(schema), None):
        raise InvalidRequest(f"{found}.")
    stored: LabelSchemaDocument = {
        "_id": f"{project}/{name}/{known + 1:012}",
        "project": project,
        "name": name,
        "revision": known + 1,
        "schema": schema.model_dump(exclude_none=True),
        "created_at": author.at,
        "created_by": author.subject,
        "schema_version": SCHEMA_VERSION,
    }
    if len(plain_dumps(stored["schema"]).encode()) > MAX_SCHEMA_BYTES:
        raise EntityTooLarge(f"A label schema has at most {MAX_SCHEMA_BYTES} bytes as JSON, with all of its members.")

    def attempt(session: ClientSession) -> None:
        _lock(database, project, session)
        _check_sole(database, project, name, schema, session)
        current = find(database, project, name, session=session)
        if (current["revision"] if current else 0) != known:
            shown = public(current) if current else None
            raise PreconditionFailed("The label schema is at another revision.", current=shown)
        typed.label_schemas(database).insert_one(stored, session=session)

    try:
        run_transaction(database, attempt)
    except DuplicateKeyError:  # somebody else has made the lock of this project at the same moment
        run_transaction(database, attempt)
    return public(stored)


def _lock(database: Database[Document], project: str, session: ClientSession) -> None:
    """Let no other transaction put a schema of the project: both would write this document."""
    change = {"$inc": {"puts": 1}, "$setOnInsert": {"project": project, "schema_version": SCHEMA_VERSION}}
    database.label_schema_locks.update_one({"_id": project}, change, upsert=True, session=session)


def _check_sole(
    database: Database[Document], project: str, name: str, schema: LabelSchema, session: ClientSession
) -> None:
    for other in _enforcing(database, project, session):
        shared = set(other["schema"]["enforced_fields"]) & set(schema.enforced_fields)
        if shared and other["name"] != name:
            raise Conflict(
                f"enforced_fields: {min(shared)} is enforced by the label schema {other['name']} already; "
                "take it out there first, or add the labels to that schema."
            )


def find(
    database: Database[Document],
    project: str,
    name: str,
    revision: int | None = None,
    session: ClientSession | None = None,
) -> LabelSchemaDocument | None:
    """Return a stored schema: the newest revision, or a given one."""
    query: Document = {"project": project, "name": name}
    if revision is not None:
        query["revision"] = revision
    return typed.label_schemas(database).find_one(query, sort=[("revision", -1)], session=session)


def page(database: Database[Document], key: bytes, project: str, limit: int, next_token: str | None) -> Document:
    """Return `{"items": [schema, …], "next_token": …}`, each in its newest revision, by name.

    Raises InvalidRequest for a token of another project.
    """
    tokens = Tokens.of(key, "label-schemas", project)
    after = tokens.read(next_token).id if next_token else ""
    stages = [*newest_revisions(project, after), {"$limit": limit + 1}]
    found = cast("list[LabelSchemaDocument]", list(answering(database.label_schemas).aggregate(stages)))
    token = tokens.sign(Position(None, found[limit - 1]["name"])) if len(found) > limit else None
    return {"items": [public(stored) for stored in found[:limit]], "next_token": token}


class EnforcedSchemas:
    """The schemas that layers of a project enforce, as a transaction sees them; read when they are used first."""

    def __init__(self, database: Database[Document], project: str, session: ClientSession) -> None:
        self._database, self._project, self._session = database, project, session
        self._by_layer: dict[str, LabelSchema] | None = None

    def check(self, annotation: Document) -> None:
        """Raise ValueError for an annotation that the label schema of its layer does not know."""
        if self._by_layer is None:
            self._by_layer = self._read()
        if schema := self._by_layer.get(annotation["field"]):
            schema.check(annotation)

    def _read(self) -> dict[str, LabelSchema]:
        found: dict[str, LabelSchema] = {}
        for stored in _enforcing(self._database, self._project, self._session):
            schema = LabelSchema.model_validate(stored["schema"])
            found |= dict.fromkeys(schema.enforced_fields, schema)
        return found


def enforcing(database: Database[Document], project: str, layer: str) -> str | None:
    """Return the name of the schema that a layer enforces, or None."""
    found = _enforcing(database, project)
    return next((each["name"] for each in found if layer in each["schema"]["enforced_fields"]), None)


def _enforcing(
    database: Database[Document], project: str, session: ClientSession | None = None
) -> list[LabelSchemaDocument]:
    """Return the newest revisions of the schemas of a project that are enforced for any layer."""
    is_enforced = {"$match": {"schema.enforced_fields.0": {"$exists": True}}}
    return _aggregate(database, [*newest_revisions(project), is_enforced], session)


def _aggregate(
    database: Database[Document], stages: list[Document], session: ClientSession | None = None
) -> list[LabelSchemaDocument]:
    return cast("list[LabelSchemaDocument]", list(database.label_schemas.aggregate(stages, session=session)))


def public(stored: LabelSchemaDocument) -> Document:
    """Return a stored schema as callers see it."""
    return {
        "name": stored["name"],
        "revision": stored["revision"],
        "created_at": stored["created_at"],
        "created_by": stored["created_by"],
        **stored["schema"],
    }


def no_such_schema() -> NotFound:
    return NotFound("There is no such label schema.")
