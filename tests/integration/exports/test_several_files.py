"""Exports of several files come back: each file imported by itself gives what the whole in one file gives."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from foveal.exports import parts, volumes
from foveal.formats.registry import MODULES, load
from tests.integration.exports.test_exports import BEGIN, GET
from tests.integration.exports.test_ranges import content_of
from tests.integration.imports.conftest import GET_JOB, START, World, imports_cloud, world
from tests.integration.imports.test_commands import run
from tests.integration.imports.test_imports import assets

__all__ = ["imports_cloud", "run", "world"]
NAMES = "abcdefg"
EMPTY = "f"
OPTIONS = {"yolo": {"task": "segment"}}
VIDEOS_ALONE = {"mot"}
GEOMETRY = ("bbox", "rings", "mask")


def coco() -> bytes:
    """Return a COCO file: a box, an outline and a mask on each image but one, which is reviewed and empty."""
    images = [{"id": at, "file_name": f"{name}.jpg", "width": 640, "height": 480} for at, name in enumerate(NAMES)]
    found: list[dict[str, Any]] = []
    for image in images:
        at = int(str(image["id"]))
        shapes: list[dict[str, Any]] = [
            {"bbox": [10 + at, 20, 100, 40]},
            {"bbox": [10 + at, 70, 100, 40], "segmentation": [[10 + at, 70, 110 + at, 70, 60, 110]]},
            {"iscrowd": 1, "segmentation": {"size": [480, 640], "counts": [4810 + 480 * at, 500, 301890 - 480 * at]}},
        ]
        for shape in [] if NAMES[at] == EMPTY else shapes:
            found.append({"id": len(found), "image_id": at, "category_id": len(found) % 2, **shape})
    categories = [{"id": 0, "name": "car"}, {"id": 1, "name": "dog"}]
    return json.dumps({"images": images, "annotations": found, "categories": categories}).encode()


def imported(world: World, name: str, content: bytes, format_: str, **said: str) -> Any:
    counts = world.start(world.begin({name: content}, options=OPTIONS.get(format_, {}), **said))["counts"]
    assert counts["imported"] + counts["not_imported"] == counts["records"]
    return counts


def exported(world: World, format_: str, name: str) -> list[bytes]:
    status, begun = world.call(BEGIN, {"format": format_, "file_name": name})
    assert status == 202, begun
    job_id = begun["job"]["job_id"]
    assert world.work(job_id) == "completed", world.call(GET_JOB, job_id=job_id)
    found = world.call(GET, job_id=job_id)[1]
    return [content_of(each["url"]) for each in found.get("files") or [found]]


def taken(world: World) -> tuple[Counter[str], dict[str, list[str]]]:
    """Return the annotations of the project and the reviewed layers of its assets, and take both away."""
    database = world.database
    names = {each["_id"]: each["file_name"] for each in database.assets.find()}
    shapes = Counter(
        json.dumps([names[each["asset_id"]], each["type"], each.get("label"), *(each.get(name) for name in GEOMETRY)])
        for each in database.annotations.find()
    )
    reviewed = {each["file_name"]: each.get("reviewed_fields", []) for each in database.assets.find()}
    for name in ("annotations", "annotation_revisions", "asset_origins", "label_tally", "imports", "label_schemas"):
        database[name].delete_many({})
    gone = dict.fromkeys(("counted", "reviewed_fields", "imported_reviews"), "")
    database.assets.update_many({}, {"$set": {"label_summary": [], "annotation_revision": 0}, "$unset": gone})
    return shapes, reviewed


@pytest.mark.parametrize("name", sorted({*MODULES} - VIDEOS_ALONE))
def test_files_of_an_export_bring_back_what_one_file_brings_back(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assets(world, *(f"{each}.jpg" for each in NAMES))
    assert load(name).write is not None
    imported(world, "in.json", coco(), "coco")
    (whole,) = exported(world, name, "out.zip")
    monkeypatch.setattr(parts, "MAX_ASSETS", 3)
    monkeypatch.setattr(volumes, "MAX_BYTES", 1)
    files = exported(world, name, "out.zip")
    assert len(files) == 3
    taken(world)
    counts = imported(world, "out.zip", whole, name)
    expected = taken(world)
    assert counts["annotations"] == sum(expected[0].values()) >= 6
    # A file may hold the image without labels alone, of which no format is recognised.
    each = [imported(world, f"out-{at}.zip", content, name, format=name) for at, content in enumerate(files, 1)]
    assert taken(world) == expected
    assert [sum(one[key] for one in each) for key in ("records", "imported")] == [counts["records"], counts["imported"]]


@pytest.mark.parametrize("suffix", ["zip", "tar"])
def test_files_of_an_export_are_refused_in_one_import(
    world: World, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    assets(world, *(f"{each}.jpg" for each in NAMES))
    imported(world, "in.json", coco(), "coco")
    monkeypatch.setattr(parts, "MAX_ASSETS", 3)
    monkeypatch.setattr(volumes, "MAX_BYTES", 1)
    files = exported(world, "yolo", f"out.{suffix}")
    import_id = world.begin({f"out-{number}.{suffix}": content for number, content in enumerate(files, 1)})
    job_id = world.call(START, {}, import_id=import_id)[1]["job"]["job_id"]
    assert world.work(job_id) == "failed"
    failure = world.call(GET_JOB, job_id=job_id)[1]["failure"]
    assert failure["detail"].startswith("several_data_sets: out-1")


def test_command_imports_the_files_of_an_export_one_after_the_other(
    world: World, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets(world, *(f"{each}.jpg" for each in NAMES))
    imported(world, "in.json", coco(), "coco")
    monkeypatch.setattr(parts, "MAX_ASSETS", 3)
    monkeypatch.setattr(volumes, "MAX_BYTES", 1)
    assert run("export", str(tmp_path / "out.zip"), "--to", "coco").exit_code == 0
    expected = taken(world)
    files, report = sorted(map(str, tmp_path.iterdir())), tmp_path / "report.jsonl"
    result = run("import", *files, "--report", str(report), "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    summaries = [json.loads(line) for line in result.stdout.splitlines() if '"summary"' in line]
    assert [len(summaries), sum(each["imported"] for each in summaries)] == [3, 18]
    assert taken(world) == expected
    assert [json.loads(line)["code"] for line in report.read_text().splitlines()] == []
    assert run("import", files[0], str(tmp_path / "absent.zip")).exit_code == 2
    assert not taken(world)[0]
