"""The catalog's commands from the outside."""

from pathlib import Path

import pytest
from pymongo.database import Database
from typer.testing import CliRunner

from foveal.cli.operations import catalog
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
