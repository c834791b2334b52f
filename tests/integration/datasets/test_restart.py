"""A version whose job was stopped is completed when the job is started again."""

from typing import Any

import pytest

from foveal.datasets.making import creation, version_job
from tests.integration.datasets.conftest import Client, Context, Zoo

VERSION = "GET /v1/projects/{project}/datasets/{name}/versions/{version}"


def test_stopped_version_is_completed_when_its_job_is_started_again(
    zoo: Zoo, caller: Client, small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_job, "MAX_AT_ONCE", 10)
    for asset_id in zoo.add(100)[:20]:
        zoo.annotate(asset_id)
    status, begun = caller.call("POST /v1/projects/{project}/datasets/{name}/versions", {})
    assert (status, begun["state"]) == (202, "creating")
    job_id, run, reports = begun["job_id"], creation.Creation.run, list[int]()

    def stopping(made: Any, now: Any, advance: Any) -> Any:
        def report(count: int) -> None:
            if not reports:
                caller.call("DELETE /v1/jobs/{job_id}", job_id=job_id)
            reports.append(count)
            advance(count)

        return run(made, now, report)

    monkeypatch.setattr(creation.Creation, "run", stopping)
    caller.work()
    assert caller.call("GET /v1/jobs/{job_id}", job_id=job_id)[1]["state"] == "stopped"
    assert caller.call(VERSION, version="1")[1]["state"] == "creating"
    monkeypatch.setattr(creation.Creation, "run", run)
    assert caller.call("POST /v1/jobs/{job_id}/start", job_id=job_id)[1]["state"] == "queued"
    assert caller.worker.handler({"job_id": job_id}, Context())["state"] == "completed"
    made = caller.call(VERSION, version="1")[1]
    assert (made["state"], made["asset_count"], made["annotation_count"]) == ("ready", 100, 20)
    assert made["root"] == zoo.create("afresh")["root"]
