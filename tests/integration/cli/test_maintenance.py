"""The operator's commands against an emulated AWS and a real mongod."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from typer.testing import CliRunner, Result

from foveal.cli.failures import sentence
from foveal.cli.operations import maintenance
from foveal.cli.root import build
from foveal.database import client
from foveal.database.client import Document
from foveal.errors import ServiceUnavailable
from foveal.ingest.reconcile import GRACE
from tests.integration.ingest.images import JPEG


class Operator:
    """The command line beside a local stack."""

    def __init__(self, aws: Callable[[str], Any], bucket: str) -> None:
        self.aws, self.bucket, self.sqs = aws, bucket, aws("sqs")
        self.queue, self.dead, self.render_queue, self.render_dead = (
            self.sqs.create_queue(QueueName=f"{kind}-{uuid.uuid4().hex[:8]}")["QueueUrl"]
            for kind in ("ingest", "ingest-dead", "render", "render-dead")
        )

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(build([maintenance]), arguments)

    def bodies(self, queue: str) -> list[str]:
        found = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return sorted(message["Body"] for message in found)


@pytest.fixture
def operator(
    bucket_name: str,
    aws: Callable[[str], Any],
    cloud_url: str,
    mongodb_uri: str,
    catalog: Database[Document],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Operator:
    catalog.assets.delete_many({})
    operator = Operator(aws, bucket_name)
    outputs = {
        "bucket": bucket_name,
        "event_bus": f"bus-{bucket_name}",
        "ingest_queue_url": operator.queue,
        "ingest_dead_letter_queue_url": operator.dead,
        "render_queue_url": operator.render_queue,
        "render_dead_letter_queue_url": operator.render_dead,
        "mongodb_uri": mongodb_uri,
        "mongodb_database": catalog.name,
        "aws_endpoint_url": cloud_url,
        "region": "us-east-1",
    }
    (tmp_path / ".foveal").mkdir()
    (tmp_path / ".foveal/outputs.json").write_text(json.dumps(outputs))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # the command sets it; it is gone again after the test
    return operator


def test_reconcile_names_what_differs_and_fails_until_it_is_asked_to_repair(operator: Operator) -> None:
    operator.aws("s3").put_object(Bucket=operator.bucket, Key="media/zoo/a.jpg", Body=JPEG)
    told = operator.run("reconcile", "--min-age", "0")
    assert told.exit_code == 1
    assert "missing        media/zoo/a.jpg" in told.output
    assert operator.bodies(operator.queue) == []

    told = operator.run("reconcile", "--repair", "--json", "--min-age", "0")
    assert told.exit_code == 0
    assert json.loads(told.output.splitlines()[-1])["drift"] == {"missing": 1}
    (body,) = operator.bodies(operator.queue)
    assert json.loads(body)["detail"]["object"]["key"] == "media/zoo/a.jpg"
    assert json.loads(body)["detail"]["is-quiet"] is False


def test_reconcile_says_how_many_changes_it_leaves_to_their_events(operator: Operator) -> None:
    for name in ("a", "b"):
        operator.aws("s3").put_object(Bucket=operator.bucket, Key=f"media/zoo/{name}.jpg", Body=JPEG)
    told = operator.run("reconcile")
    assert told.output == "2 keys compared, 0 differ; 2 younger than 15 minutes left to their events\n"
    assert timedelta(minutes=maintenance.DEFAULT_MIN_AGE_MINUTES) == GRACE


def test_reconcile_is_refused_when_the_database_was_never_migrated(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LOCK_INDEX", "foveal_absent")
    client.forget()
    told = operator.run("reconcile")
    assert isinstance(told.exception, ServiceUnavailable)
    assert "run `foveal migrate`" in (sentence(told.exception) or "")


def test_reconcile_asks_for_a_quiet_repair_when_it_is_told_so(operator: Operator) -> None:
    operator.aws("s3").put_object(Bucket=operator.bucket, Key="media/zoo/a.jpg", Body=JPEG)
    assert operator.run("reconcile", "--quiet").exit_code == 2
    told = operator.run("reconcile", "--repair", "--quiet", "--min-age", "0")
    assert told.output == "1 keys compared, 1 differ (1 missing); ingest was asked to recheck 1\n"
    (body,) = operator.bodies(operator.queue)
    assert json.loads(body)["detail"]["is-quiet"] is True


def test_reconcile_succeeds_when_bucket_and_catalog_agree(operator: Operator) -> None:
    told = operator.run("reconcile")
    assert (told.exit_code, told.output) == (0, "0 keys compared, 0 differ\n")


def test_reconcile_compares_only_below_the_prefix_that_it_is_given(operator: Operator) -> None:
    for project in ("zoo", "park"):
        operator.aws("s3").put_object(Bucket=operator.bucket, Key=f"media/{project}/a.jpg", Body=JPEG)
    told = operator.run("reconcile", "--prefix", "media/zoo/", "--min-age", "0")
    assert "1 keys compared, 1 differ (1 missing)" in told.output


def test_recheck_asks_for_the_assets_of_a_project_by_format_and_status(
    operator: Operator, catalog: Database[Document]
) -> None:
    now = datetime.now(UTC)
    for number, facts in enumerate(
        [
            {"format": "mp4"},
            {"format": "mov"},
            {"format": "jpeg"},
            {"format": "mp4", "status": "failed"},
            {"format": "mp4", "project": "park"},
        ]
    ):
        asset = {
            "project": "zoo",
            "status": "ready",
            "created_at": now,
            "updated_at": now,
            "schema_version": 1,
            **facts,
        }
        catalog.assets.insert_one({**asset, "_id": str(number), "s3": {"key": f"media/zoo/{number}"}})

    def asked(*options: str) -> list[str]:
        told = operator.run("recheck", "zoo", *options)
        keys = [json.loads(body)["detail"]["object"]["key"] for body in operator.bodies(operator.queue)]
        assert told.output == f"ingest was asked to read {len(keys)} objects of zoo again\n"
        operator.sqs.purge_queue(QueueUrl=operator.queue)
        return sorted(keys)

    assert asked("--format", "mp4", "--format", "mov") == ["media/zoo/0", "media/zoo/1"]
    assert asked("--status", "failed") == ["media/zoo/3"]
    assert asked() == ["media/zoo/0", "media/zoo/1", "media/zoo/2"]
    assert operator.run("recheck", "zoo", "--status", "deleted").exit_code == 2


def test_redrive_moves_every_message_of_both_queues_back_when_the_service_has_no_task_for_it(
    operator: Operator,
) -> None:
    bodies = sorted(f"message {index}" for index in range(7))
    for body in bodies:
        operator.sqs.send_message(QueueUrl=operator.dead, MessageBody=body)
    operator.sqs.send_message(QueueUrl=operator.render_dead, MessageBody="picture")
    told = operator.run("redrive")
    assert told.output == (
        "ingest: 7 of 7 messages moved back to the queue\nrender: 1 of 1 messages moved back to the queue\n"
    )
    assert operator.bodies(operator.queue) == bodies
    assert operator.bodies(operator.render_queue) == ["picture"]
    again = operator.run("redrive")
    assert again.output == "ingest: the dead-letter queue is empty\nrender: the dead-letter queue is empty\n"


def test_replay_sends_the_archived_events_of_the_time_range_again(operator: Operator) -> None:
    events, bus = operator.aws("events"), f"bus-{operator.bucket}"
    arn = events.create_event_bus(Name=bus)["EventBusArn"]
    events.create_archive(ArchiveName=bus[:40], EventSourceArn=arn)
    queue = operator.sqs.get_queue_attributes(QueueUrl=operator.queue, AttributeNames=["QueueArn"])
    events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": ["foveal"]}))
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": queue["Attributes"]["QueueArn"]}])
    entry = {"EventBusName": bus, "Source": "foveal", "DetailType": "AssetReady", "Detail": '{"event_id": "x"}'}
    events.put_events(Entries=[entry])
    assert len(operator.bodies(operator.queue)) == 1
    now = datetime.now(UTC).replace(tzinfo=None)
    around = [(now + timedelta(minutes=minutes)).isoformat(timespec="seconds") for minutes in (-5, 5)]
    told = operator.run("replay", "--from", around[0], "--to", around[1])
    assert told.exit_code == 0, told.output
    (again,) = operator.bodies(operator.queue)
    assert json.loads(again)["detail"] == {"event_id": "x"}
    assert "replay-name" in json.loads(again)


def test_replay_refuses_a_range_that_ends_before_it_begins(operator: Operator) -> None:
    told = operator.run("replay", "--from", "2026-10-31T10:00:00", "--to", "2026-10-31T09:00:00")
    assert told.exit_code == 2


def test_command_names_what_is_missing_when_there_is_no_local_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(build([maintenance]), ["redrive"])
    assert told.exit_code == 2
    assert "--stage" in told.output


def test_fingerprint_asks_for_the_ready_assets_that_have_none(operator: Operator, catalog: Database[Document]) -> None:
    now = datetime.now(UTC)
    others: list[Document] = [{"thumbhash": "1QcS"}, {"status": "failed"}, {"project": "park"}]
    for number, facts in enumerate([{}, *others]):
        asset = {"project": "zoo", "status": "ready", "created_at": now, "updated_at": now, "schema_version": 1}
        catalog.assets.insert_one({**asset, **facts, "_id": str(number)})
    told = operator.run("fingerprint", "zoo")
    assert (told.exit_code, told.output) == (0, "render was asked to draw 1 assets of zoo again\n")
    (body,) = operator.bodies(operator.render_queue)
    assert json.loads(body) == {"detail": {"asset_id": "0"}}
