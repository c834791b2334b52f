"""Imports through the functions `jobs` and `worker`, over a real MongoDB and an S3 emulator that checks signatures."""

import importlib
import json
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo.database import Database

from foveal.aws import functions, secrets
from foveal.database import client
from foveal.database.client import Document
from tests.gateway import NO_BODY, gateway_event
from tests.integration.delivery.world import fresh_name
from tests.integration.ingest import aws_emulator
from tools.openapi import ENVIRONMENT

PROJECT = "harbour"
BEGIN, START = "POST /v1/projects/{project}/imports", "POST /v1/imports/{import_id}/start"
GET, UNDO = "GET /v1/imports/{import_id}", "DELETE /v1/imports/{import_id}"
GET_JOB, STOP_JOB = "GET /v1/jobs/{job_id}", "DELETE /v1/jobs/{job_id}"


@dataclass
class World:
    """Both functions with their database and bucket; `published` are the events on the bus."""

    database: Database[Document]
    s3: Any
    bucket: str
    api: Any = None
    worker: Any = None
    published: list[Any] = field(default_factory=list)
    started: list[str] = field(default_factory=list)

    def reload(self) -> None:
        """Load both functions with the present environment."""
        modules = {}
        for name in ("jobs", "worker"):
            sys.modules.pop(f"functions.{name}.handler", None)
            modules[name] = importlib.import_module(f"functions.{name}.handler")
        self.api, self.worker = modules["jobs"].api, modules["worker"]
        self.worker.put_events = self._put_events

    def _put_events(self, entries: Any) -> list[Any]:
        self.published += [(each["DetailType"], json.loads(each["Detail"])) for each in entries]
        return []

    def call(
        self, key: str, body: Any = None, *, role: str = "editor", project: str = PROJECT, **path: str
    ) -> tuple[int, Any]:
        """Return status and body of a call by somebody with a role in a project."""
        sent = NO_BODY if body is None else json.dumps(body).encode()
        authorized = {"sub": "user-1", "cognito:groups": f"[{project}:{role}]"}
        names = {"project": PROJECT, **path} if "{project}" in key else path
        answer = self.api(gateway_event(key, names, sent, authorized=authorized), None)
        return answer["statusCode"], json.loads(answer.get("body") or "null")

    def begin(self, files: Mapping[str, bytes], role: str = "editor", **members: Any) -> str:
        """Begin an import and upload its files; return its id."""
        announced = [{"name": name, "size_bytes": len(content)} for name, content in files.items()]
        status, begun = self.call(BEGIN, {"files": announced, **members}, role=role)
        assert status == 201, begun
        for ticket, content in zip(begun["uploads"], files.values(), strict=True):
            request = urllib.request.Request(ticket["url"], content, ticket["headers"], method="PUT")  # noqa: S310 - the emulator
            assert urllib.request.urlopen(request).status == 200  # noqa: S310
        return str(begun["import"]["import_id"])

    def work(self, job_id: str, seconds: float = 600) -> str:
        """Let the worker do a job; return its state."""
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: (seconds + 60) * 1000)
        return str(self.worker.handler({"job_id": job_id}, context)["state"])

    def start(self, import_id: str, **body: Any) -> Any:
        """Start an import, let the worker do it, and return the import as it is then."""
        status, started = self.call(START, body, import_id=import_id)
        assert status == 202, started
        assert self.work(started["job"]["job_id"]) == "completed", self.call(GET_JOB, job_id=started["job"]["job_id"])
        return self.call(GET, import_id=import_id)[1]

    def report(self, import_: Any) -> list[Any]:
        """Return the lines of a report."""
        with urllib.request.urlopen(import_["report_url"]) as answer:  # noqa: S310
            return [json.loads(line) for line in answer.read().decode().splitlines()]


@pytest.fixture(scope="session")
def imports_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with aws_emulator.running(tmp_path_factory.mktemp("cloud")) as url:
        yield url


@pytest.fixture
def world(imports_cloud: str, database: Database[Document], monkeypatch: pytest.MonkeyPatch) -> World:
    bucket = f"media-{fresh_name()}"
    settings = {**ENVIRONMENT, **aws_emulator.KEYS, "AWS_ENDPOINT_URL": imports_cloud, "MEDIA_BUCKET": bucket}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(client, "database", lambda _: database)
    monkeypatch.setattr(secrets, "get_secret", lambda _: "a key that only tests have")
    s3 = aws_emulator.client(imports_cloud, "s3")
    s3.create_bucket(Bucket=bucket)
    found = World(database, s3, bucket)
    found.reload()
    monkeypatch.setattr(functions, "invoke_async", lambda _, payload: found.started.append(payload["job_id"]))
    return found
