"""Reads of an edit: the documents that its operations refer to, as its transaction sees them."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final

from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from foveal.catalog.annotations import history, ids
from foveal.catalog.annotations.operations import Create, Operation, Restore
from foveal.database.client import Document
from foveal.encoding.json_text import plain_dumps
from foveal.errors import Problem

_SIZE: Final = {"$bsonSize": "$$ROOT"}
_SMALL_BYTES: Final = 2_000_000
"""Documents that are smaller all together do not make a transaction too large, whatever else it writes."""
_ASSET_FIELDS: Final = dict.fromkeys(
    (
        *("project", "status", "media_type", "width", "height", "stored_width", "stored_height", "frame_count"),
        *("orientation", "rotation", "is_mirrored", "clean_aperture"),
        *("label_summary", "annotation_revision", "counted"),
    ),
    1,
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Assets, annotations and entries of the history by `_id`.

    `stored_ids` are the `_id`s of annotations by the name that callers give them, `last_revisions` the numbers of the
    last revisions of deleted annotations by `_id`.
    """

    assets: dict[str, Document]
    annotations: dict[str, Document]
    history: dict[str, Document] = field(default_factory=dict)
    stored_ids: dict[str, str] = field(default_factory=dict)
    last_revisions: dict[str, int] = field(default_factory=dict)


def load(database: Database[Document], session: ClientSession, project: str, operations: Sequence[Operation]) -> Loaded:
    """Return the documents of one project that operations refer to."""
    names = {each.annotation_id for each in operations if each.annotation_id is not None}
    candidates = [each for name in sorted(names) for each in ids.candidates(name, [project])]
    annotations = _by_id(database.annotations.find(_among(candidates, project), session=session)) if names else {}
    deleted = set(candidates) - annotations.keys()
    last_revisions = history.last_revisions(database, deleted, project, session) if names else {}
    entries = _entries(database, session, project, operations)
    states = [*annotations.values(), *(entry["state"] for entry in entries.values() if "state" in entry)]
    asset_ids = {each.asset_id for each in operations if isinstance(each, Create)}
    return Loaded(
        assets=_assets(database, session, project, asset_ids | {state["asset_id"] for state in states}),
        annotations=annotations,
        history=entries,
        stored_ids={name: ids.named(name, project) for name in names}
        | {ids.public(stored_id): stored_id for stored_id in (*last_revisions, *annotations)},
        last_revisions=last_revisions,
    )


def sizes(database: Database[Document], project: str, operations: Sequence[Operation | Problem]) -> list[int]:
    """Return the bytes that each operation reads and writes, as JSON or BSON, more or less; 0 where all are small."""
    if len(operations) == 1:
        return [0]
    named = {each.annotation_id for each in operations if not isinstance(each, Problem) and each.annotation_id}
    present = _sizes(database.annotations, [each for name in named for each in ids.candidates(name, [project])])
    restored = _sizes(
        database.annotation_revisions,
        [entry_id for each in operations if isinstance(each, Restore) for entry_id in _entry_ids(each, project)],
    )
    return [_size(each, project, present | restored) for each in operations]


def _size(operation: Operation | Problem, project: str, stored: Mapping[str, int]) -> int:
    if isinstance(operation, Problem):
        return 0
    documents = [] if operation.annotation_id is None else ids.candidates(operation.annotation_id, [project])
    if isinstance(operation, Restore):
        documents += _entry_ids(operation, project)
    sent = len(plain_dumps(operation.annotation)) if isinstance(operation, Create) else 0
    return sent + sum(stored.get(each, 0) for each in documents)


def _sizes(collection: Collection[Document], stored_ids: Sequence[str]) -> dict[str, int]:
    if not stored_ids:
        return {}
    named: Document = {"$match": {"_id": {"$in": stored_ids}}}
    if _total_size(collection, named) < _SMALL_BYTES:
        return {}
    return {each["_id"]: each["size"] for each in collection.aggregate([named, {"$project": {"size": _SIZE}}])}


def _total_size(collection: Collection[Document], match: Document) -> int:
    stages: list[Document] = [match, {"$group": {"_id": None, "size": {"$sum": _SIZE}}}]
    return sum(each["size"] for each in collection.aggregate(stages))


def layer_size(database: Database[Document], asset_id: str, layer: str) -> int:
    """Return the bytes of the annotations of a layer, as BSON."""
    return _total_size(database.annotations, {"$match": {"asset_id": asset_id, "field": layer}})


def load_layer(database: Database[Document], session: ClientSession, project: str, asset_id: str, layer: str) -> Loaded:
    """Return an asset and the annotations of one of its layers."""
    found = database.annotations.find({"asset_id": asset_id, "field": layer}, session=session)
    return Loaded(assets=_assets(database, session, project, {asset_id}), annotations=_by_id(found))


def _entries(
    database: Database[Document], session: ClientSession, project: str, operations: Sequence[Operation]
) -> dict[str, Document]:
    """Return the entries of the history that restorations go back to."""
    entry_ids = [entry_id for each in operations if isinstance(each, Restore) for entry_id in _entry_ids(each, project)]
    if not entry_ids:
        return {}
    return _by_id(database.annotation_revisions.find(_among(entry_ids, project), session=session))


def _entry_ids(operation: Restore, project: str) -> list[str]:
    candidates = ids.candidates(operation.annotation_id, [project])
    return [history.entry_id(stored_id, restored_revision(operation)) for stored_id in candidates]


def restored_revision(operation: Restore) -> int:
    """Return the revision that a restoration goes back to; 0 is the time before the annotation was made."""
    return max(operation.revision - 1, 0) if operation.to is None else operation.to


def _assets(
    database: Database[Document], session: ClientSession, project: str, asset_ids: Set[str]
) -> dict[str, Document]:
    return _by_id(database.assets.find(_among(sorted(asset_ids), project), _ASSET_FIELDS, session=session))


def _among(stored_ids: Sequence[str], project: str) -> Document:
    return {"_id": {"$in": stored_ids}, "project": project}


def _by_id(documents: Iterable[Document]) -> dict[str, Document]:
    return {each["_id"]: each for each in documents}
