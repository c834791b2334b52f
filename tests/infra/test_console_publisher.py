"""The function behind the console's custom resource fills the bucket, and empties it when the stack goes."""

import importlib.util
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from foveal.console import site
from foveal.settings import ConsoleSettings

HANDLER = Path(__file__).parents[2] / "functions/console/handler.py"
CONTEXT = SimpleNamespace(log_stream_name="stream")
BUCKET = "console-files"
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab"
SIGN_IN = {"issuer": ISSUER, "discovery_url": f"{ISSUER}/.well-known/openid-configuration", "client_id": "client"}
SETTINGS = {"api": "", "stage": "dev", "sign_in": SIGN_IN}
FILES = {
    "index.html": "<!doctype html>",
    "icon.svg": "<svg/>",
    "assets/index-abc.js": "1",
    "assets/index-abc.css": "a{}",
    ".digest": "hidden",
}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A built console."""
    for name, text in FILES.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(text)
    return tmp_path / "site"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 with the console's bucket, which is versioned."""
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "POWERTOOLS_SERVICE_NAME": "console",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the list of answers that CloudFormation gets."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr("foveal.aws.custom_resources._send", lambda _, outcome: told.append(outcome))
    return told


@pytest.fixture
def handler(s3: Any) -> ModuleType:
    """The function's module, without a build in its bundle."""
    specification = importlib.util.spec_from_file_location("console_handler", HANDLER)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def event(kind: str, bucket: str = BUCKET) -> dict[str, Any]:
    properties = {"ServiceToken": "token", "Bucket": bucket, "Settings": json.dumps(SETTINGS), "Files": "abc"}
    identity = {
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Published",
        "ResponseURL": "https://x",
    }
    return {"RequestType": kind, **identity, "PhysicalResourceId": bucket, "ResourceProperties": properties}


def keys(s3: Any) -> set[str]:
    return {each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def test_publisher_puts_each_file_with_its_media_type_and_its_lifetime(
    handler: ModuleType, s3: Any, answers: list[dict[str, Any]], build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "FILES", build)
    handler.handler(event("Create"), CONTEXT)
    assert answers == [{"PhysicalResourceId": BUCKET, "Status": "SUCCESS", "Data": {}}]
    found = {key: s3.head_object(Bucket=BUCKET, Key=key) for key in keys(s3)}
    assert {key: (each["ContentType"], each["CacheControl"]) for key, each in found.items()} == {
        "console/index.html": ("text/html; charset=utf-8", "no-cache"),
        "console/config.json": ("application/json", "no-cache"),
        "console/icon.svg": ("image/svg+xml", "no-cache"),
        "console/assets/index-abc.js": ("text/javascript; charset=utf-8", site.IMMUTABLE),
        "console/assets/index-abc.css": ("text/css; charset=utf-8", site.IMMUTABLE),
    }
    assert site.read_settings(s3, BUCKET) == SETTINGS


def test_publisher_names_the_emulated_issuer_where_there_is_one(
    s3: Any, answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, handler: ModuleType
) -> None:
    monkeypatch.setattr(handler, "settings", ConsoleSettings(issuer_origin="http://127.0.0.1:4566"))
    handler.handler(event("Update"), CONTEXT)
    expected = {**SIGN_IN, "discovery_url": "http://127.0.0.1:4566/eu-west-1_Ab/.well-known/openid-configuration"}
    assert site.read_settings(s3, BUCKET)["sign_in"] == expected


def test_publisher_without_a_build_puts_the_settings_alone(
    handler: ModuleType, s3: Any, answers: list[dict[str, Any]]
) -> None:
    handler.handler(event("Update"), CONTEXT)
    assert answers[0]["Status"] == "SUCCESS"
    assert keys(s3) == {"console/config.json"}


def test_publisher_empties_the_bucket_when_the_stack_goes(
    handler: ModuleType, s3: Any, answers: list[dict[str, Any]], build: Path
) -> None:
    for _ in range(2):
        site.publish(s3, BUCKET, build)
    s3.delete_object(Bucket=BUCKET, Key="console/icon.svg")
    handler.handler(event("Delete"), CONTEXT)
    assert answers[0]["Status"] == "SUCCESS"
    listed = s3.list_object_versions(Bucket=BUCKET)
    assert (listed.get("Versions"), listed.get("DeleteMarkers")) == (None, None)


def test_failure_of_the_publisher_is_answered(handler: ModuleType, answers: list[dict[str, Any]]) -> None:
    handler.handler(event("Create", bucket="absent"), CONTEXT)
    assert answers[0]["Status"] == "FAILED"
    assert "log stream stream" in answers[0]["Reason"]


def test_page_is_put_after_the_files_that_it_names(build: Path) -> None:
    class Recorder:
        def __init__(self) -> None:
            self.put: list[str] = []

        def put_object(self, **arguments: Any) -> None:
            self.put.append(arguments["Key"])

        def get_paginator(self, _: str) -> Any:
            return SimpleNamespace(paginate=lambda **_: [])

    recorder = Recorder()
    site.publish(recorder, BUCKET, build)
    assert recorder.put[-1] == "console/index.html"


@pytest.mark.parametrize(("days", "is_kept"), [(6, True), (8, False)])
def test_files_of_earlier_builds_stay_for_a_week(
    s3: Any, build: Path, monkeypatch: pytest.MonkeyPatch, days: int, is_kept: bool
) -> None:
    site.write_settings(s3, BUCKET, SETTINGS)
    site.publish(s3, BUCKET, build)
    (build / "assets/index-abc.js").rename(build / "assets/index-def.js")
    later = datetime.now(UTC) + timedelta(days=days)
    monkeypatch.setattr(site, "datetime", SimpleNamespace(now=lambda _: later))
    site.publish(s3, BUCKET, build)
    assert ("console/assets/index-abc.js" in keys(s3)) is is_kept
    assert {"console/assets/index-def.js", "console/index.html", "console/config.json"} <= keys(s3)


def test_build_with_a_file_of_unknown_type_is_refused_before_anything_is_put(s3: Any, build: Path) -> None:
    (build / "assets/index.xyz").write_text("?")
    with pytest.raises(site.UnknownFile, match=r"assets/index\.xyz: the media type of \.xyz is unknown"):
        site.publish(s3, BUCKET, build)
    assert keys(s3) == set()
