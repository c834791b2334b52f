"""Versions of data sets: numbers, look-ups and pages of lists, and what callers see of them."""

from collections.abc import Mapping
from typing import Any, Final

from pymongo import ReturnDocument
from pymongo.database import Database

from foveal.access.page_tokens import Position, Tokens
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.database.text_instants import answering
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.datasets.documents import VersionDocument, dataset_versions, datasets
from foveal.errors import Conflict, NotFound

NEWEST: Final = "newest"
MAX_PAGE: Final = 100
DEFAULT_PAGE: Final = 50
_INTERNAL: Final = {"selection.asset_ids": 0, "pending_events": 0}
_SHOWN: Final = (
    *("state", "description", "split", "created_at", "created_by", "completed_at", "job_id", "root", "base"),
    *("asset_count", "annotation_count", "page_count", "shared_page_count", "split_conflicts"),
    *("splits", "labels", "label_schemas"),
)


def version_id(project: str, dataset: str, version: int) -> str:
    return f"{project}/{dataset}/{version}"


def next_number(database: Database[Document], project: str, name: str, author: Author) -> int:
    """Return the number of the next version of a data set, which comes into being with its first version."""
    first: Document = {"created_at": author.at, "created_by": author.subject, "schema_version": SCHEMA_VERSION}
    stored = datasets(database).find_one_and_update(
        {"_id": f"{project}/{name}", "project": project, "name": name},
        {"$inc": {"newest": 1}, "$setOnInsert": first},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    assert stored is not None
    return stored["newest"]


def find(database: Database[Document], project: str, name: str, version: str) -> VersionDocument:
    """Return a version by its number or as `newest`, without the ids that were listed for it. Raises NotFound."""
    query: Document = {"project": project, "dataset": name, "state": {"$ne": "deleting"}}
    if version == NEWEST:
        query["state"] = "ready"
    else:
        query["version"] = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None
    stored = dataset_versions(database).find_one(query, _INTERNAL, sort=[("version", -1)])
    if stored is None:
        raise NotFound("There is no such version of a data set.")
    return stored


def ready(database: Database[Document], project: str, name: str, version: str) -> VersionDocument:
    """Return a version that is complete. Raises NotFound, and Conflict for one that is being made."""
    stored = find(database, project, name, version)
    if stored["state"] != "ready":
        raise Conflict(f"The version is {stored['state']}; read it again when it is ready.", state=stored["state"])
    return stored


def page_of_versions(
    database: Database[Document], key: bytes, project: str, name: str, limit: int, next_token: str | None
) -> Document:
    """Return `{"items": [version, …], "next_token": …}`, newest first. Raises NotFound for an unknown data set."""
    tokens = Tokens.of(key, "dataset-versions", project, name)
    query: Document = {"project": project, "dataset": name, "state": {"$ne": "deleting"}}
    if next_token:
        query["version"] = {"$lt": int(tokens.read(next_token).id)}
    elif not datasets(database).find_one({"_id": f"{project}/{name}"}, {"_id": 1}):
        raise NotFound("There is no such data set.")
    found = list(answering(dataset_versions(database)).find(query, _INTERNAL).sort("version", -1).limit(limit + 1))
    token = tokens.sign(Position(None, str(found[limit - 1]["version"]))) if len(found) > limit else None
    return {"items": [public(each) for each in found[:limit]], "next_token": token}


def page_of_datasets(
    database: Database[Document], key: bytes, project: str, limit: int, next_token: str | None
) -> Document:
    """Return `{"items": [data set, …], "next_token": …}` by name, each with its newest complete version."""
    tokens = Tokens.of(key, "datasets", project)
    after = tokens.read(next_token).id if next_token else ""
    query: Document = {"project": project, "name": {"$gt": after}}
    found = list(answering(datasets(database)).find(query).sort("name", 1).limit(limit + 1))
    token = tokens.sign(Position(None, found[limit - 1]["name"])) if len(found) > limit else None
    items = []
    for each in found[:limit]:
        newest = {"project": project, "dataset": each["name"], "state": "ready"}
        version = answering(dataset_versions(database)).find_one(newest, _INTERNAL, sort=[("version", -1)])
        shown = {"name": each["name"], "created_at": each["created_at"], "created_by": each["created_by"]}
        items.append({**shown, "newest": public(version) if version else None})
    return {"items": items, "next_token": token}


def public(stored: Mapping[str, Any]) -> Document:
    """Return a version as callers see it."""
    selection = {name: value for name, value in stored["selection"].items() if name != "asset_ids"}
    shown: Document = {"dataset_version_id": stored["_id"], "dataset": stored["dataset"], "version": stored["version"]}
    return {**shown, "selection": selection, **{name: stored[name] for name in _SHOWN if name in stored}}
