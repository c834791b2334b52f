"""Routes of jobs: list, one, stop; foreign jobs look like absent ones."""

from foveal.catalog.author import Author
from foveal.encoding.ids import new_id
from foveal.jobs import store
from tests.integration.jobs.conftest import PROJECT, World

LIST, GET, STOP = "GET /v1/projects/{project}/jobs", "GET /v1/jobs/{job_id}", "DELETE /v1/jobs/{job_id}"


def a_job(world: World) -> str:
    return store.create(world.database, PROJECT, "export", new_id(), Author.now("user-1"), {})["_id"]


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


def test_foreign_job_looks_like_an_absent_one(world: World) -> None:
    job_id = a_job(world)
    for key in (GET, STOP):
        foreign, absent = world.call(key, project="meadow", job_id=job_id), world.call(key, job_id=new_id())
        assert foreign[0] == absent[0] == 404
        assert foreign[1]["code"] == absent[1]["code"] == "NoSuchJob"
    assert world.call(LIST, project="meadow")[0] == 404
