"""`foveal migrate` from the outside."""

from pathlib import Path

import pytest
from pymongo.database import Database
from typer.testing import CliRunner

from foveal.cli import catalog
from foveal.cli.root import build
from foveal.mongo import Document

runner = CliRunner()


def test_the_plan_is_told_and_not_done_when_asked_for_a_plan(mongodb_uri: str, database: Database[Document]) -> None:
    name = database.name + "_cli"
    arguments = ["migrate", "--uri", mongodb_uri, "--database", name]
    planned = runner.invoke(build([catalog]), [*arguments, "--plan"])
    assert planned.exit_code == 0, planned.output
    assert "would create collection assets" in planned.output
    assert name not in database.client.list_database_names()
    assert "create collection assets" in runner.invoke(build([catalog]), arguments).output
    assert "nothing to do" in runner.invoke(build([catalog]), arguments).output
    database.client.drop_database(name)


def test_a_clear_sentence_is_given_when_there_is_no_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(build([catalog]), ["migrate"])
    assert result.exit_code == 2
    assert "--uri" in result.output
