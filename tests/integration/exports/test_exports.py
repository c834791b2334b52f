"""Exports: what was imported comes out as it came, edited records are made anew, losses are told."""

import io
import json
import urllib.request
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from foveal.events import contract
from tests.integration.imports.conftest import World, imports_cloud, world
from tests.integration.imports.test_imports import annotations, assets, yolo

__all__ = ["imports_cloud", "world"]
BEGIN, GET = "POST /v1/projects/{project}/exports", "GET /v1/exports/{job_id}"
FILES = yolo(a="0 0.5 0.5 0.2 0.2\n1 0.500 0.5 0.1 0.1\n", b="0 0.25 0.25 0.5 0.5\n")


def export(world: World, **body: Any) -> tuple[Any, dict[str, bytes]]:
    """Return an export that the worker made, and the files of its archive."""
    status, begun = world.call(BEGIN, body, role="viewer")
    assert status == 202, begun
    job_id = begun["job"]["job_id"]
    state = world.work(job_id)
    found = world.call(GET, job_id=job_id)[1]
    assert state == "completed", found
    with urllib.request.urlopen(found["url"]) as answer:  # noqa: S310 - the emulator
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    return found, {name: archive.read(name) for name in archive.namelist()}


def test_unedited_import_comes_out_byte_for_byte(world: World) -> None:
    assets(world, "a.jpg", "b.jpg")
    import_id = world.begin(FILES)
    world.start(import_id)
    found, files = export(world, format="yolo", import_id=import_id)
    labels = {name: text for name, text in FILES.items() if name.startswith("labels/")}
    assert {name: text for name, text in files.items() if name.startswith("labels/")} == labels
    result = found["job"]["result"]
    assert (result["asset_count"], result["annotation_count"], result["left_out_count"]) == (2, 3, 0)
    (event,) = [detail for kind, detail in world.published if kind == "ExportCompleted"]
    contract.check({"source": "foveal", "detail-type": "ExportCompleted", "detail": event})


def test_edited_record_is_made_anew_and_the_others_stay(world: World) -> None:
    assets(world, "a.jpg", "b.jpg")
    import_id = world.begin(FILES)
    world.start(import_id)
    stored = next(each for each in annotations(world) if each["label"] == "dog")
    change = {"$set": {"bbox": [0.1, 0.1, 0.2, 0.2], "origin.edited": True}, "$unset": {"bbox_px": ""}}
    world.database.annotations.update_one({"_id": stored["_id"]}, change)
    _, files = export(world, format="yolo", import_id=import_id)
    first, second = files["labels/train/a.txt"].decode().splitlines()
    assert first == "0 0.5 0.5 0.2 0.2"
    assert [float(number) for number in second.split()] == pytest.approx([1, 0.2, 0.2, 0.2, 0.2])
    assert files["labels/train/b.txt"] == FILES["labels/train/b.txt"]


def test_assets_of_a_filter_come_out_in_another_format_with_every_loss(world: World) -> None:
    ids = assets(world, "a.jpg", "b.jpg")
    world.start(world.begin(FILES))
    world.database.annotations.update_many({}, {"$set": {"confidence": 0.5}})
    world.database.assets.update_one({"_id": ids["a.jpg"]}, {"$set": {"tags": ["night"]}})
    world.database.assets.update_many({}, {"$set": {"frame_count": 1}})  # as ingest counts a still picture
    found, files = export(world, format="voc", filter={"field": "tags", "eq": "night"})
    (xml,) = (text.decode() for name, text in files.items() if name.endswith(".xml"))
    assert xml.count("<object>") == 2
    assert found["job"]["result"]["asset_count"] == 1
    lost = {loss["field"] for loss in found["job"]["result"]["losses"]}
    assert "confidence" in lost
    assert "frame_count" not in lost


def test_layers_that_were_not_asked_for_stay_out(world: World) -> None:
    ids = assets(world, "a.jpg")
    world.start(world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n"), field="model"))
    world.start(world.begin(yolo(a="1 0.5 0.5 0.2 0.2\n"), field="truth"))
    _, files = export(world, format="voc", asset_ids=[ids["a.jpg"]], fields=["truth"])
    (xml,) = (text.decode() for name, text in files.items() if name.endswith(".xml"))
    assert ("<name>dog</name>" in xml, "<name>car</name>" in xml) == (True, False)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"format": "no_such"}, 400),
        ({"format": "yolo", "filter": {"field": "tags", "eq": "x"}, "asset_ids": ["a"]}, 400),
        ({"format": "yolo", "view": "absent"}, 404),
        ({"format": "yolo", "import_id": "0199f3a2-5c00-7abc-8def-0123456789ab"}, 404),
        ({"format": "yolo", "file_name": "../x.zip"}, 400),
    ],
)
def test_export_is_refused_when_it_cannot_be_made(world: World, body: Any, status: int) -> None:
    assert world.call(BEGIN, body)[0] == status
    assert world.database.jobs.count_documents({}) == 0


def test_foreign_export_looks_like_an_absent_one(world: World) -> None:
    assets(world, "a.jpg")
    job_id = world.call(BEGIN, {"format": "yolo"})[1]["job"]["job_id"]
    assert world.call(GET, project="meadow", job_id=job_id)[1]["code"] == "NoSuchJob"
    assert "url" not in world.call(GET, job_id=job_id)[1]


COCO = b"""{"info": {"year": 2017}, "licenses": [],
 "annotations": [
  {"id": 9, "image_id": 2, "category_id": 3, "bbox": [10, 20.50, 30, 40], "area": 1200, "iscrowd": 0, "extra": "x"},
  {"id": 7, "image_id": 1, "category_id": 3, "bbox": [9000, 1, 5, 5], "area": 25, "iscrowd": 0},
  {"id": 8, "image_id": 1, "category_id": 5, "segmentation": [[1, 1, 50, 1, 50, 50], [60, 60, 90, 60, 90, 90]],
   "bbox": [1, 1, 89, 89], "area": 1e3, "iscrowd": 0}],
 "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480, "coco_url": "http://x/a.jpg"},
            {"id": 2, "file_name": "b.jpg", "width": 640, "height": 480}],
 "categories": [{"id": 3, "name": "car", "supercategory": "vehicle"}, {"id": 5, "name": "dog"}]}
"""


def test_unedited_coco_file_comes_out_byte_for_byte_with_what_could_not_be_placed(world: World) -> None:
    assets(world, "a.jpg", "b.jpg")
    import_id = world.begin({"instances.json": COCO})
    done = world.start(import_id)
    assert (done["counts"]["imported"], done["counts"]["not_imported"]) == (2, 1)
    status, begun = world.call(BEGIN, {"format": "coco", "import_id": import_id, "file_name": "back.json"})
    assert (status, world.work(begun["job"]["job_id"])) == (202, "completed")
    found = world.call(GET, job_id=begun["job"]["job_id"])[1]
    with urllib.request.urlopen(found["url"]) as answer:  # noqa: S310 - the emulator
        assert answer.read() == COCO


def test_edited_coco_record_is_made_anew_under_its_id_beside_the_others(world: World) -> None:
    assets(world, "a.jpg", "b.jpg")
    import_id = world.begin({"instances.json": COCO})
    world.start(import_id)
    change = {"$set": {"label": "dog", "origin.edited": True}}
    world.database.annotations.update_one({"type": "detection"}, change)
    _, begun = world.call(BEGIN, {"format": "coco", "import_id": import_id, "file_name": "back.json"})
    assert world.work(begun["job"]["job_id"]) == "completed"
    found = world.call(GET, job_id=begun["job"]["job_id"])[1]
    with urllib.request.urlopen(found["url"]) as answer:  # noqa: S310 - the emulator
        text = answer.read().decode()
    first, second = COCO.decode().split('{"id": 9', 1)
    assert text.startswith(first)
    assert text.endswith(second.split("},\n", 1)[1])
    records = {each["id"]: each for each in json.loads(text)["annotations"]}
    assert (records[9]["category_id"], records[9]["bbox"]) == (5, [10, 20.5, 30, 40])


def test_outlines_come_out_of_pixels_where_the_sides_are_known_and_of_shares_elsewhere(world: World) -> None:
    ids = assets(world, "a.jpg", "b.jpg")
    world.start(world.begin({"instances.json": COCO}))
    stored = world.database.annotations.find_one({"type": "polygon"})
    assert stored is not None
    assert set(stored) >= {"rings", "rings_px"}
    wrong = {"rings": [[[0.5, 0.5], [0.6, 0.5], [0.6, 0.6]]], "origin.edited": True}  # so that the two are told apart
    world.database.annotations.update_one({"_id": stored["_id"]}, {"$set": wrong})
    _, files = export(world, format="yolo", asset_ids=[ids["a.jpg"]])
    first, _ = files["labels/train/a.txt"].decode().splitlines()
    assert [float(each) for each in first.split()[1:3]] == pytest.approx([1 / 640, 1 / 480])
    _, tables = export(world, format="csv", asset_ids=[ids["a.jpg"]])
    assert b'""rings"":[[[0.5,0.5]' in tables["annotations.csv"]
    world.database.assets.update_one({"_id": ids["a.jpg"]}, {"$unset": {"width": "", "height": ""}})
    world.database.asset_origins.delete_many({})
    _, files = export(world, format="yolo", asset_ids=[ids["a.jpg"]])
    (first,) = files["labels/train/a.txt"].decode().splitlines()
    assert first.split()[1:3] == ["0.5", "0.5"]


def test_outlines_of_unedited_coco_records_are_those_of_the_records(world: World) -> None:
    ids = assets(world, "a.jpg", "b.jpg")
    world.start(world.begin({"instances.json": COCO}))
    world.database.annotations.update_one({"type": "polygon"}, {"$set": {"rings_px": [[[1, 2], [3, 4], [5, 7]]]}})

    def outlines() -> list[Any]:
        _, files = export(world, format="coco", asset_ids=list(ids.values()))
        (content,) = files.values()
        found = {each["id"]: each for each in json.loads(content)["annotations"]}
        return found[8]["segmentation"] if found[8]["category_id"] in (1, 2) else []

    given = [[1, 1, 50, 1, 50, 50], [60, 60, 90, 60, 90, 90]]
    assert outlines() == given, "under another category_id, as the file had it"
    world.database.annotations.update_one({"type": "polygon"}, {"$set": {"origin.edited": True}})
    assert outlines() == [[1, 2, 3, 4, 5, 7]]


def test_instant_of_a_review_comes_out_as_text(world: World) -> None:
    ids = assets(world, "a.jpg")
    world.start(world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n")))
    reviewed = {"state": "accepted", "at": datetime(2026, 10, 31, 9, 30, tzinfo=UTC)}
    world.database.annotations.update_one({}, {"$set": {"review": reviewed}})
    _, tables = export(world, format="csv", asset_ids=[ids["a.jpg"]])
    assert b'""at"":""2026-10-31T09:30:00.000Z""' in tables["annotations.csv"]
