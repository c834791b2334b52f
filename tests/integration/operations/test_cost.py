"""Command `foveal cost` measures a deployment: an emulated AWS and a real mongod feed the report of a stage."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from typer.testing import CliRunner

from foveal.cli.operations import cost
from foveal.cli.root import build
from foveal.database.client import Document
from foveal.encoding.ids import new_id

TEMPLATE = {
    "Resources": {
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": f"s-{uuid.uuid4().hex}"}},
        "Queue": {"Type": "AWS::SQS::Queue"},
    }
}


@pytest.fixture
def stage(
    bucket_name: str,
    aws: Callable[[str], Any],
    cloud_url: str,
    mongodb_uri: str,
    catalog: Database[Document],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    for name in ("assets", "annotations"):
        catalog[name].delete_many({})
    outputs = {
        "bucket": bucket_name,
        "event_bus": "bus",
        **{
            f"{queue}_{kind}": "none"
            for queue in ("ingest", "render")
            for kind in ("queue_url", "dead_letter_queue_url")
        },
        "mongodb_uri": mongodb_uri,
        "mongodb_database": catalog.name,
        "aws_endpoint_url": cloud_url,
        "region": "us-east-1",
    }
    (tmp_path / ".foveal").mkdir()
    (tmp_path / ".foveal/outputs.json").write_text(json.dumps(outputs))
    monkeypatch.chdir(tmp_path)
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)  # the command sets them; they are gone again after the test
    cloudformation = aws("cloudformation")
    cloudformation.create_stack(StackName="Foveal-dev", TemplateBody=json.dumps(TEMPLATE))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="Foveal-dev", WaiterConfig={"Delay": 1})
    yield bucket_name
    cloudformation.delete_stack(StackName="Foveal-dev")


def test_bill_holds_what_bucket_catalog_and_template_show(
    stage: str, aws: Callable[[str], Any], catalog: Database[Document]
) -> None:
    for number in range(4):
        aws("s3").put_object(Bucket=stage, Key=f"media/zoo/{number}.jpg", Body=b"x" * 300_000)
    aws("s3").put_object(Bucket=stage, Key="derived/zoo/0.webp", Body=b"x" * 10_000)
    now = datetime.now(UTC)
    fresh = {"project": "zoo", "status": "ready", "created_at": now, "updated_at": now, "schema_version": 1}
    catalog.assets.insert_many([{"_id": new_id(), **fresh} for _ in range(3)])
    catalog.assets.insert_one({"_id": new_id(1_577_836_800), **fresh})  # of 2020: no arrival of this month

    told = CliRunner().invoke(build([cost]), ["cost", "--json"])
    assert told.exit_code == 0, told.output
    *lines, totals = [json.loads(line) for line in told.stdout.splitlines()]
    by_meter = {line["meter"]: line for line in lines}
    assert by_meter["secrets.secrets"]["quantity"] == 1
    assert by_meter["s3.standard"]["quantity"] == pytest.approx(1_210_000 / 2**30, rel=1e-4)
    assert by_meter["api.requests"]["quantity"] > 3 * 730 / 745  # three arrivals, projected to the month
    assert by_meter["atlas.M10"]["basis"] == "measured"
    assert totals["total"]["until_now"] <= totals["total"]["month"]

    grown = CliRunner().invoke(build([cost]), ["cost", "--json", "--at", "1e9"])
    lines = [json.loads(line) for line in grown.stdout.splitlines()]
    by_meter = {line["meter"]: line for line in lines if "meter" in line}
    assert by_meter["s3.tags"]["quantity"] == 1e9
    assert by_meter["secrets.secrets"]["quantity"] == 1
