"""Exports in finished ranges: killed workers, faults, stops and edits change nothing but time."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foveal.aws.errors import AwsError
from foveal.catalog.search import search
from foveal.exports import parts, run, selections, volumes, writing
from foveal.jobs.files import upload
from tests.integration.exports.test_exports import BEGIN, GET
from tests.integration.imports.conftest import GET_JOB, STOP_JOB, World, imports_cloud, world
from tests.integration.imports.test_imports import assets, yolo

__all__ = ["imports_cloud", "world"]
START_JOB = "POST /v1/jobs/{job_id}/start"
NAMES = "abcdefg"


@pytest.fixture
def filled(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Seven labelled assets, exported in ranges of two."""
    ids = assets(world, *(f"{name}.jpg" for name in NAMES))
    world.start(world.begin(yolo(**{name: f"{at % 2} 0.5 0.5 0.2 0.{at + 1}\n" for at, name in enumerate(NAMES)})))
    for at, asset_id in enumerate(ids.values()):
        made = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=at)
        world.database.assets.update_one({"_id": asset_id}, {"$set": {"created_at": made}})
    monkeypatch.setattr(parts, "MAX_ASSETS", 2)
    return world


def begin(world: World, **body: Any) -> str:
    status, begun = world.call(BEGIN, {"format": "coco", "file_name": "out.json", **body})
    assert status == 202, begun
    return str(begun["job"]["job_id"])


def file_of(world: World, job_id: str) -> bytes:
    found = world.call(GET, job_id=job_id)[1]
    assert "url" in found, found
    assert "files" not in found
    return content_of(found["url"])


def content_of(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - the emulator
        content: bytes = answer.read()
    return content


def undisturbed(world: World) -> bytes:
    job_id = begin(world)
    assert world.work(job_id) == "completed"
    return file_of(world, job_id)


def lease_ends(world: World) -> None:
    world.database.jobs.update_many({"state": "running"}, {"$set": {"due_at": datetime.now(UTC)}})


def progress(world: World, job_id: str) -> tuple[int, int | None]:
    shown = world.call(GET_JOB, job_id=job_id)[1]["progress"]
    return shown["finished"], shown["total"]


def test_export_goes_on_behind_its_ranges_when_the_time_of_a_worker_is_up(filled: World) -> None:
    expected, job_id = undisturbed(filled), begin(filled)
    seen = list[tuple[int, int | None]]()
    while len(seen) < 3:
        assert filled.work(job_id, seconds=0) == "queued"
        seen.append(progress(filled, job_id))
    assert seen == [(2, 8), (4, 8), (6, 8)], "seven assets and the file"
    assert filled.work(job_id) == "completed"
    assert progress(filled, job_id) == (8, 8)
    assert file_of(filled, job_id) == expected


@pytest.mark.parametrize("at", ["before the range is finished", "while the file is written", "after the upload"])
def test_export_is_the_same_when_a_worker_is_killed(filled: World, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    expected, job_id = undisturbed(filled), begin(filled)
    place, name = {
        "before the range is finished": (parts, "store"),
        "while the file is written": (writing, "write"),
        "after the upload": (run, "upload"),
    }[at]
    work, calls = getattr(place, name), list[Any]()

    def killed(*given: Any) -> Any:
        calls.append(work(*given))
        if at != "before the range is finished" or len(calls) == 2:
            raise KeyboardInterrupt
        return calls[-1]

    monkeypatch.setattr(place, name, killed)
    with pytest.raises(KeyboardInterrupt):
        filled.work(job_id)
    monkeypatch.setattr(place, name, work)
    assert filled.work(job_id) == "not due", "the lease still holds"
    lease_ends(filled)
    assert filled.work(job_id) == "completed"
    assert file_of(filled, job_id) == expected
    assert [kind for kind, _ in filled.published].count("ExportCompleted") == 2, "once for each of both exports"


def stored_parts(world: World) -> list[str]:
    found = world.s3.list_objects_v2(Bucket=world.bucket, Prefix="exports/").get("Contents", [])
    return [each["Key"] for each in found if "/parts/" in each["Key"]]


def test_export_of_one_range_stores_no_part_and_begins_again_when_its_worker_is_killed(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, before = undisturbed(filled), stored_parts(filled)
    monkeypatch.setattr(parts, "MAX_ASSETS", 1_000)
    job_id, write = begin(filled), writing.write

    def killed(*given: Any) -> Any:
        write(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        filled.work(job_id)
    monkeypatch.setattr(writing, "write", write)
    lease_ends(filled)
    assert filled.work(job_id) == "completed"
    assert file_of(filled, job_id) == expected
    assert progress(filled, job_id) == (8, 8)
    assert stored_parts(filled) == before


def test_export_of_one_range_is_stored_by_a_worker_without_the_time_for_the_file(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MAX_ASSETS", 1_000)
    job_id = begin(filled)
    assert filled.work(job_id, seconds=0) == "queued"
    assert progress(filled, job_id) == (7, 8)
    assert len(stored_parts(filled)) == 1
    assert filled.work(job_id) == "completed"


def test_part_of_a_worker_that_lost_the_job_does_not_reach_the_file(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow worker stores its part after the next worker has read the same range otherwise."""
    job_id, store, late = begin(filled), parts.store, list[Any]()

    def slow(*given: Any) -> Any:
        if not late:
            late.append(given)
            lease_ends(filled)
            assert filled.work(job_id, seconds=0) == "queued"
            filled.database.assets.delete_one({"file_name": "c.jpg"})
        return store(*given)

    monkeypatch.setattr(parts, "store", slow)
    assert filled.work(job_id, seconds=0) == "not due"
    assert filled.work(job_id) == "completed"
    names = [each for each in NAMES if f"{each}.jpg".encode() in file_of(filled, job_id)]
    assert names == ["a", "b", "d", "e", "f", "g"]
    assert filled.call(GET, job_id=job_id)[1]["job"]["result"]["asset_count"] == 6


def test_export_goes_on_after_a_fault_of_the_bucket(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, job_id, calls = undisturbed(filled), begin(filled), list[Any]()

    def faulty(*given: Any) -> Any:
        calls.append(given)
        if len(calls) % 2:
            raise AwsError("PutObject", "SlowDown", 503)
        return upload(*given)

    monkeypatch.setattr(parts, "upload", faulty)
    states = list[str]()
    while not states or states[-1] == "queued":
        states.append(filled.work(job_id))
    assert states == [*["queued"] * 4, "completed"]
    assert file_of(filled, job_id) == expected


def test_export_stops_after_its_range_and_goes_on_when_it_is_started(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, job_id, store = undisturbed(filled), begin(filled), parts.store

    def stopping(*given: Any) -> Any:
        assert filled.call(STOP_JOB, job_id=job_id)[1]["is_stopping"]
        return store(*given)

    monkeypatch.setattr(parts, "store", stopping)
    assert filled.work(job_id) == "stopped"
    assert progress(filled, job_id) == (2, 8)
    monkeypatch.setattr(parts, "store", store)
    assert filled.call(START_JOB, role="viewer", job_id=job_id)[0] == 403
    status, started = filled.call(START_JOB, job_id=job_id)
    assert (status, started["state"], filled.started[-1]) == (202, "queued", job_id)
    assert filled.work(job_id) == "completed"
    assert file_of(filled, job_id) == expected


def test_export_stops_while_its_file_is_written(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, fetch = begin(filled), parts.fetch

    def stopping(*given: Any) -> Any:
        filled.call(STOP_JOB, job_id=job_id)
        return fetch(*given)

    monkeypatch.setattr(parts, "fetch", stopping)
    assert filled.work(job_id) == "stopped"


def test_edits_behind_the_reading_do_not_change_an_export(filled: World) -> None:
    job_id = begin(filled)
    assert filled.work(job_id, seconds=0) == "queued"
    filled.database.annotations.update_many({}, {"$set": {"label": "edited"}})
    late = assets(filled, "later.jpg")["later.jpg"]
    filled.database.assets.update_one({"_id": late}, {"$set": {"created_at": datetime.now(UTC)}})
    assert filled.work(job_id) == "completed"
    content = file_of(filled, job_id)
    assert b"later.jpg" not in content, "it was created after the export began"
    labels = {each["id"]: each["name"] for each in json.loads(content)["categories"]}
    found = [labels[each["category_id"]] for each in json.loads(content)["annotations"]]
    assert found == ["car", "dog", *["edited"] * 5], "each asset is as it was when it was read"


def test_export_of_more_text_than_one_file_takes_has_several_files(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is a data set with its assets and the classes of all; workers go on at the file that is not there."""
    whole = json.loads(undisturbed(filled))
    monkeypatch.setattr(volumes, "MAX_BYTES", 1_500)
    job_id, states = begin(filled), list[str]()
    while not states or states[-1] == "queued":
        states.append(filled.work(job_id, seconds=0 if len(states) < 5 else 60))
    assert states[-1] == "completed"
    found = filled.call(GET, job_id=job_id)[1]
    files = found["files"]
    assert len(files) > 1
    assert [each["name"] for each in files] == [f"out-{number}.json" for number in range(1, len(files) + 1)]
    contents = [json.loads(content_of(each["url"])) for each in files]
    assert found["url"].partition("?")[0] == files[0]["url"].partition("?")[0]
    assert [each["file_name"] for content in contents for each in content["images"]] == [
        f"{name}.jpg" for name in NAMES
    ]
    assert all(content["categories"] == whole["categories"] for content in contents)
    assert sum(len(content["annotations"]) for content in contents) == len(whole["annotations"])
    result = found["job"]["result"]
    assert (result["asset_count"], result["annotation_count"]) == (7, 7)
    assert [each["asset_count"] for each in files] == [len(content["images"]) for content in contents]
    assert result["size_bytes"] == sum(each["size_bytes"] for each in files)
    assert progress(filled, job_id) == (7 + len(files), 7 + len(files))
    (event,) = [detail for kind, detail in filled.published if kind == "ExportCompleted" and detail["job_id"] == job_id]
    assert [key.rpartition("/")[2] for key in event["keys"]] == [each["name"] for each in files]


def test_file_of_several_is_written_again_when_its_worker_is_killed(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volumes, "MAX_BYTES", 1_500)
    job_id, write, calls = begin(filled), writing.write, list[Any]()

    def killed(*given: Any) -> Any:
        calls.append(write(*given))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return calls[-1]

    monkeypatch.setattr(writing, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        filled.work(job_id)
    lease_ends(filled)
    assert filled.work(job_id) == "completed"
    files = filled.call(GET, job_id=job_id)[1]["files"]
    assert len(calls) == len(files) + 1, "the first file is not written again"
    names = [each["file_name"] for file in files for each in json.loads(content_of(file["url"]))["images"]]
    assert names == [f"{name}.jpg" for name in NAMES]


def test_checkpoint_of_an_earlier_version_goes_on_as_one_file(filled: World) -> None:
    expected, job_id = undisturbed(filled), begin(filled)
    assert filled.work(job_id, seconds=0) == "queued"
    filled.database.jobs.update_one({"_id": job_id}, {"$unset": {"checkpoint.volumes": 1}})
    assert filled.work(job_id) == "completed"
    assert file_of(filled, job_id) == expected


def test_export_fails_with_what_to_do_when_no_worker_has_the_time_for_its_file(filled: World) -> None:
    job_id, states = begin(filled), list[str]()
    while not states or states[-1] == "queued":
        states.append(filled.work(job_id, seconds=0))
    assert states[-1] == "failed"
    assert len(states) <= 4 + run.MAX_WRITES + 1
    assert "in the time of one worker" in filled.call(GET_JOB, job_id=job_id)[1]["failure"]["detail"]


def test_large_file_is_begun_by_a_worker_with_all_of_its_time(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BYTES_PER_SECOND", 1)
    job_id = begin(filled)
    assert filled.work(job_id, seconds=30) == "queued"
    assert progress(filled, job_id) == (7, 8)
    assert filled.work(job_id, seconds=30) == "completed"


def test_export_says_what_to_do_when_its_parts_have_expired(filled: World) -> None:
    job_id = begin(filled)
    assert filled.work(job_id, seconds=0) == "queued"
    for each in filled.s3.list_objects_v2(Bucket=filled.bucket, Prefix="exports/")["Contents"]:
        filled.s3.delete_object(Bucket=filled.bucket, Key=each["Key"])
    assert filled.work(job_id) == "failed"
    assert "begin another export" in filled.call(GET_JOB, job_id=job_id)[1]["failure"]["detail"]


def test_job_that_an_earlier_version_began_is_exported_in_ranges(filled: World) -> None:
    expected, job_id = undisturbed(filled), begin(filled)
    filled.database.jobs.update_one({"_id": job_id}, {"$set": {"total": 1}})
    assert filled.work(job_id, seconds=0) == "queued"
    assert progress(filled, job_id) == (2, 8)
    assert filled.work(job_id) == "completed"
    assert file_of(filled, job_id) == expected


@pytest.mark.parametrize("way", ["asset_ids", "import_id", "filter"])
def test_every_selection_goes_on_where_it_was_left(filled: World, way: str) -> None:
    ids = [each["_id"] for each in filled.database.assets.find().sort("file_name", -1)]
    import_ = filled.database.imports.find_one()
    assert import_ is not None
    body = {
        "asset_ids": {"asset_ids": [*ids, ids[0], "0199f3a2-5c00-7abc-8def-0123456789ab"]},
        "import_id": {"import_id": import_["_id"]},
        "filter": {"filter": {"field": "width", "gte": 1}},
    }[way]
    whole, divided = begin(filled, **body), begin(filled, **body)
    assert filled.work(whole) == "completed"
    while filled.work(divided, seconds=0.001) == "queued" and progress(filled, divided)[0] < 6:
        pass
    assert filled.work(divided) == "completed"
    assert file_of(filled, divided) == file_of(filled, whole)
    assert progress(filled, divided) == (8, 8)


def test_export_takes_the_time_that_a_search_does_not_have(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of a search ends after five seconds; here it would after none."""
    expected = undisturbed(filled)
    monkeypatch.setattr(search, "MAX_MILLISECONDS", 0.001)
    job_id = begin(filled, filter={"field": "width", "gte": 1})
    assert filled.work(job_id, seconds=0) == "queued"
    assert progress(filled, job_id) == (2, None), "counting took too long"
    assert filled.work(job_id) == "completed"
    assert progress(filled, job_id) == (8, 8)
    assert file_of(filled, job_id) == expected


def test_export_says_what_to_narrow_when_its_filter_takes_too_long(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selections, "MAX_SECONDS", 0.000_001)
    job_id = begin(filled)
    assert filled.work(job_id) == "failed"
    assert filled.call(GET_JOB, job_id=job_id)[1]["failure"]["code"] == "QueryTooExpensive"
