"""Routes of jobs: list, one, stop, start again; foreign jobs look like absent ones."""

from foveal.catalog.author import Author
from foveal.database.vocabulary import JobKind
from foveal.encoding.ids import new_id
from foveal.jobs import store
from tests.integration.jobs.conftest import PROJECT, World

LIST, GET, STOP = "GET /v1/projects/{project}/jobs", "GET /v1/jobs/{job_id}", "DELETE /v1/jobs/{job_id}"
START = "POST /v1/jobs/{job_id}/start"


def a_job(world: World, kind: JobKind = "export") -> str:
    return store.create(world.database, PROJECT, kind, new_id(), Author.now("user-1"), {})["_id"]


def test_list_of_jobs_is_newest_first_by_pages(world: World) -> None:
    made = [a_job(world) for _ in range(5)]
    _, first = world.call(LIST, query={"limit": "3"})
    _, second = world.call(LIST, query={"limit": "3", "next_token": first["next_token"]})
    assert [each["job_id"] for each in first["items"] + second["items"]] == sorted(made, reverse=True)
    assert second["next_token"] is None
    assert world.call(LIST, query={"next_token": "x"})[0] == 400


def test_job_is_shown_and_stopped(world: World) -> None:
    job_id = a_job(world)
    assert world.call(GET, role="viewer", job_id=job_id)[1]["state"] == "queued"
    assert world.call(STOP, role="viewer", job_id=job_id)[0] == 403
    status, stopped = world.call(STOP, job_id=job_id)
    assert (status, stopped["state"]) == (202, "stopped")
    assert world.call(STOP, job_id=job_id)[1] == stopped


def test_stopped_job_is_started_again_and_one_at_work_stays_as_it_is(world: World) -> None:
    job_id = a_job(world)
    assert world.call(START, role="viewer", job_id=job_id)[0] == 403
    assert world.call(START, job_id=job_id)[1]["state"] == "queued"
    world.call(STOP, job_id=job_id)
    status, started = world.call(START, job_id=job_id)
    assert (status, started["state"], world.started[-1]) == (202, "queued", {"job_id": job_id})
    world.database.jobs.update_one({"_id": job_id}, {"$set": {"state": "completed", "result": {}}})
    before = len(world.started)
    assert world.call(START, job_id=job_id)[1]["state"] == "completed"
    assert len(world.started) == before


def test_import_is_not_started_by_its_job_nor_a_failed_version(world: World) -> None:
    assert "/v1/imports/" in world.call(START, job_id=a_job(world, "import"))[1]["detail"]
    version = a_job(world, "dataset_version")
    world.database.jobs.update_one({"_id": version}, {"$set": {"state": "failed"}})
    assert world.call(START, job_id=version)[0] == 409


def test_foreign_job_looks_like_an_absent_one(world: World) -> None:
    job_id = a_job(world)
    for key in (GET, STOP, START):
        foreign, absent = world.call(key, project="meadow", job_id=job_id), world.call(key, job_id=new_id())
        assert foreign[0] == absent[0] == 404
        assert foreign[1]["code"] == absent[1]["code"] == "NoSuchJob"
    assert world.call(LIST, project="meadow")[0] == 404
