"""Sizes of operations: the bytes that a transaction reads and writes, by which large ones are told apart."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic_core import PydanticSerializationError, to_json
from pymongo.collection import Collection
from pymongo.database import Database

from foveal.catalog.annotations import ids
from foveal.catalog.annotations.editing.loading import restored_entry_ids
from foveal.catalog.annotations.operations import Create, Operation, Restore, Update
from foveal.database.client import Document
from foveal.errors import Problem

_SIZE: Final = {"$bsonSize": "$$ROOT"}


def bytes_of_each(database: Database[Document], project: str, operations: Sequence[Operation | Problem]) -> list[int]:
    """Return the bytes that each operation reads and writes, as JSON or BSON, more or less."""
    named = {each.annotation_id for each in operations if not isinstance(each, Problem) and each.annotation_id}
    stored = _stored_bytes(database.annotations, [each for name in named for each in ids.candidates(name, [project])])
    restorations = [each for each in operations if isinstance(each, Restore)]
    entry_ids = [entry_id for each in restorations for entry_id in restored_entry_ids(each, project)]
    stored |= _stored_bytes(database.annotation_revisions, entry_ids)
    return [_bytes_of(each, project, stored) for each in operations]


def layer_bytes(database: Database[Document], asset_id: str, layer: str) -> int:
    """Return the bytes of the annotations of a layer, as BSON."""
    stages: list[Document] = [
        {"$match": {"asset_id": asset_id, "field": layer}},
        {"$group": {"_id": None, "size": {"$sum": _SIZE}}},
    ]
    return sum(each["size"] for each in database.annotations.aggregate(stages))


def _bytes_of(operation: Operation | Problem, project: str, stored: Mapping[str, int]) -> int:
    if isinstance(operation, Problem):
        return 0
    documents = [] if operation.annotation_id is None else ids.candidates(operation.annotation_id, [project])
    if isinstance(operation, Restore):
        documents += restored_entry_ids(operation, project)
    return _sent_bytes(operation) + sum(stored.get(each, 0) for each in documents)


def _sent_bytes(operation: Operation) -> int:
    """Return the bytes of the annotation or the changes that a caller has sent, as JSON."""
    match operation:
        case Create(annotation=sent) | Update(changes=sent):
            try:
                return len(to_json(sent, inf_nan_mode="null"))
            except PydanticSerializationError:  # nests so deep that it is refused
                return 0
        case _:
            return 0


def _stored_bytes(collection: Collection[Document], stored_ids: Sequence[str]) -> dict[str, int]:
    named: list[Document] = [{"$match": {"_id": {"$in": stored_ids}}}, {"$project": {"size": _SIZE}}]
    return {each["_id"]: each["size"] for each in collection.aggregate(named)} if stored_ids else {}
