"""`foveal datasets` against the functions themselves."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from foveal.cli.projects import datasets
from foveal.client._sync.project import Project
from foveal.client.calls import ABSENT, Call
from foveal.datasets.making import version_job
from tests.integration.datasets.conftest import PROJECT, Client, Zoo


class FunctionTransport:
    """Calls the functions where the client would send a request."""

    http = retries = None

    def __init__(self, caller: Client) -> None:
        self._caller = caller

    def send(self, call: Call) -> Any:
        self._caller.work()  # the worker of a job that was started by the call before
        query = {name: str(value) for name, value in dict(call.query).items() if value is not ABSENT}
        body = None if call.body is ABSENT else {name: each for name, each in call.body.items() if each is not ABSENT}
        path = {name: str(value) for name, value in call.path.items() if name != "project"}
        status, answer = self._caller.call(f"{call.method} {call.route}", body, query=query, **path)
        assert status < 300, answer
        return answer


@pytest.fixture
def run(caller: Client, monkeypatch: pytest.MonkeyPatch) -> Any:
    @contextmanager
    def opened(_project: str | None, _api: str | None) -> Iterator[Project]:
        transport: Any = FunctionTransport(caller)
        yield Project(transport, PROJECT)

    monkeypatch.setattr(datasets, "open_project", opened)
    monkeypatch.setattr(datasets, "time", SimpleNamespace(sleep=lambda _: None))

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(datasets.datasets, words)

    return invoke


def lines(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_commands_create_list_and_show_versions(zoo: Zoo, run: Any, tmp_path: Path) -> None:
    ids = zoo.add(4, tags=["night"])
    zoo.add(2)
    (tmp_path / "ids").write_text("\n".join(ids[:3]) + "\n")
    everything = lines(run("create", "all", "--split", "train=0.5,val=0.5", "--seed", "7", "--json"))[0]
    night = lines(run("create", "night", '{"field": "tags", "eq": "night"}', "--description", "dark", "--json"))[0]
    listed = lines(run("create", "night", "--assets", str(tmp_path / "ids"), "--json"))[0]
    assert [each["asset_count"] for each in (everything, night, listed)] == [6, 4, 3]
    assert everything["split"]["seed"] == "7"
    assert [each["name"] for each in lines(run("ls", "--json"))] == ["all", "night"]
    assert lines(run("ls", "night", "--json")) == [listed, night]
    assert lines(run("show", "night", "1", "--json")) == [night]
    assert f"root\t{everything['root']}" in run("show", "all").stdout
    assert {each["split"] for each in lines(run("members", "all", "--split", "train", "--json"))} == {"train"}


def test_diff_prints_the_summary_and_every_difference(zoo: Zoo, run: Any) -> None:
    zoo.add(2)
    run("create", "cats")
    zoo.annotate(zoo.add()[0])
    run("create", "cats")
    assert [list(each) for each in lines(run("diff", "cats", "1", "--summary", "--json"))] == [["summary"]]
    summary, fact = lines(run("diff", "cats", "1", "2", "--json"))
    assert summary["summary"]["changes"] == {"asset_added": 1}
    assert (fact["change"], fact["after"]) == ("asset_added", 1)
    assert "label\tcat\t0\t1" in run("diff", "cats", "1").stdout


def test_create_waits_for_the_job_of_a_large_version(zoo: Zoo, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_job, "MAX_AT_ONCE", 1)
    zoo.add(3)
    assert lines(run("create", "cats", "--no-wait", "--json"))[0]["state"] == "creating"
    assert lines(run("create", "cats", "--json"))[0]["state"] == "ready"


def test_rm_deletes_a_version_when_it_is_confirmed(zoo: Zoo, run: Any) -> None:
    zoo.add()
    run("create", "cats")
    assert run("rm", "cats", "1").exit_code == 1
    assert lines(run("ls", "cats", "--json"))
    assert run("rm", "cats", "1", "--yes").exit_code == 0
    assert lines(run("ls", "cats", "--json")) == []


@pytest.mark.parametrize("split", ["train", "train=a", "train=0.5;val=0.5"])
def test_create_refuses_shares_that_cannot_be_read(run: Any, split: str) -> None:
    result = run("create", "cats", "--split", split)
    assert result.exit_code == 2
    assert "train=0.8,val=0.2" in result.output
