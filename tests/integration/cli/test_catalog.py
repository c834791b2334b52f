"""The catalog's commands from the outside."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pymongo.database import Database
from typer.testing import CliRunner

from foveal.cli import catalog
from foveal.cli.root import build
from foveal.database.client import Document
from tests.integration.catalog.conftest import PROJECT, an_asset

runner = CliRunner()


def test_plan_is_printed_and_not_applied(mongodb_uri: str, database: Database[Document]) -> None:
    name = database.name + "_cli"
    arguments = ["migrate", "--uri", mongodb_uri, "--database", name]
    planned = runner.invoke(build([catalog]), [*arguments, "--plan"])
    assert planned.exit_code == 0, planned.output
    assert "would create collection assets" in planned.output
    assert name not in database.client.list_database_names()
    assert "create collection assets" in runner.invoke(build([catalog]), arguments).output
    assert "nothing to do" in runner.invoke(build([catalog]), arguments).output
    database.client.drop_database(name)


def test_migrate_names_the_missing_option_when_there_is_no_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(build([catalog]), ["migrate"])
    assert result.exit_code == 2
    assert "--uri" in result.output


def test_summaries_and_counts_are_put_right_when_asked(mongodb_uri: str, database: Database[Document]) -> None:
    asset = an_asset(label_summary=[{"field": "g", "label": "ghost", "type": "detection", "count": 1}])
    database.assets.insert_one(asset)
    arguments = ["recount", PROJECT, "--uri", mongodb_uri, "--database", database.name]
    result = runner.invoke(build([catalog]), arguments)
    assert result.output.splitlines() == ["1 label summaries put right", "1 assets counted"]
    assert (database.assets.find_one() or {})["label_summary"] == []


def test_search_prints_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        page: dict[str, Any] = {"items": [{"asset_id": f"a{len(asked)}", "file_name": "x.jpg"}]}
        return httpx2.Response(200, json=page | {"next_token": "t" if len(asked) == 1 else None})

    client = httpx2.Client
    monkeypatch.setattr(httpx2, "Client", lambda **options: client(transport=httpx2.MockTransport(answer), **options))
    monkeypatch.setenv("FOVEAL_TOKEN", "token-of-a-test")
    arguments = ["search", "label=car&confidence.gte=0.8", "--api", "https://api.test", "--project", PROJECT, "--json"]
    result = runner.invoke(build([catalog]), arguments)
    assert [json.loads(line)["asset_id"] for line in result.output.splitlines()] == ["a1", "a2"]
    assert dict(asked[1].url.params) == {"label": "car", "confidence.gte": "0.8", "next_token": "t"}
    assert asked[0].headers["authorization"] == "Bearer token-of-a-test"


def test_search_prints_the_reason_when_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = httpx2.MockTransport(lambda _: httpx2.Response(400, json={"detail": "limit: must be a number."}))
    client = httpx2.Client
    monkeypatch.setattr(httpx2, "Client", lambda **options: client(transport=refusal, **options))
    monkeypatch.setenv("FOVEAL_TOKEN", "token-of-a-test")
    result = runner.invoke(build([catalog]), ["search", "--api", "https://api.test", "--project", PROJECT])
    assert (result.exit_code, result.stderr.strip()) == (1, "limit: must be a number.")
