"""Imports of label files: dry run, writing, matching, report, resume, undo."""

from typing import Any

import pytest

from foveal.catalog.annotations import writes
from foveal.catalog.author import Author
from foveal.errors import Conflict
from foveal.events import contract
from foveal.imports import run, starting, store, writing
from foveal.imports.store import StartRequest
from foveal.imports.writing import RangeWriter
from tests.integration.catalog.annotation_requests import assert_true_to_annotations
from tests.integration.catalog.conftest import an_asset
from tests.integration.imports.conftest import BEGIN, GET, GET_JOB, START, STOP_JOB, UNDO, World

YAML = b"path: .\ntrain: images/train\nnames: {0: car, 1: dog}\n"


def assets(world: World, *names: str) -> dict[str, Any]:
    """Insert assets of 640 x 480 pixels under these file names; return their ids by name."""
    made = [an_asset(file_name=name, width=640, height=480) for name in names]
    world.database.assets.insert_many(made)
    return {each["file_name"]: each["_id"] for each in made}


def yolo(**rows: str) -> dict[str, bytes]:
    """Return the files of a YOLO data set as one archive's content, with labels of these images."""
    labels = {f"labels/train/{name}.txt": text.encode() for name, text in rows.items()}
    return {"data.yaml": YAML, **labels}


def annotations(world: World) -> list[Any]:
    return list(world.database.annotations.find().sort([("asset_id", 1), ("origin.pointer", 1)]))


def test_dry_run_counts_and_writes_nothing(world: World) -> None:
    assets(world, "a.jpg", "b.jpg")
    import_id = world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.1 0.1\n", c="0 0.5 0.5 0.2 0.2\n"))
    checked = world.start(import_id, dry_run=True)
    assert (checked["state"], checked["format"]) == ("checked", "yolo")
    counts = checked["counts"]
    assert (counts["records"], counts["imported"], counts["not_imported"], counts["annotations"]) == (3, 2, 1, 2)
    assert (counts["assets"], counts["assets_matched"]) == (2, 1)
    (refused,) = [each for each in world.report(checked) if each["kind"] == "not_imported"]
    assert "the project has no asset" in refused["reason"]
    assert annotations(world) == []
    assert world.published == []


def test_import_writes_annotations_with_their_origin_and_says_so_once(world: World) -> None:
    ids = assets(world, "a.jpg", "b.jpg")
    import_id = world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.1 0.1\n", b="0 0.25 0.25 0.5 0.5\n"), field="gt2")
    done = world.start(import_id)
    assert (done["state"], done["counts"]["annotations"], done["counts"]["imported"]) == ("completed", 3, 3)
    stored = annotations(world)
    assert {(each["asset_id"], each["label"], each["field"]) for each in stored} == {
        (ids["a.jpg"], "car", "gt2"),
        (ids["a.jpg"], "dog", "gt2"),
        (ids["b.jpg"], "car", "gt2"),
    }
    for each in stored:
        origin = each["origin"]
        assert (origin["format"], origin["import_id"], origin["parts"]) == ("yolo", import_id, 1)
        assert origin["edited"] is False
        assert origin["record"].startswith(("0 ", "1 "))
        assert "labels/train/" in origin["pointer"]
    assert world.database.asset_origins.count_documents({"import_id": import_id}) == 2
    (event,) = [detail for kind, detail in world.published if kind == "ImportCompleted"]
    assert (event["annotation_count"], event["imported_count"], event["not_imported_count"]) == (3, 3, 0)
    contract.check({"source": "foveal", "detail-type": "ImportCompleted", "detail": event})
    assert_true_to_annotations(world.database)
    assert world.call(START, {}, import_id=import_id)[0] == 409


def test_import_is_continued_where_a_worker_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "ASSETS_IN_RANGE", 2)
    names = [f"img{number}" for number in range(7)]
    assets(world, *(f"{name}.jpg" for name in names))
    import_id = world.begin(
        yolo(**dict.fromkeys(names, "0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.1 0.1\n"), absent="0 0.5 0.5 0.2 0.2\n")
    )
    status, started = world.call(START, {}, import_id=import_id)
    job_id = started["job"]["job_id"]
    assert (status, world.started) == (202, [job_id])
    states = [world.work(job_id, seconds=0)]
    while states[-1] == "queued":
        states.append(world.work(job_id, seconds=0))
    assert states[-1] == "completed"
    assert len(states) > 2
    done = world.call(GET, import_id=import_id)[1]
    assert (done["counts"]["annotations"], done["counts"]["records"]) == (14, 15)
    assert len(annotations(world)) == 14
    assert len([each for each in world.report(done) if each["kind"] == "not_imported"]) == 1
    assert world.database.asset_origins.count_documents({}) == 7


def test_range_that_is_written_again_changes_nothing(world: World) -> None:
    assets(world, "a.jpg")
    import_id = world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.1 0.1\n"))
    _, started = world.call(START, {}, import_id=import_id)
    job_id = started["job"]["job_id"]
    assert world.work(job_id) == "completed"
    before = annotations(world)
    again = {"state": "queued", "finished": [], "checkpoint": {}, "due_at": before[0]["created_at"]}
    world.database.jobs.update_one({"_id": job_id}, {"$set": again})
    assert world.work(job_id) == "completed"
    assert annotations(world) == before
    assert world.database.annotation_revisions.count_documents({}) == 0
    assert world.call(GET, import_id=import_id)[1]["counts"]["annotations"] == 2
    assert len({detail["event_id"] for kind, detail in world.published if kind == "ImportCompleted"}) == 1


def test_undo_deletes_what_nobody_has_edited(world: World) -> None:
    assets(world, "a.jpg")
    import_id = world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.1 0.1\n"))
    world.start(import_id)
    edited = annotations(world)[0]
    world.database.annotations.update_one({"_id": edited["_id"]}, {"$set": {"origin.edited": True}})
    _, started = world.call(UNDO, import_id=import_id)
    assert world.work(started["job"]["job_id"]) == "completed"
    assert [each["_id"] for each in annotations(world)] == [edited["_id"]]
    assert world.call(GET_JOB, job_id=started["job"]["job_id"])[1]["result"] == {"counts": {"deleted": 1, "edited": 1}}
    assert world.call(GET, import_id=import_id)[1]["state"] == "undone"
    assert world.call(UNDO, import_id=import_id)[0] == 409


def undo(world: World, import_id: str) -> None:
    _, started = world.call(UNDO, import_id=import_id)
    assert world.work(started["job"]["job_id"]) == "completed"


def test_undo_takes_back_reviews_and_leaves_nothing_of_the_import(world: World) -> None:
    ids = assets(world, "a.jpg", "b.jpg")
    before = world.database.assets.find_one({"_id": ids["a.jpg"]}) or {}
    import_id = world.begin(yolo(a="\n", b="0 0.5 0.5 0.2 0.2\n"))
    world.start(import_id)
    assert world.database.assets.count_documents({"reviewed_fields": "ground_truth"}) == 1
    undo(world, import_id)
    after = world.database.assets.find_one({"_id": ids["a.jpg"]}) or {}
    assert (after["reviewed_fields"], after["imported_reviews"]) == ([], [])
    assert after["annotation_revision"] == before.get("annotation_revision", 0) + 2
    event = after["pending_events"][-1]
    assert (event["detail"]["fields"], event["detail"]["annotation_revision"]) == (
        ["ground_truth"],
        after["annotation_revision"],
    )
    contract.check({"source": "foveal", "detail-type": "AnnotationsChanged", "detail": event["detail"]})
    assert world.database.asset_origins.count_documents({}) == 0
    assert annotations(world) == []


def test_undo_deletes_the_files_and_leaves_the_report(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_RECORD_CHARACTERS", 10)  # what the file has of an asset becomes an object
    assets(world, "a.jpg")
    import_id = world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n", b="0 0.5 0.5 0.2 0.2\n"))
    world.start(import_id)

    def keys() -> set[str]:
        found = world.s3.list_objects_v2(Bucket=world.bucket, Prefix="imports/").get("Contents", [])
        return {each["Key"].partition(f"{import_id}/")[2].partition("/")[0] for each in found}

    assert keys() == {"files", "assets", "content.jsonl", "run"}
    undo(world, import_id)
    assert keys() == {"run"}, "the report"
    assert world.call(GET, import_id=import_id)[1]["report_url"]
    status, problem = world.call("POST /v1/projects/{project}/exports", {"format": "yolo", "import_id": import_id})
    assert (status, "undone" in problem["detail"]) == (409, True)


def test_undo_leaves_the_reviews_of_people(world: World) -> None:
    ids = assets(world, "a.jpg", "b.jpg", "c.jpg")
    masks = world.worker.masks()

    def review(name: str, layer: str = "ground_truth") -> None:
        asset = world.database.assets.find_one({"_id": ids[name]}) or {}
        revision, author = asset.get("annotation_revision", 0), Author.now("user-2")
        writes.replace_layer(
            world.database, asset, author, layer, [], known_revision=revision, reviewed=True, masks=masks
        )

    review("a.jpg")
    import_id = world.begin(yolo(a="\n", b="\n", c="\n"))
    world.start(import_id)
    review("b.jpg")
    review("c.jpg", "other")
    undo(world, import_id)
    reviewed = {each["_id"]: each["reviewed_fields"] for each in world.database.assets.find()}
    assert reviewed == {ids["a.jpg"]: ["ground_truth"], ids["b.jpg"]: ["ground_truth"], ids["c.jpg"]: ["other"]}


def test_undo_leaves_annotations_of_a_layer_whose_review_it_takes_back(world: World) -> None:
    ids = assets(world, "a.jpg")
    import_id = world.begin(yolo(a="\n"))
    world.start(import_id)
    world.start(world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n")))
    undo(world, import_id)
    assert len(annotations(world)) == 1
    stored = world.database.assets.find_one({"_id": ids["a.jpg"]}) or {}
    assert stored["reviewed_fields"] == []
    assert_true_to_annotations(world.database)


def test_import_without_asset_events_is_told_by_one_event(world: World) -> None:
    ids = assets(world, "a.jpg", "b.jpg")
    import_id = world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n", b="\n"), asset_events=False)
    assert world.start(import_id)["asset_events"] is False
    assert len(annotations(world)) == 1
    assert world.database.assets.count_documents({"reviewed_fields": "ground_truth"}) == 1
    assert world.database.assets.count_documents({"pending_events.0": {"$exists": True}}) == 0
    (event,) = [detail for kind, detail in world.published if kind == "ImportCompleted"]
    assert (event["asset_events"], event["annotation_count"]) == (False, 1)
    contract.check({"source": "foveal", "detail-type": "ImportCompleted", "detail": event})
    undo(world, import_id)
    told = {each["_id"] for each in world.database.assets.find({"pending_events.0": {"$exists": True}})}
    assert told == set(ids.values())


def test_import_publishes_an_event_for_each_asset_unless_told_otherwise(world: World) -> None:
    ids = assets(world, "a.jpg", "b.jpg")
    assert world.start(world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n", b="\n")))["asset_events"] is True
    told = {each["_id"] for each in world.database.assets.find({"pending_events.0": {"$exists": True}})}
    assert told == set(ids.values())
    assert world.published[-1][1]["asset_events"] is True


def test_undo_finds_what_a_killed_worker_had_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assets(world, "a.jpg")
    import_id = world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n"))
    _, started = world.call(START, {}, import_id=import_id)
    job_id, carry_out = started["job"]["job_id"], RangeWriter._carry_out

    def killed(writer: RangeWriter, creates: Any) -> Any:
        carry_out(writer, creates)
        raise KeyboardInterrupt

    monkeypatch.setattr(RangeWriter, "_carry_out", killed)
    with pytest.raises(KeyboardInterrupt):
        world.work(job_id)
    assert len(annotations(world)) == 1
    world.database.jobs.update_one({"_id": job_id}, {"$set": {"state": "stopped"}, "$unset": {"due_at": ""}})
    _, started = world.call(UNDO, import_id=import_id)
    assert world.work(started["job"]["job_id"]) == "completed"
    assert annotations(world) == []


def test_import_is_started_once_by_two_callers_at_once(world: World) -> None:
    import_id = world.begin(yolo(a="\n"))
    known = store.get(world.database, import_id)
    author = Author.now("user-1")
    starting.start(world.database, known, StartRequest(), author)
    with pytest.raises(Conflict):
        starting.start(world.database, known, StartRequest(), author)
    assert world.database.jobs.count_documents({}) == 1


def test_assets_of_one_name_are_told_and_none_is_taken(world: World) -> None:
    assets(world, "a.jpg", "a.jpg")
    done = world.start(world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n")))
    (told,) = [each for each in world.report(done) if each["kind"] == "not_imported"]
    assert "2 assets that are called a.jpg" in told["reason"]
    assert annotations(world) == []


def test_questions_are_asked_and_answered_by_options(world: World) -> None:
    assets(world, "a.jpg")
    import_id = world.begin(yolo(a="0 0.5 0.5 0.2 0.2 0.75\n"))
    (question,) = world.start(import_id, dry_run=True)["questions"]
    assert question["option"] == "sixth_column"
    done = world.start(import_id, options={"sixth_column": "confidence"})
    assert done["options"] == {"sixth_column": "confidence"}
    assert [each["confidence"] for each in annotations(world)] == [0.75]


def test_asset_that_was_labelled_and_is_empty_is_marked_as_reviewed(world: World) -> None:
    ids = assets(world, "a.jpg", "b.jpg")
    files = yolo(a="\n", b="0 0.5 0.5 0.2 0.2\n")
    world.start(world.begin(files))
    reviewed = {each["_id"] for each in world.database.assets.find({"reviewed_fields": "ground_truth"})}
    assert reviewed == {ids["a.jpg"]}


def test_import_fails_with_the_reason_when_a_file_is_missing_or_refused(world: World) -> None:
    _, begun = world.call(BEGIN, {"files": [{"name": "a.json", "size_bytes": 5}]})
    _, started = world.call(START, {}, import_id=begun["import"]["import_id"])
    assert world.work(started["job"]["job_id"]) == "failed"
    failure = world.call(GET_JOB, job_id=started["job"]["job_id"])[1]["failure"]
    assert "a.json has not been uploaded yet" in failure["detail"]
    import_id = world.begin({"a.bin": b"\x00\x01"})
    _, started = world.call(START, {}, import_id=import_id)
    assert world.work(started["job"]["job_id"]) == "failed"
    assert "unknown_format" in world.call(GET_JOB, job_id=started["job"]["job_id"])[1]["failure"]["detail"]
    assert world.call(GET, import_id=import_id)[1]["state"] == "failed"


def test_stopped_import_goes_on_when_it_is_started_again(world: World) -> None:
    assets(world, "a.jpg")
    import_id = world.begin(yolo(a="0 0.5 0.5 0.2 0.2\n"))
    _, started = world.call(START, {}, import_id=import_id)
    job_id = started["job"]["job_id"]
    assert world.call(START, {}, import_id=import_id)[0] == 409
    assert world.call(STOP_JOB, job_id=job_id)[1]["state"] == "stopped"
    _, again = world.call(START, {}, import_id=import_id)
    assert again["job"]["job_id"] == job_id
    assert world.work(job_id) == "completed"
    assert len(annotations(world)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"files": [{"name": "../a.json", "size_bytes": 1}]},
        {"files": [{"name": "/a.json", "size_bytes": 1}]},
        {"files": [{"name": "a.json", "size_bytes": 1}, {"name": "a.json", "size_bytes": 1}]},
        {"files": []},
        {"files": [{"name": "a.json", "size_bytes": 1}], "format": "no_such_format"},
    ],
)
def test_import_is_refused_when_its_files_or_format_are_not_possible(world: World, body: Any) -> None:
    assert world.call(BEGIN, body)[0] == 400
    assert world.database.imports.count_documents({}) == 0


def test_foreign_import_looks_like_an_absent_one(world: World) -> None:
    import_id = world.begin(yolo(a="\n"))
    for key in (GET, START, UNDO):
        status, problem = world.call(key, project="meadow", import_id=import_id)
        assert (status, problem["code"]) == (404, "NoSuchImport")
    assert world.call(START, {}, role="viewer", import_id=import_id)[0] == 403
    _, page = world.call("GET /v1/projects/{project}/imports")
    assert [each["import_id"] for each in page["items"]] == [import_id]
