"""The schema arrives in a database by command, as often as one likes."""

from concurrent.futures import ThreadPoolExecutor

import pymongo
import pytest
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, WriteError

from foveal.catalog.search.indexes import SORTABLE
from foveal.database import migration
from foveal.database.client import Document
from foveal.database.schema import ASSETS, COLLECTIONS, INDEX_PREFIX
from tests.integration.catalog.conftest import an_asset


def test_plan_is_empty_when_migrated_once(database: Database[Document]) -> None:
    assert migration.plan(database) == []
    assert migration.migrate(database) == []


def test_every_collection_and_index_exists_when_migrated(database: Database[Document]) -> None:
    for collection in COLLECTIONS:
        names = {index["name"] for index in database[collection.name].list_indexes()}
        assert names == {"_id_", *(index.full_name for index in collection.indexes)}


@pytest.mark.parametrize("name", ["datasets", "dataset_versions", "jobs"])
def test_documents_of_an_earlier_version_stay_when_their_collection_gets_its_indexes(
    database: Database[Document], name: str
) -> None:
    """Earlier versions made these collections for later use, without indexes."""
    database.drop_collection(name)
    schema = {"bsonType": "object", "required": ["_id", "project", "schema_version"]}
    database.create_collection(name, validator={"$jsonSchema": schema})
    database[name].insert_one({"_id": "a", "project": "harbour", "schema_version": 1})
    done = migration.migrate(database)
    assert done[0] == f"set validator of {name}"
    assert database[name].count_documents({}) == 1
    assert migration.plan(database) == []


def test_changed_index_is_rebuilt_when_its_options_differ(database: Database[Document]) -> None:
    database.uploads.drop_index("foveal_expired")
    database.uploads.create_index([("expires_at", 1)], name="foveal_expired", expireAfterSeconds=999)
    done = migration.migrate(database)
    assert [line.split(":")[0] for line in done] == [
        "drop index uploads.foveal_expired (it changed)",
        "create index uploads.foveal_expired",
    ]
    assert migration.plan(database) == []


def test_stale_indexes_of_foveal_alone_are_dropped(database: Database[Document]) -> None:
    database.assets.create_index([("camera.make", 1)], name=INDEX_PREFIX + "former")
    database.assets.create_index([("camera.model", 1)], name="operators_own")
    assert migration.migrate(database) == [f"drop index assets.{INDEX_PREFIX}former"]
    assert "operators_own" in database.assets.index_information()


def test_validator_is_set_when_the_collection_has_another(database: Database[Document]) -> None:
    database.command("collMod", "views", validator={})
    assert migration.migrate(database) == ["set validator of views"]


def test_migrations_at_the_same_time_end_in_the_same_schema(mongodb_uri: str, database: Database[Document]) -> None:
    with pymongo.MongoClient[Document](mongodb_uri) as client:
        fresh = client[database.name + "_b"]
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(migration.migrate, [fresh] * 3))
        assert migration.plan(fresh) == []
        client.drop_database(fresh.name)


@pytest.mark.parametrize("path", SORTABLE)
def test_sorted_field_is_absent_and_never_null(database: Database[Document], path: str) -> None:
    with pytest.raises(WriteError):
        database.assets.insert_one(an_asset(**{path: None}))


def test_document_is_refused_when_it_breaks_the_validator(database: Database[Document]) -> None:
    with pytest.raises(WriteError):
        database.assets.insert_one({"_id": "a", "project": "p", "status": "lost"})


def test_idempotency_key_is_unique_when_given_and_free_when_not(database: Database[Document]) -> None:
    upload = {"project": "p", "asset_id": "a", "caller": "c", "schema_version": 1}
    database.uploads.insert_many([{**upload, "_id": "1"}, {**upload, "_id": "2"}])
    database.uploads.insert_one({**upload, "_id": "3", "idempotency_key": "k"})
    with pytest.raises(DuplicateKeyError):
        database.uploads.insert_one({**upload, "_id": "4", "idempotency_key": "k"})


def test_sorted_index_of_assets_keeps_equalities_first() -> None:
    for index in ASSETS.indexes:
        names = [name for name, _ in index.keys]
        if "status" in names:
            assert names[:2] == ["project", "status"]


def test_migration_step_has_no_time_limit(mongodb_uri: str, database: Database[Document]) -> None:
    """An index over many documents takes longer than any request may: the client's limit does not hold for it."""
    database.assets.drop_index("foveal_size")
    client: pymongo.MongoClient[Document] = pymongo.MongoClient(mongodb_uri, timeoutMS=300)
    with client, database.client.start_session() as session, session.start_transaction():
        database.assets.insert_one(an_asset(), session=session)  # nobody builds an index until this ends
        with ThreadPoolExecutor(1) as pool:
            migrating = pool.submit(migration.migrate, client[database.name])
            with pytest.raises(TimeoutError):
                migrating.result(1.5)
            session.commit_transaction()
            assert [step.partition(":")[0] for step in migrating.result(30)] == ["create index assets.foveal_size"]
