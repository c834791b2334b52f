"""The function `jobs`, called as API Gateway calls it, over a database of the test's own."""

import importlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pymongo.database import Database

from foveal.aws import functions, secrets
from foveal.database import client
from foveal.database.client import Document
from tests.gateway import NO_BODY, gateway_event
from tools.openapi import ENVIRONMENT

PROJECT = "harbour"


@dataclass
class World:
    """The function with its database; `started` are the payloads of the workers that were started."""

    database: Database[Document]
    api: Any
    started: list[Any] = field(default_factory=list)

    def call(
        self,
        key: str,
        body: Any = None,
        *,
        role: str = "editor",
        project: str = PROJECT,
        query: Mapping[str, str] | None = None,
        **path: str,
    ) -> tuple[int, Any]:
        """Return status and body of a call by somebody with a role in a project."""
        sent = NO_BODY if body is None else json.dumps(body).encode()
        authorized = {"sub": "user-1", "cognito:groups": f"[{project}:{role}]"}
        names = {"project": PROJECT, **path} if "{project}" in key else path
        answer = self.api(gateway_event(key, names, sent, query=query, authorized=authorized), None)
        return answer["statusCode"], json.loads(answer.get("body") or "null")


@pytest.fixture
def world(database: Database[Document], monkeypatch: pytest.MonkeyPatch) -> World:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(client, "database", lambda _: database)
    monkeypatch.setattr(secrets, "get_secret", lambda _: "a key that only tests have")
    sys.modules.pop("functions.jobs.handler", None)
    found = World(database, importlib.import_module("functions.jobs.handler").api)
    monkeypatch.setattr(functions, "invoke_async", lambda _name, payload: found.started.append(payload))
    return found
