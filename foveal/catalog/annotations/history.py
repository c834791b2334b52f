"""The history of an annotation: every state that was replaced, deletions, and attempts that came too late.

The newest state lives in `annotations`; what it replaced lies in `annotation_revisions` under ids that sort by
annotation and revision, so that a history is one range of the `_id` index.
"""

import heapq
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, cast

from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.catalog.annotations import ids as identity
from foveal.catalog.annotations.extra import with_extra
from foveal.catalog.author import Author
from foveal.database.catalog_documents import AnnotationDocument, RevisionDocument
from foveal.database.client import Document
from foveal.database.documents import Change
from foveal.database.text_instants import answering
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.ids import new_id
from foveal.encoding.json_text import answer_bytes
from foveal.validation.values import MAX_DEPTH, verbatim

MAX_ATTEMPT_BYTES: Final = 5_000_000


def past(annotation: AnnotationDocument) -> RevisionDocument:
    """Return the history's entry for a state that is about to be replaced."""
    entry = _entry(annotation, annotation["revision"], annotation["change"])
    entry["state"] = annotation
    return entry


def tombstone(annotation: AnnotationDocument, author: Author) -> RevisionDocument:
    """Return the entry for a deletion: a revision of its own, without a state."""
    return _entry(annotation, annotation["revision"] + 1, _change("deleted", author))


def refusal(annotation: AnnotationDocument, author: Author, attempted: Any) -> RevisionDocument:
    """Return the entry for an attempt that met another revision than it expected.

    Raises ValueError, as `verbatim`, and for an attempt that no answer could hold.
    """
    entry = _entry(annotation, annotation["revision"], _change("refused", author))
    entry["_id"] += f"/refused/{new_id()}"
    if attempted is not None:
        entry["attempted"] = verbatim(attempted, MAX_DEPTH + 1)
        if answer_bytes(entry["attempted"]) > MAX_ATTEMPT_BYTES:
            raise ValueError(f"is larger than {MAX_ATTEMPT_BYTES} bytes")
    return entry


def last_revisions(
    database: Database[Document], ids: Iterable[str], project: str, session: ClientSession
) -> dict[str, int]:
    """Return the number of the last revision, by `_id`, of those of the annotations that were deleted in a project."""
    firsts = {"_id": {"$in": [entry_id(each, 1) for each in sorted(ids)]}, "project": project}
    gone = [entry["_id"].partition("/")[0] for entry in database.annotation_revisions.find(firsts, session=session)]
    return {each: _last_revision(database, each, session) for each in gone}


def _last_revision(database: Database[Document], annotation_id: str, session: ClientSession) -> int:
    newest = database.annotation_revisions.find(_range(annotation_id), {"revision": 1}, session=session)
    return next(int(entry["revision"]) for entry in newest.sort("_id", -1).limit(1))


def entries_after(database: Database[Document], annotation_id: str, after: str | None) -> Iterator[Document]:
    """Yield the stored entries, oldest first, the present state last; `after` is the `_id` of an entry.

    Instants are text (`foveal.database.text_instants`).
    """
    range_ = _range(annotation_id)
    if after is not None:
        range_["_id"] = {"$gt": after, "$lt": range_["_id"]["$lt"]}
    entries = iter(answering(database.annotation_revisions).find(range_).sort("_id", 1))
    present = answering(database.annotations).find_one({"_id": annotation_id})
    newest: list[Document] = []
    if present and (after is None or entry_id(annotation_id, present["revision"]) > after):
        newest.append({**past(cast("AnnotationDocument", present))})
    yield from heapq.merge(entries, newest, key=lambda entry: str(entry["_id"]))


def public_entry(entry: Mapping[str, Any]) -> Document:
    """Return an entry of the history as callers see it."""
    shown: Document = {"revision": entry["revision"], "change": entry["change"]}
    if "state" in entry:
        shown["annotation"] = public(entry["state"])
    if "attempted" in entry:
        shown["attempted"] = json.loads(entry["attempted"])
    return shown


def found(database: Database[Document], annotation_id: str, projects: Collection[str]) -> dict[str, str]:
    """Return the `_id` by project of every annotation that is or was called so in one of the projects."""
    ids = identity.candidates(annotation_id, projects)
    by_project: dict[str, str] = {}
    for collection, candidates in (
        (database.annotation_revisions, [entry_id(each, 1) for each in ids]),
        (database.annotations, ids),
    ):
        stored = collection.find({"_id": {"$in": candidates}, "project": {"$in": sorted(projects)}}, {"project": 1})
        by_project |= {each["project"]: each["_id"].partition("/")[0] for each in stored}
    return by_project


def public(annotation: Mapping[str, Any]) -> Document:
    """Return an annotation as callers see it."""
    body = {"annotation_id": identity.public(annotation["_id"]), **annotation}
    del body["_id"]
    body.pop("relative_to", None)  # see `foveal.catalog.annotations.models`
    return with_extra(body)


def _entry(annotation: AnnotationDocument, revision: int, change: Change) -> RevisionDocument:
    return {
        "_id": entry_id(annotation["_id"], revision),
        "project": annotation["project"],
        "asset_id": annotation["asset_id"],
        "annotation_id": identity.public(annotation["_id"]),
        "revision": revision,
        "change": change,
        "schema_version": SCHEMA_VERSION,
    }


def _change(kind: Literal["deleted", "refused"], author: Author) -> Change:
    change: Change = {"kind": kind, "by": author.subject, "at": author.at}
    if author.tool:
        change["tool"] = author.tool
    return change


def entry_id(annotation_id: str, revision: int) -> str:
    """Return the `_id` of the entry for a revision, which has a `state` unless the annotation was deleted then."""
    return f"{annotation_id}/{revision:012}"


def _range(annotation_id: str) -> Document:
    """Every `_id` that begins with the annotation's id and a slash; "0" is the character after "/"."""
    return {"_id": {"$gte": f"{annotation_id}/", "$lt": f"{annotation_id}0"}}
