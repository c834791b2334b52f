"""Label schemas: one schema enforces a layer, no schema contradicts itself, names are compared normalised."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog.annotations import writes
from foveal.catalog.annotations.editing.batches import OPERATIONS_IN_TRANSACTION
from foveal.catalog.annotations.editing.flush import flush
from foveal.catalog.annotations.operations import Create
from foveal.catalog.author import Author
from foveal.catalog.label_schema_models import LabelSchema
from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes
from foveal.errors import Problem
from tests.integration.catalog.annotation_requests import BOX, PATCH, create, created, on
from tests.integration.catalog.conftest import PROJECT, Client, an_asset
from tests.integration.catalog.in_memory_masks import MemoryMasks

SCHEMA = "PUT /v1/projects/{project}/label-schemas/{name}"
LIST_SCHEMAS = "GET /v1/projects/{project}/label-schemas"
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


def test_layer_is_enforced_by_one_schema_when_several_are_put_at_once(
    database: Database[Document], viewer: Client, admin: Client
) -> None:
    """Each round begins without the project's lock, and with it."""
    for attempt in range(20):
        layer, start = f"layer-{attempt}", Barrier(4)
        if attempt % 2:
            database.label_schema_locks.delete_many({})

        def enforce(name: str, layer: str = layer, start: Barrier = start) -> int:
            start.wait()
            return int(put(admin, f"{layer}-{name}", [{"name": name}], [layer]).status)

        with ThreadPoolExecutor(4) as pool:
            statuses = sorted(pool.map(enforce, ["a", "b", "c", "d"]))
        assert statuses == [200, 409, 409, 409]
        stored = list(database.label_schemas.find({"schema.enforced_fields": layer}))
        assert len(stored) == 1


def test_revision_is_stored_once_when_put_several_times_at_once(database: Database[Document], admin: Client) -> None:
    for known in range(10):
        start = Barrier(4)

        def change(label: str, known: int = known, start: Barrier = start) -> int:
            start.wait()
            return int(put(admin, "s", [{"name": label}], known=known).status)

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(change, ["a", "b", "c", "d"])) == [200, 412, 412, 412]
    assert database.label_schemas.count_documents({}) == 10


def test_schema_is_refused_when_it_is_larger_than_its_limit(admin: Client) -> None:
    """The limit counts the members that the request left to their defaults."""
    labels = [{"name": f"{at:05}", "attributes": [{"name": "a", "input_type": "text"}]} for at in range(10_000)]
    assert put(admin, "s", labels).status == 200
    answer = put(admin, "s", [{**each, "supercategory": "x" * 100} for each in labels], known=1)
    assert (answer.status, answer.body["code"]) == (413, "EntityTooLarge")
    assert "2000000 bytes" in answer.body["detail"]


def test_schemas_are_listed_in_pages_that_fit_into_an_answer(
    database: Database[Document], admin: Client, viewer: Client
) -> None:
    ids = [{"voc": f"{at:0250}", "openimages": f"{at:0250}"} for at in range(1_800)]
    labels = [{"name": each["voc"], "supercategory": "x" * 250, "external_ids": each} for each in ids]
    names = [f"s{position}" for position in range(5)]
    for name in names:
        assert put(admin, name, labels[:10]).status == 200
        assert put(admin, name, labels, known=1).status == 200
    found, query = list[Any](), dict[str, str]()
    while True:
        answer = viewer.call(LIST_SCHEMAS, {"project": PROJECT}, query=query)
        assert answer_bytes(answer.text) <= MAX_ANSWER_BYTES
        found += [(each["name"], each["revision"]) for each in answer.body["items"]]
        if answer.body["next_token"] is None:
            break
        query = {"next_token": answer.body["next_token"]}
    assert found == [(name, 2) for name in names]
    assert len(viewer.call(LIST_SCHEMAS, {"project": PROJECT}, query={"limit": "2"}).body["items"]) == 2
    assert viewer.call(LIST_SCHEMAS, {"project": PROJECT}, query={"limit": "501"}).status == 400


def test_label_has_ids_of_any_format_as_one_or_as_a_list(admin: Client, viewer: Client) -> None:
    ids = {"coco": [3, 0], "label_studio": "car", "kitti": ["Car", "Van"], "yolo": 0, "mask_target": 65_536}
    assert put(admin, "s", [{"name": "car", "external_ids": ids}]).status == 200
    (found,) = viewer.call(LIST_SCHEMAS, {"project": PROJECT}).body["items"]
    assert found["labels"][0]["external_ids"] == ids
    refused: list[Any] = [{"coco": []}, {"coco": 1.5}, {"Not a name": 1}, {"mask_target": 2**24}, {"mask_target": [1]}]
    for wrong in refused:
        assert put(admin, "t", [{"name": "car", "external_ids": wrong}]).status == 400


def test_ids_of_labels_that_an_earlier_version_stored_are_read() -> None:
    stored = {"coco": 1, "yolo": 0, "voc": "car", "cvat": 7, "openimages": "/m/0k4j", "mask_target": 255}
    label = LabelSchema.model_validate({"labels": [{"name": "car", "external_ids": stored}]}).labels[0]
    assert label.model_dump(exclude_none=True)["external_ids"] == stored
    assert (label.ids_in("coco"), label.ids_in("voc"), label.ids_in("mot")) == ([1], ["car"], [])


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
    (
        [{"name": "car", "external_ids": {"kitti": ["Car", "Van"]}}, {"name": "bus", "external_ids": {"kitti": "Van"}}],
        "labels: the external id 'Van' of kitti comes twice.",
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


def test_annotation_is_refused_when_its_layer_became_enforced_before_another_attempt(
    database: Database[Document], asset: Document, editor: Client, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt meets another writer; the label schema is put before the second one."""
    attempts = list[str]()

    def flush_after_another_writer(*arguments: Any, **options: Any) -> None:
        attempts.append("flush")
        if len(attempts) == 1:
            assert put(admin, "s", [{"name": "car"}], ["enf"]).status == 200
            database.assets.update_one({"_id": asset["_id"]}, {"$inc": {"annotation_revision": 1}})
        flush(*arguments, **options)

    monkeypatch.setattr("foveal.catalog.annotations.writes.flush", flush_after_another_writer)
    answer = create(editor, asset, {**BOX, "field": "enf", "label": "bus"})
    assert (answer.status, len(attempts)) == (400, 2)
    assert "is not in the label schema of enf" in answer.body["detail"]
    assert database.annotations.count_documents({}) == 0


def test_annotations_of_a_call_are_checked_by_the_schema_that_each_transaction_sees(
    database: Database[Document], asset: Document, admin: Client
) -> None:
    """A call of many operations has several transactions; the label schema is put between two of them."""

    def operations() -> Iterator[Create]:
        draft = {**BOX, "field": "enf", "label": "bus"}
        yield from [Create(op="create", asset_id=asset["_id"], annotation=draft)] * OPERATIONS_IN_TRANSACTION
        yield Create(op="create", asset_id=other["_id"], annotation=draft)
        assert put(admin, "s", [{"name": "car"}], ["enf"]).status == 200
        yield Create(op="create", asset_id=other["_id"], annotation=draft)

    author, other = Author.now("editor-1"), an_asset()
    database.assets.insert_one(other)
    outcomes = list(writes.stream(database, PROJECT, author, operations(), ordered=True, masks=MemoryMasks()))
    refused = [isinstance(each, Problem) for each in outcomes]
    assert refused == [False] * OPERATIONS_IN_TRANSACTION + [True]
