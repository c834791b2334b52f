"""Imports of buckets that exist, over a real MongoDB and an S3 emulator: listings, reports, facts, resumption."""

import json
from typing import Any

import pytest

from foveal.catalog import label_counters
from foveal.imports.bucket import sources
from foveal.imports.bucket.indexing import Index
from foveal.jobs import run as jobs_run
from foveal.objects.keys import dataset_page_key
from tests.integration.delivery.world import fresh_name
from tests.integration.imports.buckets import jpeg, put_report, row, rows_of
from tests.integration.imports.conftest import BEGIN, GET, GET_JOB, PROJECT, START, STOP_JOB, UNDO, World


@pytest.fixture
def archive(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a bucket of somebody else, which the stage may read."""
    name = f"archive-{fresh_name()}"
    world.s3.create_bucket(Bucket=name)
    monkeypatch.setenv("IMPORT_BUCKETS", json.dumps([{"bucket": name}]))
    world.reload()
    return name


def begin(world: World, bucket: str, **members: Any) -> str:
    status, begun = world.call(BEGIN, {"kind": "bucket", "source": {"bucket": bucket, **members}}, role="admin")
    assert status == 201, begun
    assert begun["uploads"] == []
    return str(begun["import"]["import_id"])


def imported(world: World, bucket: str, **members: Any) -> Any:
    return world.start(begin(world, bucket, **members))


def put(world: World, bucket: str, **objects: bytes) -> None:
    for key, data in objects.items():
        world.s3.put_object(Bucket=bucket, Key=key, Body=data)


def assets(world: World) -> dict[str, Any]:
    return {each["attributes"]["source_key"]: each for each in world.database.assets.find({"project": PROJECT})}


def test_listing_becomes_assets_with_facts_and_one_event(world: World, archive: str) -> None:
    put(world, archive, **{"2024/a b.jpg": jpeg(64, 48), "2024/ü.jpg": jpeg(20, 10), "notes.txt": b"x", "2024/": b""})
    found = imported(world, archive, tags=["old"], tags_from_path=True)
    counts = found["rows"]
    assert (counts["rows"], counts["imported"], counts["refused"], counts["read"]) == (4, 2, 2, 2)
    assert counts["refused_by_reason"] == {"folder_key": 1, "unsupported_type": 1}
    assert {each["key"]: each["reason"] for each in world.report(found)} == {
        "2024/": "folder_key",
        "notes.txt": "unsupported_type",
    }
    stored = assets(world)["2024/a b.jpg"]
    assert (stored["status"], stored["width"], stored["height"], stored["file_name"]) == ("ready", 64, 48, "a b.jpg")
    assert stored["tags"] == ["old", "2024"]
    assert stored["s3"]["is_external"] is True
    assert (stored["s3"]["bucket"], stored["s3"]["key"]) == (archive, "2024/a b.jpg")
    assert not any(each.get("pending_events") for each in assets(world).values())
    (event,) = world.published
    assert event[0] == "ImportCompleted"
    assert (event[1]["imported_count"], event[1]["not_imported_count"], event[1]["record_count"]) == (2, 2, 4)


def test_second_import_of_the_same_objects_changes_nothing(world: World, archive: str) -> None:
    put(world, archive, **{f"{number}.jpg": jpeg(16 + number) for number in range(5)})
    imported(world, archive)
    before = assets(world)
    counts = imported(world, archive)["rows"]
    assert (counts["unchanged"], counts["new"], counts["changed"], counts["read"]) == (5, 0, 0, 0)
    assert assets(world) == before


def test_report_has_a_reason_for_each_row_that_is_no_asset(world: World, archive: str) -> None:
    put(world, archive, **{"good.jpg": jpeg(), "also+good%.jpg": jpeg(20, 20)})
    hostile = [
        row(archive, "marker.jpg", is_marker="true", size=""),
        row(archive, "old.jpg", is_latest="false"),
        row(archive, "folder/"),
        row(archive, "empty.jpg", size="0"),
        row(archive, "sse-c.jpg", encryption="SSE-C"),
        row(archive, "x", encoded="%FF%FE.jpg"),
        row(archive, "x", encoded="raw blank.jpg"),
        row("another", "good.jpg"),
        row(archive, "good.jpg"),
        row(archive, "many.jpg", size="-1"),
        row(archive, "when.jpg", at="yesterday"),
        row(archive, "document.pdf"),
        row(archive, "n" * 1030),
        ["too", "few"],
    ]
    archived = [row(archive, "cold.jpg", storage_class="GLACIER")]
    address = put_report(world.s3, archive, archive, [rows_of(world.s3, archive), [*archived, *hostile]])
    found = imported(world, archive, inventory=address)
    counts = found["rows"]
    assert (counts["rows"], counts["imported"], counts["refused"]) == (17, 3, 14)
    assert counts["archived"] == 1
    assert counts["refused_by_reason"] == {
        "customer_key": 1,
        "delete_marker": 1,
        "empty": 1,
        "folder_key": 1,
        "key_not_usable": 1,
        "key_not_utf8": 2,
        "noncurrent_version": 1,
        "older": 1,
        "other_bucket": 1,
        "unreadable_row": 3,
        "unsupported_type": 1,
    }
    refused = [each for each in world.report(found) if each["kind"] == "not_imported"]
    assert len(refused) == counts["refused"]
    stored = assets(world)
    assert (stored["cold.jpg"]["status"], stored["cold.jpg"]["reason"]) == ("failed", "archived")
    assert stored["also+good%.jpg"]["status"] == "ready"


def test_several_workers_share_the_data_files_and_the_last_one_ends_the_import(world: World, archive: str) -> None:
    files = [[row(archive, f"{part}/{number}.jpg") for number in range(7)] for part in range(5)]
    import_id = begin(world, archive, inventory=put_report(world.s3, archive, archive, files), facts=False, workers=3)
    assert world.call(START, {}, import_id=import_id)[0] == 202
    assert len(world.started) == 3
    for job_id in world.started[:2]:
        assert world.work(job_id) == "completed"
    assert world.call(GET, import_id=import_id)[1]["state"] == "running"
    assert not world.published
    assert world.work(world.started[2]) == "completed"
    found = world.call(GET, import_id=import_id)[1]
    assert (found["state"], found["rows"]["rows"], found["rows"]["imported"]) == ("completed", 35, 35)
    assert len(world.published) == 1
    assert {each["status"] for each in assets(world).values()} == {"pending"}


def test_stop_of_one_worker_stops_all_and_the_import_goes_on_when_it_is_started_again(
    world: World, archive: str
) -> None:
    files = [[row(archive, f"{part}/{number}.jpg") for number in range(7)] for part in range(4)]
    import_id = begin(world, archive, inventory=put_report(world.s3, archive, archive, files), facts=False, workers=2)
    job = world.call(START, {}, import_id=import_id)[1]["job"]
    assert world.work(world.started[0]) == "completed"
    world.call(STOP_JOB, job_id=job["job_id"])
    assert world.work(world.started[1]) == "not due"
    assert world.database.assets.count_documents({}) == 14
    again = world.call(START, {}, import_id=import_id)[1]["job"]
    assert world.started[2:] == [world.started[1]]
    assert again["job_id"] == world.started[1]
    assert world.work(world.started[1]) == "completed"
    found = world.call(GET, import_id=import_id)[1]
    assert (found["state"], found["rows"]["new"]) == ("completed", 28)


@pytest.mark.parametrize("killed_at", range(5))
def test_killed_worker_is_continued_without_a_row_lost_or_counted_twice(
    world: World, archive: str, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    put(world, archive, **{f"{number}.jpg": jpeg(16 + number) for number in range(6)})
    monkeypatch.setattr(sources, "BATCH_ROWS", 3)
    rows = [*rows_of(world.s3, archive), row(archive, "folder/")]
    import_id = begin(world, archive, inventory=put_report(world.s3, archive, archive, [rows]))
    finish, calls = jobs_run.Run.finish, []

    def dies(self: Any, *arguments: Any) -> None:
        calls.append(1)
        if len(calls) == killed_at + 1:
            raise SystemExit
        finish(self, *arguments)

    monkeypatch.setattr(jobs_run.Run, "finish", dies)
    job_id = world.call(START, {}, import_id=import_id)[1]["job"]["job_id"]
    with pytest.raises(SystemExit):
        world.work(job_id)
    monkeypatch.setattr(jobs_run.Run, "finish", finish)
    world.database.jobs.update_one({"_id": job_id}, [{"$set": {"due_at": "$created_at"}}])
    assert world.work(job_id) == "completed"
    found = world.call(GET, import_id=import_id)[1]
    counts = found["rows"]
    assert (counts["rows"], counts["imported"], counts["refused"]) == (7, 6, 1)
    assert len(world.report(found)) == 1
    assert {each["status"] for each in assets(world).values()} == {"ready"}
    assert len(world.published) == 1


def test_row_older_than_what_the_catalog_knows_is_refused(world: World, archive: str) -> None:
    put(world, archive, **{"a.jpg": jpeg()})
    imported(world, archive)
    before = assets(world)
    stale = [[row(archive, "a.jpg", at="2020-01-01T00:00:00Z", etag="f" * 32)]]
    counts = imported(world, archive, inventory=put_report(world.s3, archive, archive, stale))["rows"]
    assert counts["refused_by_reason"] == {"older": 1}
    assert assets(world) == before


def test_replaced_object_is_read_anew_and_keeps_what_people_said(world: World, archive: str) -> None:
    put(world, archive, **{"a.jpg": jpeg(64, 48)})
    imported(world, archive)
    world.database.assets.update_one({}, {"$set": {"tags": ["mine"], "attributes.camera": "7"}})
    put(world, archive, **{"a.jpg": jpeg(30, 20)})
    counts = imported(world, archive)["rows"]
    assert (counts["changed"], counts["read"]) == (1, 1)
    stored = assets(world)["a.jpg"]
    assert (stored["width"], stored["tags"], stored["attributes"]["camera"]) == (30, ["mine"], "7")


def test_upload_that_arrives_between_index_and_write_is_not_overwritten(
    world: World, archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"media/{PROJECT}/scan.jpg"
    put(world, world.bucket, **{key: jpeg()})
    known = Index._inserted

    def raced(self: Any, documents: Any) -> Any:
        newer = {**documents[0], "status": "ready", "s3": {**documents[0]["s3"], "etag": "new", "sequencer": "0F"}}
        self._assets.insert_one({**newer, "width": 1})
        return known(self, documents)

    monkeypatch.setattr(Index, "_inserted", raced)
    counts = imported(world, world.bucket, prefix=f"media/{PROJECT}/")["rows"]
    assert counts["refused_by_reason"] == {"older": 1}
    (stored,) = world.database.assets.find()
    assert (stored["s3"]["etag"], stored["width"]) == ("new", 1)


def test_media_bucket_is_indexed_and_its_facts_are_left_to_ingest(world: World) -> None:
    put(world, world.bucket, **{f"media/{PROJECT}/scan.jpg": jpeg(64, 48)})
    counts = imported(world, world.bucket, prefix=f"media/{PROJECT}/")["rows"]
    assert (counts["new"], counts["read"]) == (1, 0)
    (stored,) = world.database.assets.find()
    assert (stored["status"], "is_external" in stored["s3"], "scan" in stored) == ("pending", False, False)


def test_deleted_asset_is_not_brought_back(world: World, archive: str) -> None:
    put(world, archive, **{"a.jpg": jpeg()})
    imported(world, archive)
    world.database.assets.update_one({}, {"$set": {"status": "deleted", "deletion": {"is_permanent": False}}})
    assert imported(world, archive)["rows"]["refused_by_reason"] == {"deleted": 1}


def test_object_that_is_gone_since_the_report_is_told_and_deleted(world: World, archive: str) -> None:
    put(world, archive, **{"here.jpg": jpeg()})
    rows = [*rows_of(world.s3, archive), row(archive, "gone.jpg")]
    found = imported(world, archive, inventory=put_report(world.s3, archive, archive, [rows]))
    assert [(each["kind"], each["reason"]) for each in world.report(found)] == [("not_read", "gone")]
    assert assets(world)["gone.jpg"]["status"] == "deleted"
    assert not world.published[0][1].get("asset_id")


def test_hostile_object_is_quarantined_in_the_catalog_and_never_tagged(world: World, archive: str) -> None:
    put(world, archive, **{"page.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"})
    imported(world, archive)
    assert assets(world)["page.svg"]["status"] == "quarantined"
    assert world.s3.get_object_tagging(Bucket=archive, Key="page.svg")["TagSet"] == []


def test_dry_run_counts_and_estimates_and_writes_nothing(world: World, archive: str) -> None:
    put(world, archive, **{"a.jpg": jpeg(), "notes.txt": b"x"})
    import_id = begin(world, archive)
    job = world.call(START, {"dry_run": True}, import_id=import_id)[1]["job"]
    assert world.work(job["job_id"]) == "completed"
    found = world.call(GET, import_id=import_id)[1]
    assert (found["state"], found["rows"]["imported"], found["estimate"]["objects"]) == ("checked", 1, 1)
    assert found["estimate"]["s3_reads"] == 1
    assert world.database.assets.count_documents({}) == 0
    assert world.start(import_id)["rows"]["imported"] == 1


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"bucket": "not-configured"}, "imports.buckets"),
        ({"prefix": "media/other/", "bucket": "OWN"}, "media/harbour/"),
        ({"inventory": "s3://elsewhere/x/manifest.json"}, "imports.buckets"),
    ],
)
def test_import_of_a_bucket_that_is_not_read_is_refused_at_once(
    world: World, archive: str, members: dict[str, str], told: str
) -> None:
    source = {"bucket": archive, **members}
    source["bucket"] = world.bucket if source["bucket"] == "OWN" else source["bucket"]
    status, problem = world.call(BEGIN, {"kind": "bucket", "source": source}, role="admin")
    assert (status, told in problem["detail"]) == (422, True), problem


def test_import_of_a_bucket_is_begun_by_admins(world: World, archive: str) -> None:
    assert world.call(BEGIN, {"kind": "bucket", "source": {"bucket": archive}}, role="editor")[0] == 403


def test_absent_bucket_fails_with_a_sentence(world: World, archive: str) -> None:
    import_id = begin(world, archive)
    world.s3.delete_bucket(Bucket=archive)
    job_id = world.call(START, {}, import_id=import_id)[1]["job"]["job_id"]
    assert world.work(job_id) == "failed"
    assert f"no bucket {archive}" in world.call(GET_JOB, job_id=job_id)[1]["failure"]["detail"]
    assert world.call(GET, import_id=import_id)[1]["state"] == "failed"


def undone(world: World, import_id: str) -> Any:
    status, begun = world.call(UNDO, role="admin", import_id=import_id)
    assert status == 202, begun
    assert begun["job"]["kind"] == "import_undo"
    assert world.work(begun["job"]["job_id"]) == "completed"
    return world.call(GET_JOB, job_id=begun["job"]["job_id"])[1]["result"]["counts"]


def test_undo_removes_the_assets_that_nobody_has_used_and_leaves_the_bucket(
    world: World, archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foveal.imports.bucket.undo.BATCH", 3)
    unused = [f"2024/{number}.jpg" for number in range(7)]
    used = ["annotated", "deleted", "edited", "embedded", "labelled", "pinned", "rendered", "renamed"]
    put(world, archive, **{key: jpeg() for key in [*unused, *(f"2024/{name}.jpg" for name in used), "other/a.jpg"]})
    imported(world, archive, prefix="other/")
    found = imported(world, archive, prefix="2024/", tags=["old"], tags_from_path=True)
    label_counters.count_in(world.database, PROJECT)
    by_key = {key.removeprefix("2024/").removesuffix(".jpg"): each for key, each in assets(world).items()}
    use(world, by_key)
    before = {each["Key"]: each["ETag"] for each in world.s3.list_objects_v2(Bucket=archive)["Contents"]}
    assert undone(world, found["import_id"]) == {"removed": 7, "kept": 8}
    assert set(assets(world)) == {"other/a.jpg", *(f"2024/{name}.jpg" for name in used)}
    assert {each["Key"]: each["ETag"] for each in world.s3.list_objects_v2(Bucket=archive)["Contents"]} == before
    assert world.call(GET, import_id=found["import_id"])[1]["state"] == "undone"
    with world.database.client.start_session(snapshot=True) as session:
        assert label_counters.labels(world.database, PROJECT, session).totals[None] == (9, 9)
    assert world.call(START, {}, import_id=found["import_id"])[0] == 409
    assert imported(world, archive, prefix="2024/")["rows"]["new"] == 7


def use(world: World, found: Any) -> None:
    """Use assets as their names say, as the routes and jobs leave them."""
    ids = {name: each["_id"] for name, each in found.items()}
    stored, update = world.database, world.database.assets.update_one
    update({"_id": ids["annotated"]}, {"$set": {"annotation_revision": 1}})
    update({"_id": ids["deleted"]}, {"$set": {"deletion": {"is_permanent": False}}})
    update({"_id": ids["edited"]}, {"$push": {"tags": "night"}})
    update({"_id": ids["renamed"]}, {"$set": {"file_name": "quay.jpg"}})
    for name, document in {
        "embeddings": {"asset_id": ids["embedded"], "model": "clip"},
        "renditions": {"asset_id": ids["rendered"], "status": "ready"},
        "asset_origins": {"asset_id": ids["labelled"], "import_id": "of labels", "position": 0},
        "dataset_versions": {"dataset": "train", "version": 1, "state": "ready"},
        "dataset_pages": {"digest": "d", "page": {"last": ids["pinned"]}},
    }.items():
        identity = f"dataset_versions/1/{ids['pinned']}" if name == "dataset_pages" else f"{name}/1"
        made = {"_id": identity, "project": PROJECT, **document}
        stored[name].insert_one(made, bypass_document_validation=True)
    page = json.dumps({"asset_id": ids["pinned"], "s3": {"version_id": None}}).encode()
    world.s3.put_object(Bucket=world.bucket, Key=dataset_page_key(PROJECT, "d"), Body=page)


def test_undo_that_is_killed_goes_on_behind_what_it_has_done(
    world: World, archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foveal.imports.bucket.undo.BATCH", 2)
    put(world, archive, **{f"{number}.jpg": jpeg() for number in range(6)})
    found = imported(world, archive, facts=False)
    world.database.assets.update_one({"attributes.source_key": "1.jpg"}, {"$set": {"tags": ["kept"]}})
    job_id = world.call(UNDO, role="admin", import_id=found["import_id"])[1]["job"]["job_id"]
    assert world.work(job_id, seconds=0) == "queued"
    assert len(assets(world)) == 5
    assert world.work(job_id) == "completed"
    assert world.call(GET_JOB, job_id=job_id)[1]["result"]["counts"] == {"removed": 5, "kept": 1}


def test_undo_leaves_what_an_earlier_import_has_brought(world: World, archive: str) -> None:
    put(world, archive, **{"a.jpg": jpeg()})
    first = imported(world, archive)
    put(world, archive, **{"a.jpg": jpeg(80), "b.jpg": jpeg()})
    second = imported(world, archive)
    assert (second["rows"]["changed"], second["rows"]["new"]) == (1, 1)
    assert undone(world, second["import_id"]) == {"removed": 1, "kept": 0}
    assert assets(world)["a.jpg"]["width"] == 80
    assert undone(world, first["import_id"]) == {"removed": 1, "kept": 0}
    assert assets(world) == {}


def test_undo_is_of_admins_and_of_other_buckets_than_the_media_bucket(world: World, archive: str) -> None:
    import_id = begin(world, archive)
    assert world.call(UNDO, import_id=import_id)[0] == 403
    own = begin(world, world.bucket, prefix=f"media/{PROJECT}/")
    status, problem = world.call(UNDO, role="admin", import_id=own)
    assert (status, problem["detail"].partition(":")[0]) == (
        409,
        "The objects lie in the media bucket, which the catalog follows",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "bucket"},
        {"kind": "bucket", "source": {"bucket": "theirs"}, "format": "coco"},
        {"source": {"bucket": "theirs"}},
        {"kind": "labels"},
        {"kind": "bucket", "source": {"bucket": "theirs", "workers": 2}},
        {"kind": "bucket", "source": {"bucket": "theirs", "inventory": "s3://theirs/report.csv"}},
    ],
)
def test_request_that_mixes_or_lacks_what_its_kind_needs_is_refused(world: World, body: Any) -> None:
    assert world.call(BEGIN, body, role="admin")[0] == 400
