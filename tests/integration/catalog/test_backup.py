"""Backups of a project: everything that users wrote comes back, into an empty catalog or a rebuilt one."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import BulkWriteError
from typer.testing import CliRunner

from foveal.cli.operations import backup as commands
from foveal.cli.root import build
from foveal.database import backup
from foveal.database.backup import BackupError
from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION
from tests.integration.catalog.annotation_requests import (
    BOX,
    DELETE,
    LIST,
    PATCH,
    RESTORE,
    REVISIONS,
    assert_true_to_annotations,
    created,
    label_totals,
    on,
    tallied,
)
from tests.integration.catalog.conftest import OTHER_PROJECT, PROJECT, Client, an_asset

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HERE = {"project": PROJECT}


@pytest.fixture
def filled(database: Database[Document], asset: Document, editor: Client, admin: Client) -> Document:
    """A project with something of everything that users write, and another project."""
    made = created(editor, asset, {**BOX, "confidence": 0.5, "extra": {"$where": 1}})
    changed = editor.call(PATCH, **on(made), body={"label": "van"}).body
    gone = created(editor, asset)
    editor.call(DELETE, **on(gone))
    editor.call("PATCH /v1/assets/{asset_id}", {"asset_id": asset["_id"]}, {"tags": ["a"]}, {"if-match": "*"})
    schema, view = {"labels": [{"name": "van"}], "enforced_fields": ["enf"]}, {"filter": {"field": "tags", "eq": "a"}}
    path, first = {**HERE, "name": "s"}, {"if-match": '"0"'}
    assert admin.call("PUT /v1/projects/{project}/label-schemas/{name}", path, schema, first).status == 200
    assert editor.call("PUT /v1/projects/{project}/views/{name}", path, view).status == 200
    vector = {"asset_id": asset["_id"], "model": "clip", "vector": [0.5, -0.25]}
    assert editor.call("POST /v1/projects/{project}/embeddings", HERE, {"embeddings": [vector]}).status == 200
    for name, document in _of_imports_and_data_sets(asset["_id"]).items():
        database[name].insert_one(
            {"_id": f"{name}/1", "project": PROJECT, "schema_version": SCHEMA_VERSION, **document}
        )
    database.assets.insert_one(an_asset(project=OTHER_PROJECT))
    return dict(changed)


def _of_imports_and_data_sets(asset_id: str) -> dict[str, Document]:
    """Return a document of each collection of imports and data sets."""
    times = {"created_at": NOW, "updated_at": NOW}
    origin = {"import_id": "1", "asset_id": asset_id, "position": 0, "file_name": "a.jpg"}
    return {
        "imports": {"state": "completed", "files": [], **times},
        "asset_origins": origin,
        "datasets": {"name": "d", "newest": 1},
        "dataset_versions": {"dataset": "d", "version": 1, "state": "ready", "root": "fv1:0"},
        "dataset_pages": {"version_id": "d/1", "digest": "0", "page": {"members": 1}},
    }


def stored(database: Database[Document], project: str = PROJECT) -> dict[str, list[Document]]:
    """Return the documents of a project without what is counted anew."""
    return {
        name: sorted(database[name].find({"project": project}, {"counted": 0}), key=lambda each: str(each["_id"]))
        for name in backup.COLLECTIONS
    }


def emptied(database: Database[Document]) -> None:
    for name in database.list_collection_names():
        database[name].delete_many({"project": PROJECT})


def written(database: Database[Document], tmp_path: Path) -> Path:
    path = tmp_path / "harbour.jsonl.gz"
    backup.write(database, PROJECT, path, NOW)
    return path


def test_documents_of_a_project_come_back_as_they_were(
    database: Database[Document], mongodb_uri: str, filled: Document, editor: Client, viewer: Client, tmp_path: Path
) -> None:
    before, others, counts = stored(database), stored(database, OTHER_PROJECT), tallied(database)
    path = written(database, tmp_path)
    assert all(before[name] for name in backup.COLLECTIONS if name != "uploads")
    emptied(database)
    command = ["load-backup", str(path), "--uri", mongodb_uri, "--database", database.name]
    result = CliRunner().invoke(build([commands]), command)
    assert result.exit_code == 0, result.output
    assert f"documents of {PROJECT} loaded, of 2026-11-29 12:00 UTC" in result.output
    assert (stored(database), stored(database, OTHER_PROJECT)) == (before, others)
    assert tallied(database) == label_totals(database) == counts
    summary = database.annotations.find({"asset_id": filled["asset_id"]})
    assert len((database.assets.find_one({"_id": filled["asset_id"]}) or {})["label_summary"]) == len(list(summary))
    listed = viewer.call(LIST, {"asset_id": filled["asset_id"]}).body["items"]
    assert [each["annotation_id"] for each in listed] == [filled["annotation_id"]]
    assert len(viewer.call(REVISIONS, {"annotation_id": filled["annotation_id"]}).body["items"]) == 2
    undone = editor.call(RESTORE, **on(filled), body={"to": 1})
    assert (undone.status, undone.body["label"]) == (200, "car")
    assert_true_to_annotations(database)


def test_backup_is_of_one_moment(
    database: Database[Document], filled: Document, editor: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody annotates after the assets were read and before the annotations are."""
    before, line = stored(database), backup._line

    def line_and_write(value: Document) -> str:
        if value.get("collection") == "assets":
            created(editor, {"_id": filled["asset_id"]})
        return line(value)

    monkeypatch.setattr(backup, "_line", line_and_write)
    path = written(database, tmp_path)
    assert len(stored(database)["annotations"]) == 2
    emptied(database)
    backup.load(database, path)
    assert stored(database) == before


def test_assets_rebuilt_from_the_bucket_get_their_tags_back(
    database: Database[Document], filled: Document, tmp_path: Path
) -> None:
    path = written(database, tmp_path)
    emptied(database)
    rebuilt, later = an_asset(_id=filled["asset_id"]), an_asset()
    database.assets.insert_many([rebuilt, later])
    backup.load(database, path)
    assert (database.assets.find_one({"_id": filled["asset_id"]}) or {})["tags"] == ["a"]
    assert database.assets.find_one({"_id": later["_id"]})


def test_backup_is_refused_where_users_have_written_since(
    database: Database[Document], filled: Document, tmp_path: Path
) -> None:
    path, before = written(database, tmp_path), stored(database)
    database.views.update_one({}, {"$set": {"updated_by": "later"}})
    with pytest.raises(BackupError, match="has annotations of harbour already"):
        backup.load(database, path)
    assert database.views.find_one({"updated_by": "later"})
    backup.load(database, path, is_repeated=True)
    assert stored(database) == before


DAMAGES: list[tuple[str, Any]] = [
    ("was cut", lambda lines: lines[:-1]),
    ("states", lambda lines: [*lines[:2], *lines[3:]]),
    ("is no backup", lambda lines: lines[1:]),
    ("later version", lambda lines: [lines[0].replace('"version":{"$numberInt":"1"', '"version":{"$numberInt":"2"')]),
    ("not of harbour", lambda lines: [lines[0], lines[1].replace(f'"project":"{PROJECT}"', '"project":"meadow"')]),
    ("not of harbour", lambda lines: [lines[0], '{"collection":"system.users","document":{}}']),
    ("is no backup", lambda lines: [lines[0], "[]"]),
    ("cannot be read", lambda _: ["no JSON"]),
]


@pytest.mark.parametrize(("reason", "damage"), DAMAGES)
def test_file_that_is_no_whole_backup_is_refused_before_anything_is_written(
    database: Database[Document], filled: Document, tmp_path: Path, reason: str, damage: Any
) -> None:
    path = written(database, tmp_path)
    with gzip.open(path, "rt") as file:
        lines = file.read().splitlines()
    with gzip.open(path, "wt") as file:
        file.write("\n".join(damage(lines)))
    emptied(database)
    with pytest.raises(BackupError, match=reason):
        backup.load(database, path)
    assert not any(stored(database).values())


def test_cut_compressed_file_is_refused(database: Database[Document], filled: Document, tmp_path: Path) -> None:
    path = written(database, tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BackupError, match="cannot be read"):
        backup.contents(path)


def test_document_of_another_project_is_never_replaced(
    database: Database[Document], filled: Document, tmp_path: Path
) -> None:
    path = written(database, tmp_path)
    emptied(database)
    database.assets.insert_one(an_asset(_id=filled["asset_id"], project=OTHER_PROJECT))
    with pytest.raises(BulkWriteError, match="E11000"):
        backup.load(database, path)
    assert (database.assets.find_one({"_id": filled["asset_id"]}) or {})["project"] == OTHER_PROJECT


def test_backup_never_overwrites_a_file(
    database: Database[Document], mongodb_uri: str, filled: Document, tmp_path: Path
) -> None:
    path = tmp_path / "harbour.jsonl.gz"
    command = ["backup", PROJECT, str(path), "--uri", mongodb_uri, "--database", database.name]
    result = CliRunner().invoke(build([commands]), command)
    assert (result.exit_code, f"documents of {PROJECT} written to" in result.output) == (0, True)
    content = path.read_bytes()
    assert CliRunner().invoke(build([commands]), command).exit_code == 2
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["harbour.jsonl.gz"]
