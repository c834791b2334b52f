"""Migration: brings a database to the declared schema in steps, each of which may run again, while the stack serves.

New indexes are built before old ones of ours go, so that no query is without an index in between. MongoDB builds
them without blocking readers or writers (manual, "Index Builds on Populated Collections"), those of a collection
together: it reads the documents once, and waits for its disk once. Indexes that others made are left alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import OperationFailure

from foveal.database.client import Document, unhurried
from foveal.database.schema import COLLECTIONS, INDEX_PREFIX, Collection, Index

NAMESPACE_EXISTS = 48


@dataclass(frozen=True, slots=True)
class Step:
    """One migration step: a description and the function that applies it."""

    description: str
    apply: Callable[[], object]


def plan(database: Database[Document]) -> list[Step]:
    """Return the steps from the database as it is to the declared schema, in order; none when they agree."""
    existing = {info["name"]: info.get("options", {}) for info in database.list_collections()}
    return [step for collection in COLLECTIONS for step in _steps(database, collection, existing.get(collection.name))]


def migrate(database: Database[Document]) -> list[str]:
    """Apply the plan and return the descriptions of its steps. Raises PyMongoError when a step is refused."""
    return carry_out(plan(database))


def prepare(database: Database[Document], collections: Iterable[Collection]) -> None:
    """Make collections ready to be loaded: with their validators and without indexes of ours, which `migrate` builds.

    Functions do not serve such a database (`foveal.database.client.require_schema`).
    """
    present = set(database.list_collection_names())
    for collection in collections:
        if collection.name not in present:
            _create(database, collection.name, collection.validator())
            continue
        for name in database[collection.name].index_information():
            if name.startswith(INDEX_PREFIX):
                database[collection.name].drop_index(name)


def carry_out(steps: Iterable[Step]) -> list[str]:
    """Apply steps without a time limit, and return their descriptions. Raises PyMongoError when one is refused."""
    with unhurried():
        done = []
        for step in steps:
            step.apply()
            done.append(step.description)
        return done


def _steps(database: Database[Document], collection: Collection, options: Document | None) -> Iterator[Step]:
    name, validator = collection.name, collection.validator()
    if options is None:
        yield Step(f"create collection {name}", lambda: _create(database, name, validator))
    elif options.get("validator") != validator:
        yield Step(
            f"set validator of {name}",
            lambda: database.command("collMod", name, validator=validator, validationLevel="moderate"),
        )
    present = {} if options is None else {i["name"]: dict(i) for i in database[name].list_indexes()}
    missing = [each for each in collection.indexes if not _agrees(each, present.get(each.full_name))]
    for index in missing:
        if index.full_name in present:
            yield _drop(database, name, index.full_name, " (it changed)")
    if missing:
        yield Step(_creation(name, missing), partial(database[name].create_indexes, [_model(each) for each in missing]))
    declared = {index.full_name for index in collection.indexes}
    for stale in sorted(present):
        if stale.startswith(INDEX_PREFIX) and stale not in declared:
            yield _drop(database, name, stale)


def _drop(database: Database[Document], name: str, index: str, reason: str = "") -> Step:
    return Step(f"drop index {name}.{index}{reason}", partial(database[name].drop_index, index))


def _creation(name: str, indexes: Sequence[Index]) -> str:
    """Describe the creation of indexes by one command, for which the server reads the collection once."""
    if len(indexes) == 1:
        return f"create index {name}.{indexes[0].full_name}: {indexes[0].serves}"
    return f"create {len(indexes)} indexes of {name}: {', '.join(each.full_name for each in indexes)}"


def _model(index: Index) -> IndexModel:
    return IndexModel(list(index.keys), **index.options())


def _agrees(index: Index, present: Document | None) -> bool:
    if present is None:
        return False
    known = ("name", "unique", "partialFilterExpression", "expireAfterSeconds")
    options = {key: _plain(present[key]) for key in known if key in present}
    return list(present["key"].items()) == list(index.keys) and options == index.options()


def _create(database: Database[Document], name: str, validator: Document) -> None:
    try:
        database.create_collection(name, check_exists=False, validator=validator, validationLevel="moderate")
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:  # somebody else migrates at the same time, to the same validator
            raise


def _plain(value: Any) -> Any:
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value
