"""Label schemas of imports: made where there is none, extended where the import names it."""

import json
from typing import Any

import pytest

from foveal.catalog import label_schemas
from foveal.catalog.author import Author
from foveal.catalog.label_schema_models import LabelSchema
from foveal.imports import run
from tests.integration.imports.conftest import BEGIN, GET, PROJECT, UNDO, World
from tests.integration.imports.test_imports import annotations, assets, yolo

SKELETON = {"keypoints": ["head", "foot"], "skeleton": [[1, 2]]}
CAR = "0 0.5 0.5 0.2 0.2\n"


def coco(*categories: dict[str, Any]) -> dict[str, bytes]:
    """Return a COCO file of one image with a box of each category."""
    boxes = [
        {"id": number, "image_id": 1, "category_id": each["id"], "bbox": [1, 2, 30, 40]}
        for number, each in enumerate(categories)
    ]
    image = {"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}
    members = {"images": [image], "annotations": boxes, "categories": categories}
    return {"instances.json": json.dumps(members).encode()}


def schema_of(world: World, name: str = "ground_truth") -> Any:
    stored = label_schemas.find(world.database, PROJECT, name)
    return stored and label_schemas.public(stored)


def put(world: World, name: str, *labels: dict[str, Any], **members: Any) -> None:
    stored = label_schemas.find(world.database, PROJECT, name)
    schema = LabelSchema.model_validate({"labels": list(labels), **members})
    label_schemas.put(world.database, PROJECT, name, Author.now("admin"), schema, stored["revision"] if stored else 0)


def test_import_makes_the_schema_of_its_layer_with_ids_and_skeleton(world: World) -> None:
    assets(world, "a.jpg")
    person = {"id": 17, "name": "person", "supercategory": "living", **SKELETON}
    import_id = world.begin(coco(person, {"id": 3, "name": "car"}))
    expected = {"name": "ground_truth", "added_count": 2, "extended_count": 0, "lacking_count": 0}
    assert world.start(import_id, dry_run=True)["label_schema"] == {**expected, "revision": None}
    assert schema_of(world) is None
    assert world.start(import_id)["label_schema"] == {**expected, "revision": 1}
    first, second = schema_of(world)["labels"]
    assert (first["name"], first["external_ids"], first["supercategory"]) == ("person", {"coco": 17}, "living")
    assert first["skeleton"] == {"names": ["head", "foot"], "edges": [[0, 1]]}
    assert (second["name"], second["external_ids"]) == ("car", {"coco": 3})
    assert schema_of(world)["enforced_fields"] == []


def test_schema_has_the_name_of_the_layer_in_the_characters_of_names(world: World) -> None:
    assets(world, "a.jpg")
    world.start(world.begin(yolo(a=CAR), field="gt.v2"))
    assert [each["name"] for each in schema_of(world, "gt_v2")["labels"]] == ["car", "dog"]


def test_schema_that_is_there_stays_and_what_it_lacks_is_told(world: World) -> None:
    assets(world, "a.jpg")
    put(world, "ground_truth", {"name": "car"})
    done = world.start(world.begin(yolo(a=CAR)))
    assert schema_of(world)["revision"] == 1
    assert (done["label_schema"]["revision"], done["label_schema"]["lacking_count"]) == (None, 1)
    assert done["counts"]["warnings"] == 1
    (told,) = world.report(done)
    assert (told["code"], "lacks dog" in told["message"]) == ("label_schema_lacks", True)


def test_named_schema_is_extended_by_admins_alone(world: World) -> None:
    assets(world, "a.jpg")
    put(world, "traffic", {"name": "car", "color": "#00ff00"})
    files = [{"name": "a.json", "size_bytes": 5}]
    assert world.call(BEGIN, {"files": files, "label_schema": "traffic"})[0] == 403
    done = world.start(world.begin(yolo(a=CAR), role="admin", label_schema="traffic"))
    assert done["label_schema"] == {
        **{"name": "traffic", "revision": 2},
        **{"added_count": 1, "extended_count": 1, "lacking_count": 0},
    }
    car, dog = schema_of(world, "traffic")["labels"]
    assert (car["color"], car["external_ids"], dog["external_ids"]) == ("#00ff00", {"yolo": 0}, {"yolo": 1})
    assert schema_of(world) is None


def test_enforced_schema_knows_new_labels_before_their_annotations_are_written(world: World) -> None:
    assets(world, "a.jpg")
    put(world, "traffic", {"name": "car"}, enforced_fields=["ground_truth"])
    refused = world.start(world.begin(yolo(a="1 0.5 0.5 0.2 0.2\n")))
    assert (refused["counts"]["imported"], refused["counts"]["not_imported"]) == (0, 1)
    done = world.start(world.begin(yolo(a="1 0.5 0.5 0.2 0.2\n"), role="admin", label_schema="traffic"))
    assert done["counts"]["imported"] == 1
    assert (done["label_schema"]["added_count"], done["label_schema"]["revision"]) == (1, 2)


def test_layer_that_enforces_a_schema_gets_no_other_one(world: World) -> None:
    assets(world, "a.jpg")
    put(world, "traffic", {"name": "car"}, enforced_fields=["ground_truth"])
    done = world.start(world.begin(yolo(a=CAR)))
    assert done["counts"]["imported"] == 1
    assert (done["label_schema"]["name"], done["label_schema"]["lacking_count"]) == ("traffic", 1)
    assert schema_of(world) is None
    assert schema_of(world, "traffic")["revision"] == 1


def test_import_of_nothing_makes_no_schema(world: World) -> None:
    done = world.start(world.begin(yolo(a=CAR)))
    assert "label_schema" not in done
    assert schema_of(world) is None


def test_schemas_of_imports_at_once_hold_the_labels_of_both(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assets(world, "a.jpg")
    store = label_schemas.put

    def overtaken(*given: Any) -> Any:
        monkeypatch.setattr(label_schemas, "put", store)
        put(world, "ground_truth", {"name": "boat"})
        return store(*given)

    monkeypatch.setattr(label_schemas, "put", overtaken)
    done = world.start(world.begin(yolo(a=CAR)))
    assert [each["name"] for each in schema_of(world)["labels"]] == ["boat", "car", "dog"]
    assert done["label_schema"]["revision"] == 2


def test_schema_is_written_once_by_an_import_of_several_workers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "ASSETS_IN_RANGE", 1)
    assets(world, "a.jpg", "b.jpg", "c.jpg")
    import_id = world.begin(yolo(a=CAR, b=CAR, c=CAR))
    _, started = world.call("POST /v1/imports/{import_id}/start", {}, import_id=import_id)
    while world.work(started["job"]["job_id"], seconds=0) == "queued":
        pass
    done = world.call(GET, import_id=import_id)[1]
    assert (done["label_schema"]["added_count"], done["label_schema"]["revision"]) == (2, 1)


def test_undo_leaves_the_schema(world: World) -> None:
    assets(world, "a.jpg")
    import_id = world.begin(yolo(a=CAR))
    world.start(import_id)
    _, started = world.call(UNDO, import_id=import_id)
    assert world.work(started["job"]["job_id"]) == "completed"
    assert annotations(world) == []
    assert schema_of(world)["revision"] == 1
