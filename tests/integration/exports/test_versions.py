"""Exports of data set versions: exactly what is pinned, in its splits, whatever is edited since."""

import io
import json
import zipfile
from typing import Any

import pytest

from foveal.catalog import label_schemas
from foveal.catalog.annotations import ids as identity
from foveal.catalog.annotations import writes
from foveal.catalog.annotations.operations import OPERATION
from foveal.catalog.author import Author
from foveal.catalog.label_schema_models import LabelSchema
from foveal.errors import Problem
from foveal.exports import parts
from foveal.formats.base.files.png import Picture, encode
from tests.integration.catalog.in_memory_masks import MemoryMasks
from tests.integration.exports.test_exports import BEGIN, export
from tests.integration.exports.test_ranges import begin, file_of
from tests.integration.imports.conftest import GET_JOB, PROJECT, World, imports_cloud, world
from tests.integration.imports.test_imports import assets, yolo

__all__ = ["imports_cloud", "world"]
CREATE = "POST /v1/projects/{project}/datasets/{name}/versions"
DELETE = "DELETE /v1/projects/{project}/datasets/{name}/versions/{version}"
FORMATS = ["yolo", "coco", "voc", "label_studio", "csv"]
NAMES = "abcdefgh"


def write(world: World, *operations: dict[str, Any]) -> list[Any]:
    parsed = [OPERATION.validate_python(each) for each in operations]
    found = writes.write(world.database, PROJECT, Author.now("editor"), parsed, masks=MemoryMasks())
    assert not [each for each in found if isinstance(each, Problem)], found
    return list(found)


def create(world: World, **body: Any) -> Any:
    status, made = world.call(CREATE, body, name="birds")
    assert status == 201, made
    return made


def store_bytes(world: World, asset_id: str, width: int) -> None:
    """Store an image of so many pixels as the current version of an asset, as ingest would."""
    key = f"media/{PROJECT}/{asset_id}/original.png"
    image = encode(Picture(width, 2, 1, bytes(width * 2)))
    stored = world.s3.put_object(Bucket=world.bucket, Key=key, Body=image)
    facts = {
        "s3": {"bucket": world.bucket, "key": key, "version_id": stored["VersionId"], "etag": stored["ETag"]},
        "checksums": {"sha256": f"{width}"},
        **{"media_type": "image", "width": width, "height": 2},
    }
    world.database.assets.update_one({"_id": asset_id}, {"$set": facts})


@pytest.fixture
def ids(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Eight labelled assets, whose exports are read in ranges of three; the ids by file name."""
    found = assets(world, *(f"{name}.jpg" for name in NAMES))
    world.s3.put_bucket_versioning(Bucket=world.bucket, VersioningConfiguration={"Status": "Enabled"})
    store_bytes(world, found["a.jpg"], 40)
    rows = {name: f"{at % 2} 0.5 0.5 0.2 0.{at + 1}\n" for at, name in enumerate(NAMES)}
    world.start(world.begin(yolo(**rows)))
    monkeypatch.setattr(parts, "MAX_ASSETS", 3)
    return found


def edit_everything(world: World, ids: dict[str, str]) -> None:
    """Change what can change: annotations, names, bytes, review marks, imports, and assets that come and go."""
    stored = list(world.database.annotations.find().sort("_id", 1))
    box = {"type": "detection", "field": "ground_truth", "label": "new", "bbox": [0.1, 0.1, 0.1, 0.1]}
    for number, each in enumerate(stored):
        name = {"annotation_id": identity.public(each["_id"]), "revision": each["revision"]}
        if number % 2:
            write(world, {"op": "delete", **name})
        else:
            write(world, {"op": "update", **name, "changes": {"label": "new", "bbox": [0.1, 0.1, 0.1, 0.1]}})
    write(world, {"op": "create", "asset_id": ids["c.jpg"], "annotation": box})
    store_bytes(world, ids["a.jpg"], 80)
    world.database.assets.update_many({}, {"$set": {"reviewed_fields": ["ground_truth"], "tags": ["x"]}})
    world.database.assets.update_one({"_id": ids["b.jpg"]}, {"$set": {"file_name": "renamed.jpg"}})
    world.database.assets.update_one({"_id": ids["d.jpg"]}, {"$set": {"status": "deleted"}})
    assets(world, "later.jpg")
    world.start(world.begin(yolo(a="1 0.5 0.5 0.3 0.3\n")))


@pytest.mark.parametrize("format_", FORMATS)
def test_export_of_a_version_stays_byte_equal_after_edits(world: World, ids: dict[str, str], format_: str) -> None:
    create(world, split={"shares": {"train": 0.5, "val": 0.5}})
    chosen = {"format": format_, "file_name": "out.zip", "dataset": "birds", "version": 1}
    before = begin(world, **chosen)
    assert world.work(before) == "completed"
    edit_everything(world, ids)
    after = begin(world, **chosen)
    while world.work(after, seconds=0) == "queued" and world.call(GET_JOB, job_id=after)[1]["progress"]["finished"] < 8:
        pass
    assert world.work(after) == "completed"
    assert file_of(world, after) == file_of(world, before)
    result = world.call(GET_JOB, job_id=after)[1]["result"]
    assert (result["asset_count"], result["annotation_count"]) == (8, 8)
    now = begin(world, format=format_, file_name="out.zip")
    assert world.work(now) == "completed"
    assert file_of(world, now) != file_of(world, before)


def test_splits_of_a_version_are_those_of_its_export(world: World, ids: dict[str, str]) -> None:
    made = create(world, split={"shares": {"train": 0.5, "val": 0.5}})
    sizes = {each["split"]: each["assets"] for each in made["splits"]}
    sizes = {split: count for split, count in sizes.items() if count}  # ids are random: all may fall into one split
    _, files = export(world, format="yolo", dataset="birds", version=1)
    labels = [name.split("/")[1] for name in files if name.startswith("labels/")]
    assert {split: labels.count(split) for split in sizes} == sizes
    _, files = export(world, format="coco", dataset="birds", version=1)
    images = {name: len(json.loads(content)["images"]) for name, content in files.items() if name.endswith(".json")}
    assert images == {f"annotations/instances_{split}.json": count for split, count in sizes.items()}


def test_classes_are_those_of_the_pinned_revision_of_a_label_schema(world: World, ids: dict[str, str]) -> None:
    def put(known: int, *names: str) -> None:
        schema = LabelSchema.model_validate({"labels": [{"name": name} for name in names]})
        label_schemas.put(world.database, PROJECT, "classes", Author.now("editor"), schema, known)

    put(0, "dog", "car")
    create(world)
    put(1, "car", "dog", "zebra")
    _, files = export(world, format="yolo", dataset="birds", version=1, label_schema="classes")
    assert b"zebra" not in files["data.yaml"]
    wanted = {"format": "yolo", "dataset": "birds", "version": 1, "label_schema": "absent"}
    assert world.call(BEGIN, wanted)[0] == 404


def test_reviewed_annotation_of_a_version_is_exported_as_that_of_the_catalog(world: World, ids: dict[str, str]) -> None:
    box = {"type": "detection", "field": "ground_truth", "label": "owl", "bbox": [0.1, 0.1, 0.1, 0.1]}
    review = {"review": {"state": "accepted", "by": "ann", "at": "2026-01-02T03:04:05Z"}}
    write(world, {"op": "create", "asset_id": ids["c.jpg"], "annotation": {**box, **review}})
    create(world)
    for selected in ({"dataset": "birds", "version": 1}, {"asset_ids": [ids["c.jpg"]]}):
        _, files = export(world, format="csv", fields=["ground_truth"], **selected)
        (table,) = files.values()
        assert b"accepted" in table


def test_layers_of_a_version_are_chosen(world: World, ids: dict[str, str]) -> None:
    box = {"type": "detection", "field": "model", "label": "zebra", "bbox": [0.1, 0.1, 0.1, 0.1]}
    write(world, {"op": "create", "asset_id": ids["c.jpg"], "annotation": box})
    create(world)
    found, _ = export(world, format="coco", dataset="birds", version=1, fields=["model"])
    assert found["job"]["result"]["annotation_count"] == 1


def test_export_fails_when_its_version_is_deleted_meanwhile(world: World, ids: dict[str, str]) -> None:
    create(world)
    job_id = begin(world, dataset="birds", version=1)
    assert world.work(job_id, seconds=0) == "queued"
    assert world.call(DELETE, role="admin", name="birds", version="1")[0] < 300
    assert world.work(job_id) == "failed"
    assert world.call(GET_JOB, job_id=job_id)[1]["failure"]["code"] == "NotFound"


def test_export_says_so_when_pinned_bytes_are_gone(world: World, ids: dict[str, str]) -> None:
    create(world)
    asset = world.database.assets.find_one({"_id": ids["a.jpg"]})
    assert asset is not None
    store_bytes(world, ids["a.jpg"], 80)
    s3 = asset["s3"]
    world.s3.delete_object(Bucket=world.bucket, Key=s3["key"], VersionId=s3["version_id"])
    job_id = begin(world, dataset="birds", version=1)
    assert world.work(job_id) == "failed"
    assert "/replaced" in world.call(GET_JOB, job_id=job_id)[1]["failure"]["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"dataset": "birds"}, 400),
        ({"version": 1}, 400),
        ({"dataset": "birds", "version": 1, "asset_ids": ["0199f3a2-5c00-7abc-8def-0123456789ab"]}, 400),
        ({"dataset": "birds", "version": 9}, 404),
        ({"dataset": "absent", "version": 1}, 404),
    ],
)
def test_export_of_a_version_is_refused_when_there_is_none(
    world: World, ids: dict[str, str], body: Any, status: int
) -> None:
    create(world)
    assert world.call(BEGIN, {"format": "coco", **body})[0] == status


def test_version_that_is_being_made_is_not_exported(world: World, ids: dict[str, str]) -> None:
    create(world)
    world.database.dataset_versions.update_one({}, {"$set": {"state": "creating"}})
    assert world.call(BEGIN, {"format": "coco", "dataset": "birds", "version": 1})[0] == 409


def test_archive_of_an_export_is_whole(world: World, ids: dict[str, str]) -> None:
    create(world)
    job_id = begin(world, format="yolo", file_name="out.zip", dataset="birds", version=1)
    assert world.work(job_id) == "completed"
    assert zipfile.ZipFile(io.BytesIO(file_of(world, job_id))).testzip() is None
