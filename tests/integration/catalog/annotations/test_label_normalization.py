"""Labels in Normalization Form C: the migration of labels that earlier versions stored, and filters in any form."""

from typing import Any

import pytest
from pymongo.database import Database
from typer.testing import CliRunner

from foveal.catalog import label_counters
from foveal.catalog.annotations import label_normalization, label_summary
from foveal.cli.operations.catalog import app
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.migration import carry_out
from tests.integration.catalog.annotation_requests import (
    BOX,
    LIST,
    RESTORE,
    REVISIONS,
    create,
    created,
    label_totals,
    on,
    tallied,
)
from tests.integration.catalog.conftest import OTHER_PROJECT, PROJECT, Client, an_asset

NFC, NFD = "caf\u00e9", "cafe\u0301"
SEARCH = "POST /v1/projects/{project}/assets/search"
AGGREGATE = "POST /v1/projects/{project}/assets/aggregate"
SCHEMA = "PUT /v1/projects/{project}/label-schemas/{name}"
PATCH = "PATCH /v1/annotations/{annotation_id}"
DELETE = "DELETE /v1/annotations/{annotation_id}"


def written_by_earlier_versions(database: Database[Document]) -> None:
    """Give every label the form in which a caller of an earlier version sent it, everywhere that version stored it."""
    label_counters.count_in(database, PROJECT)
    database.annotations.update_many({"label": NFC}, {"$set": {"label": NFD}})
    database.annotation_revisions.update_many({"state.label": NFC}, {"$set": {"state.label": NFD}})
    for asset in typed.assets(database).find():
        for entry in asset["label_summary"]:
            entry["label"] = NFD if entry["label"] == NFC else entry["label"]
        asset["label_summary"] = label_summary.ordered(asset["label_summary"])
        values = {"label_summary": asset["label_summary"], "counted": label_counters.mark(asset)}
        database.assets.update_one({"_id": asset["_id"]}, {"$set": values})
    for counted in list(database.label_tally.find({"label": NFC})):
        database.label_tally.delete_one({"_id": counted["_id"]})
        database.label_tally.insert_one({**counted, "_id": counted["_id"].replace(NFC, NFD), "label": NFD})


def migrated(database: Database[Document]) -> list[str]:
    done = carry_out(label_normalization.plan(database))
    assert list(label_normalization.plan(database)) == []
    return done


def found(viewer: Client, label: Any) -> int:
    answer = viewer.call(SEARCH, {"project": PROJECT}, {"filter": {"annotations": {"any": {"label": label}}}})
    assert answer.status == 200, answer.text
    return len(answer.body["items"])


@pytest.fixture
def old(database: Database[Document], asset: Document, editor: Client) -> Document:
    """An asset whose labels an earlier version stored: two in NFD, one of ASCII, one beyond it in NFC."""
    for label in (NFC, NFC, "car", "stra\u00dfe"):
        created(editor, asset, {**BOX, "label": label})
    written_by_earlier_versions(database)
    assert tallied(database)[NFD] == (2, 1)
    return asset


def test_labels_are_in_form_c_when_migrated(
    database: Database[Document], old: Document, viewer: Client, editor: Client
) -> None:
    before = database.assets.find_one() or {}
    assert migrated(database) == [f"bring the label {NFC} of {PROJECT} into Normalization Form C"]
    listed = viewer.call(LIST, {"asset_id": old["_id"]}).body["items"]
    assert sorted(each["label"] for each in listed) == sorted([NFC, NFC, "car", "stra\u00dfe"])
    asset = database.assets.find_one() or {}
    assert asset["label_summary"] == label_summary.summarise(database.annotations.find())
    assert asset["annotation_revision"] == before["annotation_revision"]
    assert (
        tallied(database) == label_totals(database) == {None: (1, 1), NFC: (2, 1), "car": (1, 1), "stra\u00dfe": (1, 1)}
    )
    assert created(editor, old, {**BOX, "label": NFD})["label"] == NFC
    assert tallied(database)[NFC] == (3, 1)


def test_labels_of_both_forms_become_one_when_migrated(
    database: Database[Document], old: Document, editor: Client
) -> None:
    created(editor, old, {**BOX, "label": NFC, "confidence": 0.5})
    migrated(database)
    (entry,) = [each for each in (database.assets.find_one() or {})["label_summary"] if each["label"] == NFC]
    assert (entry["count"], entry["unscored"], entry["max_confidence"]) == (3, 2, 0.5)
    assert tallied(database) == label_totals(database)


def test_labels_of_deleted_assets_and_other_projects_are_migrated(database: Database[Document], old: Document) -> None:
    for change in ({"project": OTHER_PROJECT}, {"status": "deleted"}):
        copy = an_asset(**{"label_summary": (database.assets.find_one() or {})["label_summary"], **change})
        database.assets.insert_one(copy)
        annotation = database.annotations.find_one({"label": NFD}) or {}
        moved = {"_id": f"copy-{copy['_id']}", "asset_id": copy["_id"], "project": copy["project"]}
        database.annotations.insert_one({**annotation, **moved})
    assert len(migrated(database)) == 2
    assert database.annotations.count_documents({"label": NFD}) == 0
    assert database.assets.count_documents({"label_summary.label": NFD}) == 0


def test_annotations_are_migrated_in_parts_when_an_asset_has_many(
    database: Database[Document], old: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_normalization, "ANNOTATIONS_IN_TRANSACTION", 1)
    migrated(database)
    assert database.annotations.count_documents({"label": NFC}) == 2
    assert tallied(database) == label_totals(database)


@pytest.mark.parametrize("asked", [NFC, NFD])
def test_label_is_found_by_either_form_when_migrated(
    database: Database[Document], old: Document, viewer: Client, asked: str
) -> None:
    migrated(database)
    assert (found(viewer, asked), found(viewer, ["none", asked])) == (1, 1)
    by_text = viewer.call("GET /v1/projects/{project}/assets", {"project": PROJECT}, query={"label": asked})
    assert len(by_text.body["items"]) == 1
    counted = {"annotation_counts": {"by": ["label"], "where": {"label": asked}}}
    wanted = {"filter": {"annotations": {"any": {"label": asked}}}, "aggregates": {"a": counted, "b": {"count": {}}}}
    results = viewer.call(AGGREGATE, {"project": PROJECT}, wanted).body["aggregates"]
    assert results["a"]["counts"][0]["annotations"] == 2
    assert results["b"]["count"] == 1


def test_restored_annotation_has_its_label_in_form_c(
    database: Database[Document], asset: Document, editor: Client, viewer: Client
) -> None:
    made = created(editor, asset, {**BOX, "label": NFC})
    changed = editor.call(PATCH, **on(made), body={"label": "car"}).body
    editor.call(DELETE, **on(changed))
    written_by_earlier_versions(database)
    migrated(database)
    answer = editor.call(RESTORE, **on(changed, 3), body={"to": 1})
    assert (answer.status, answer.body["label"]) == (200, NFC)
    shown = viewer.call(REVISIONS, {"annotation_id": made["annotation_id"]}).body["items"]
    assert shown[0]["annotation"]["label"] == NFD


def test_schema_labels_are_in_form_c_when_migrated(
    database: Database[Document], asset: Document, editor: Client, admin: Client, viewer: Client
) -> None:
    """A schema with both forms of a name keeps the first; before the migration it refuses no annotation either."""
    labels = [{"name": "caf"}, {"name": "second", "color": "#ffffff"}, {"name": "car"}]
    body = {"labels": labels, "enforced_fields": ["enf"]}
    assert admin.call(SCHEMA, {"project": PROJECT, "name": "s"}, body, {"if-match": '"0"'}).status == 200
    database.label_schemas.update_one({}, {"$set": {"schema.labels.0.name": NFD, "schema.labels.1.name": NFC}})
    assert create(editor, asset, {**BOX, "field": "enf", "label": NFC}).status == 201
    assert migrated(database) == [f"bring the labels of the schema {PROJECT}/s/000000000001 into Normalization Form C"]
    shown = viewer.call("GET /v1/projects/{project}/label-schemas/{name}", {"project": PROJECT, "name": "s"}).body
    assert [(each["name"], each.get("color")) for each in shown["labels"]] == [(NFC, None), ("car", None)]
    assert create(editor, asset, {**BOX, "field": "enf", "label": NFD}).status == 201


def test_migrate_command_normalises_labels(database: Database[Document], mongodb_uri: str, old: Document) -> None:
    arguments = ["migrate", "--uri", mongodb_uri, "--database", database.name]
    line = f"bring the label {NFC} of {PROJECT} into Normalization Form C"
    assert CliRunner().invoke(app, [*arguments, "--plan"]).output == f"would {line}\n"
    assert CliRunner().invoke(app, arguments).output == f"{line}\n"
    assert CliRunner().invoke(app, arguments).output.startswith("nothing to do")
