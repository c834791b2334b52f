"""Label schemas: one schema enforces a layer, no schema contradicts itself, names are compared normalised."""

from typing import Any

import pytest
from pymongo.database import Database

from foveal.database.client import Document
from tests.integration.catalog.annotating import BOX, PATCH, create, created, on
from tests.integration.catalog.conftest import PROJECT, Client

SCHEMA = "PUT /v1/projects/{project}/label-schemas/{name}"
NFC, NFD = "caf\u00e9", "cafe\u0301"


def put(admin: Client, name: str, labels: Any, layers: Any = (), known: int = 0) -> Any:
    body = {"labels": labels, "enforced_fields": list(layers)}
    return admin.call(SCHEMA, {"project": PROJECT, "name": name}, body, {"if-match": f'"{known}"'})


def test_layers_enforced_by_another_schema_are_a_conflict(asset: Document, editor: Client, admin: Client) -> None:
    assert put(admin, "s1", [{"name": "car"}], ["enf"]).status == 200
    answer = put(admin, "s2", [{"name": "bus"}], ["other", "enf"])
    assert (answer.status, answer.body["code"]) == (409, "Conflict")
    assert answer.body["detail"].startswith("enforced_fields: enf is enforced by the label schema s1 already")
    assert create(editor, asset, {**BOX, "field": "enf", "label": "car"}).status == 201
    assert put(admin, "s1", [{"name": "car"}, {"name": "van"}], ["enf"], known=1).status == 200
    assert put(admin, "s1", [{"name": "car"}], [], known=2).status == 200
    assert put(admin, "s2", [{"name": "bus"}], ["enf"]).status == 200


def attribute(**more: Any) -> Any:
    return [{"name": "car", "attributes": [{"name": "speed", **more}]}]


CONTRADICTIONS: list[tuple[Any, str]] = [
    (
        [{"name": "car", "attributes": [{"name": "a", "input_type": "text"}, {"name": "a", "input_type": "number"}]}],
        "labels.0.attributes: 'a' comes twice.",
    ),
    (
        attribute(input_type="number", minimum=2, maximum=1),
        "labels.0.attributes.speed: minimum is larger than maximum.",
    ),
    (
        attribute(input_type="select", values=["a", "b"], default="c"),
        "labels.0.attributes.speed: default must be one of ['a', 'b'].",
    ),
    (
        attribute(input_type="number", minimum=0, maximum=1, default=2),
        "labels.0.attributes.speed: default must lie between 0.0 and 1.0.",
    ),
    (attribute(input_type="checkbox", default="x"), "labels.0.attributes.speed: default must be true or false."),
    (
        [{"name": "car", "external_ids": {"yolo": 0}}, {"name": "bus", "external_ids": {"yolo": 0}}],
        "labels: the external id 0 of yolo comes twice.",
    ),
    (
        [{"name": "car", "external_ids": {"voc": "x"}}, {"name": "bus", "external_ids": {"voc": "x"}}],
        "labels: the external id 'x' of voc comes twice.",
    ),
    ([{"name": "car", "id": "1"}, {"name": "bus", "id": "1"}], "labels: the id '1' comes twice."),
]


@pytest.mark.parametrize(("labels", "detail"), CONTRADICTIONS, ids=[detail for _, detail in CONTRADICTIONS])
def test_schemas_that_contradict_themselves_are_refused(admin: Client, labels: Any, detail: str) -> None:
    answer = put(admin, "s", labels)
    assert (answer.status, answer.body["detail"]) == (400, detail)


def test_contradictory_schemas_of_earlier_versions_are_still_enforced(
    database: Database[Document], asset: Document, editor: Client, admin: Client
) -> None:
    assert put(admin, "s", attribute(input_type="number"), ["enf"]).status == 200
    twice = [{"name": "speed", "input_type": "number", "minimum": 2, "maximum": 1, "default": "x"}] * 2
    database.label_schemas.update_one({}, {"$set": {"schema.labels.0.attributes": twice}})
    assert create(editor, asset, {**BOX, "field": "enf", "label": "car"}).status == 201
    assert create(editor, asset, {**BOX, "field": "enf", "label": "bus"}).status == 400


@pytest.mark.parametrize("sent", [NFC, NFD])
def test_labels_that_look_alike_are_one_label(
    database: Database[Document], asset: Document, editor: Client, viewer: Client, sent: str
) -> None:
    made = created(editor, asset, {**BOX, "label": sent})
    assert made["label"] == NFC
    classified = created(editor, asset, {"type": "classification", "field": "c", "label": sent})
    assert classified["label"] == NFC
    assert editor.call(PATCH, **on(made), body={"label": NFD}).body["label"] == NFC
    summary = (database.assets.find_one() or {})["label_summary"]
    assert {entry["label"] for entry in summary} == {NFC}


@pytest.mark.parametrize("stored", [NFC, NFD])
def test_enforced_labels_are_compared_normalised(
    database: Database[Document], asset: Document, editor: Client, admin: Client, stored: str
) -> None:
    assert put(admin, "s", [{"name": NFD}], ["enf"]).body["labels"][0]["name"] == NFC
    database.label_schemas.update_one({}, {"$set": {"schema.labels.0.name": stored}})  # as earlier versions wrote it
    for sent in (NFC, NFD):
        assert create(editor, asset, {**BOX, "field": "enf", "label": sent}).status == 201


def test_names_that_differ_only_in_normalisation_come_twice(admin: Client) -> None:
    assert put(admin, "s", [{"name": NFC}, {"name": NFD}]).status == 400
