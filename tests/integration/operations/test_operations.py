"""Routes of operators against an emulated AWS and a real mongod."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foveal.aws.errors import AwsError
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.ingest.reconcile import compare
from foveal.jobs import store
from foveal.operations import drift, metrics
from tests.integration.ingest.images import JPEG
from tests.integration.operations.conftest import Operator

STATE, REDRIVE, RECONCILE = "GET /v1/operations", "POST /v1/operations/redrive", "POST /v1/operations/reconcile"


@pytest.mark.parametrize("groups", ["zoo:admin", "foveal:admin", "zoo:operator"])
def test_state_and_work_of_operators_is_refused_to_everybody_else(operator: Operator, groups: str) -> None:
    for route, body in ((STATE, None), (REDRIVE, {"queue": "ingest"}), (RECONCILE, {})):
        status, problem = operator.call(route, body, groups)
        assert (status, problem["code"]) == (403, "AccessDenied")


def test_state_has_queues_failures_by_project_and_jobs_without_content(operator: Operator) -> None:
    now = datetime.now(UTC)
    _, url, dead = operator.queues[0]
    for queue in (url, url, dead):
        operator.sqs.send_message(QueueUrl=queue, MessageBody="x")
    old = now - timedelta(days=2)
    for number, (project, ended_as, at) in enumerate(
        [("zoo", "failed", now), ("zoo", "failed", now), ("lab", "quarantined", now), ("old", "failed", old)]
    ):
        _add(operator, str(number), project=project, status=ended_as, updated_at=at, file_name="secret.jpg")
    job = store.create(operator.catalog, "zoo", "export", "s", Author("ann", now), {"name": "secret"})
    failed = store.create(operator.catalog, "lab", "export", "s", Author("ann", now), {})
    failure = {"code": "NoSuchAsset", "detail": "secret"}
    ended = {"$set": {"state": "failed", "failure": failure}, "$unset": {"due_at": ""}}
    operator.catalog.jobs.update_one({"_id": failed["_id"]}, ended)

    status, found = operator.call(STATE)

    assert status == 200
    ingest = found["queues"][0]
    assert (ingest["name"], ingest["waiting"], ingest["in_flight"], ingest["dead_letters"]) == ("ingest", 2, 0, 1)
    assert found["failures"] == [
        {"project": "zoo", "failed": 2, "quarantined": 0},
        {"project": "lab", "failed": 0, "quarantined": 1},
    ]
    assert [(each["job_id"], each["state"], each["failure_code"]) for each in found["jobs"]] == [
        (job["_id"], "queued", None),
        (failed["_id"], "failed", "NoSuchAsset"),
    ]
    assert "secret" not in json.dumps(found)


def test_state_is_answered_without_cloudwatch(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Any:
        raise AwsError("GetMetricData", "AccessDenied", 403)

    monkeypatch.setattr(metrics, "_call", refuse)
    status, found = operator.call(STATE)
    assert (status, found["alarms"], found["queues"][0]["oldest_seconds"]) == (200, None, None)


def test_state_has_the_age_of_the_oldest_message_and_the_alarms_that_are_raised(
    operator: Operator, aws: Callable[[str], Any]
) -> None:
    cloudwatch, name = aws("cloudwatch"), operator.queues[0][1].rpartition("/")[2]
    point = {"MetricName": "ApproximateAgeOfOldestMessage", "Dimensions": [{"Name": "QueueName", "Value": name}]}
    at = datetime.now(UTC) - timedelta(minutes=1)
    cloudwatch.put_metric_data(Namespace="AWS/SQS", MetricData=[{**point, "Value": 42, "Timestamp": at}])
    alarm: dict[str, Any] = {"Namespace": "n", "MetricName": "m", "Period": 60, "EvaluationPeriods": 1}
    alarm |= {"Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum"}
    for raised, state in (("Foveal-dev-Raised", "ALARM"), ("Foveal-dev-Quiet", "OK"), ("Foveal-prod-Other", "ALARM")):
        cloudwatch.put_metric_alarm(AlarmName=raised, AlarmDescription="told", **alarm)
        cloudwatch.set_alarm_state(AlarmName=raised, StateValue=state, StateReason="test")
    found = operator.call(STATE)[1]
    assert [each["oldest_seconds"] for each in found["queues"]] == [42, None]
    assert found["alarms"] == [{"name": "Foveal-dev-Raised", "description": "told"}]


def test_redrive_moves_the_dead_letters_of_one_queue(operator: Operator, caplog: pytest.LogCaptureFixture) -> None:
    (_, url, dead), (_, _, render_dead) = operator.queues
    for queue in (dead, dead, render_dead):
        operator.sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert operator.call(REDRIVE, {"queue": "ingest"}) == (
        202,
        {"queue": "ingest", "state": "done", "found": 2, "moved": 2},
    )
    assert (operator.bodies(url), operator.bodies(render_dead)) == (["x", "x"], ["x"])
    assert operator.call(REDRIVE, {"queue": "ingest"})[1]["state"] == "empty"
    records = [vars(each)["audit"] for each in caplog.records if each.name == "audit"]
    assert [(each["action"], each["queue"], each["found"]) for each in records] == [
        ("redrive", "ingest", 2),
        ("redrive", "ingest", 0),
    ]
    assert operator.call(REDRIVE, {"queue": "other"})[0] == 400
    status, problem = operator.call(REDRIVE, {"queue": "scan"})
    assert (status, problem["code"]) == (422, "Unprocessable"), "the stage has no malware scans"
    assert "its option is switched off" in problem["detail"]


def test_reconcile_compares_in_steps_and_asks_ingest_to_recheck_on_demand(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        operator.s3.put_object(Bucket=operator.bucket, Key=f"media/zoo/{number}.jpg", Body=JPEG)
    _add(operator, "known", project="lab", status="ready")
    monkeypatch.setattr(drift, "compare", _without_grace(compare))
    status, found = operator.call(RECONCILE, {"prefix": "media/zoo/"})
    assert (status, found["keys"], found["drift"], found["next_token"]) == (200, 3, {"missing": 3}, None)
    assert found["examples"][0] == {"key": "media/zoo/0.jpg", "drift": "missing"}
    assert operator.bodies(operator.queues[0][1]) == []

    assert operator.call(RECONCILE, {"repair": True})[1]["drift"] == {"missing": 3}
    keys = [json.loads(body)["detail"]["object"]["key"] for body in operator.bodies(operator.queues[0][1])]
    assert sorted(keys) == [f"media/zoo/{number}.jpg" for number in range(3)]


def test_reconcile_goes_on_behind_the_token_of_the_step_before(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [drift.Step(keys=1, markers=("media/zoo/a", "v")), drift.Step(keys=2)]
    begun: list[Any] = []

    def step(_s3: Any, _database: Any, _prefix: str, markers: Any, *_: Any) -> drift.Step:
        begun.append(markers)
        return pages[len(begun) - 1]

    monkeypatch.setattr(drift, "step", step)
    token = operator.call(RECONCILE, {})[1]["next_token"]
    assert operator.call(RECONCILE, {"next_token": token, "repair": True})[0] == 400, "the token is of a comparison"
    assert operator.call(RECONCILE, {"next_token": token})[1]["next_token"] is None
    assert begun == [None, ("media/zoo/a", "v")]


def test_reconcile_does_not_rebuild_an_empty_catalog(operator: Operator) -> None:
    operator.s3.put_object(Bucket=operator.bucket, Key="media/zoo/a.jpg", Body=JPEG)
    status, problem = operator.call(RECONCILE, {"repair": True})
    assert (status, problem["code"]) == (409, "Conflict")
    assert operator.bodies(operator.queues[0][1]) == []
    assert operator.call(RECONCILE, {"prefix": "masks/"})[0] == 400


def _without_grace(compared: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: compared(*arguments, grace=timedelta(0))


def _add(operator: Operator, asset_id: str, **facts: Any) -> None:
    now = datetime.now(UTC)
    asset: Document = {"_id": asset_id, "created_at": now, "updated_at": now, "schema_version": 1, **facts}
    operator.catalog.assets.insert_one(asset)
