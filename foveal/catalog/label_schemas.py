"""Label schemas in revisions: storage, and the check of annotations against the schema that a layer enforces.

A schema is never changed, only followed by its next revision. It is a description until it is enforced for some
layers; from then on no annotation of these layers is written that it does not know. A layer is enforced by one schema.
"""

from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from foveal.catalog.author import Author
from foveal.catalog.label_schema_models import Attribute, Label, LabelSchema, check_value, contradictions
from foveal.catalog.newest_label_schemas import newest_revisions
from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.errors import Conflict, InvalidRequest, NotFound, PreconditionFailed
from foveal.validation.values import normalized


def put(
    database: Database[Document], project: str, name: str, author: Author, schema: LabelSchema, known: int
) -> Document:
    """Store the next revision of a schema; `known` is the revision that the caller knows, 0 for none.

    Raises InvalidRequest for a schema that contradicts itself, Conflict for a layer that another schema enforces,
    PreconditionFailed with the current revision when that is not the known one.
    """
    if found := next(contradictions(schema), None):
        raise InvalidRequest(f"{found}.")
    _check_sole(database, project, name, schema)
    current = find(database, project, name)
    revision = current["revision"] if current else 0
    if revision == known:
        stored = {
            "_id": f"{project}/{name}/{known + 1:012}",
            "project": project,
            "name": name,
            "revision": known + 1,
            "schema": schema.model_dump(exclude_none=True),
            "created_at": author.at,
            "created_by": author.subject,
            "schema_version": SCHEMA_VERSION,
        }
        try:
            database.label_schemas.insert_one(stored)
            return public(stored)
        except DuplicateKeyError:
            current = find(database, project, name)
    raise PreconditionFailed("The label schema is at another revision.", current=public(current) if current else None)


def _check_sole(database: Database[Document], project: str, name: str, schema: LabelSchema) -> None:
    for other in newest(database, project):
        shared = set(other["schema"].get("enforced_fields", ())) & set(schema.enforced_fields)
        if shared and other["name"] != name:
            raise Conflict(
                f"enforced_fields: {min(shared)} is enforced by the label schema {other['name']} already; "
                "take it out there first, or add the labels to that schema."
            )


def find(database: Database[Document], project: str, name: str, revision: int | None = None) -> Document | None:
    """Return a stored schema: the newest revision, or a given one."""
    query: Document = {"project": project, "name": name}
    if revision is not None:
        query["revision"] = revision
    return database.label_schemas.find_one(query, sort=[("revision", -1)])


def newest(database: Database[Document], project: str) -> list[Document]:
    """Return the newest revision of each schema of a project, by name."""
    return list(database.label_schemas.aggregate(newest_revisions(project)))


def enforced(database: Database[Document], project: str) -> dict[str, LabelSchema]:
    """Return the schema that is enforced for each layer that has one."""
    found = {}
    for stored in newest(database, project):
        schema = LabelSchema.model_validate(stored["schema"])
        found.update(dict.fromkeys(schema.enforced_fields, schema))
    return found


def public(stored: Document) -> Document:
    """Return a stored schema as callers see it."""
    names = ("name", "revision", "created_at", "created_by")
    return {**{name: stored[name] for name in names}, **stored["schema"]}


def no_such_schema() -> NotFound:
    return NotFound("There is no such label schema.")


def check(schema: LabelSchema, annotation: Document) -> None:
    """Raise ValueError when an annotation is not one that the schema knows."""
    named = annotation.get("label")
    label = next((each for each in schema.labels if normalized(each.name) == named), None)
    if label is None:
        raise ValueError(f"label: {named!r} is not in the label schema of {annotation['field']}")
    if label.type is not None and annotation["type"] != label.type:
        raise ValueError(f"type: {named!r} is a {label.type}, not a {annotation['type']}")
    given = annotation.get("attributes", {})
    known = {attribute.name: attribute for attribute in label.attributes}
    if unknown := given.keys() - known.keys():
        raise ValueError(f"attributes.{min(unknown)}: {named!r} has no such attribute")
    for attribute in label.attributes:
        if attribute.name in given:
            _check_value(attribute, given[attribute.name])
        elif attribute.required:
            raise ValueError(f"attributes.{attribute.name}: {named!r} needs it")
    if annotation["type"] == "keypoints":
        _check_skeleton(label, annotation["keypoints"])


def _check_value(attribute: Attribute, value: Any) -> None:
    try:
        check_value(attribute, value)
    except ValueError as error:
        raise ValueError(f"attributes.{attribute.name}: {error}") from None


def _check_skeleton(label: Label, keypoints: list[Document]) -> None:
    if label.skeleton is None:
        raise ValueError(f"keypoints: {label.name!r} has no skeleton")
    names = [point.get("name") for point in keypoints]
    for name in names:
        if name not in label.skeleton.names:
            raise ValueError(f"keypoints: {name!r} is not in the skeleton of {label.name!r}")
    if len(set(names)) != len(names):
        raise ValueError("keypoints: a keypoint comes twice")
