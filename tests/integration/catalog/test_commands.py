"""Commands of users against the catalog's own routes: what they print, in JSON and in lines, and how they exit."""

import importlib
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
from pymongo.database import Database
from typer.testing import CliRunner, Result

from foveal.cli import GROUPS
from foveal.cli.failures import exit_code
from foveal.cli.root import build
from foveal.client import Foveal  # noqa: F401  imported while `httpx2.Client` is the class that annotations name
from foveal.database.client import Document
from functions.catalog import handler
from tests.gateway import gateway_event
from tests.integration.catalog.conftest import PROJECT, an_asset

ROUTES = {key: re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(key))) for key in handler.api.routes}
Run = Callable[..., Result]
BOX = {"type": "detection", "label": "lion", "bbox": [0.1, 0.2, 0.3, 0.4], "confidence": 0.9}


def answer(request: httpx2.Request) -> httpx2.Response:
    """Answer a request of the client as the deployed function would."""
    target = request.url.raw_path.decode().partition("?")[0]
    for key, pattern in ROUTES.items():
        if found := pattern.fullmatch(f"{request.method} {target}"):
            path = {name: unquote(value) for name, value in found.groupdict().items()}
            event = gateway_event(
                key,
                path,
                request.content,
                query=request.url.params.multi_items(),
                headers=dict(request.headers),
                authorized={"sub": "user-1", "cognito:groups": f"[{PROJECT}:admin]"},
            )
            result = handler.handler(event, None)
            content = (result.get("body") or "").encode()
            return httpx2.Response(result["statusCode"], content=content, headers=result["headers"])
    raise AssertionError(f"no route for {request.method} {target}")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    client = httpx2.Client

    def of_the_function(**options: Any) -> httpx2.Client:
        return client(transport=httpx2.MockTransport(answer), **options)

    monkeypatch.setattr(httpx2, "Client", of_the_function)
    monkeypatch.setenv("FOVEAL_API_URL", "https://api.test")
    monkeypatch.setenv("FOVEAL_TOKEN", "token-of-a-test")
    monkeypatch.setenv("FOVEAL_PROJECT", PROJECT)

    def invoke(*arguments: str, text: str | None = None) -> Result:
        module = importlib.import_module(GROUPS[arguments[0]])
        group = ["--help"] if len(arguments) == 0 else list(arguments)
        program = build([module, importlib.import_module("foveal.cli.probe")])  # two, so that the name is a command's
        return CliRunner().invoke(program, group, input=text)

    return invoke


def lines(result: Result) -> list[Any]:
    """Return the objects that a command printed; each of its lines is one."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_ls_and_search_keep_repeated_conditions_and_print_every_page(database: Database[Document], run: Run) -> None:
    both = [an_asset(tags=["night", "rain"]) for _ in range(3)]
    failed = an_asset(status="failed", tags=["night", "rain"])
    database.assets.insert_many([*both, failed, an_asset(tags=["night"]), an_asset(tags=["rain"])])
    found = lines(run("search", "tags=night", "tags=rain", "--all", "--json"))
    assert {each["asset_id"] for each in found} == {each["_id"] for each in both}
    assert len(lines(run("ls", "tags=night&tags=rain", "--json"))) == 4
    limited = run("ls", "--limit", "2")
    assert (len(limited.stdout.splitlines()), "--all" in limited.stderr) == (2, True)
    assert run("search", "tags=night", "--count").stdout == "4\n"
    assert run("search", '{"field": "tags", "eq": "rain"}', "--count").stdout == "4\n"


def test_search_without_a_result_says_so_and_prints_nothing(run: Run) -> None:
    result = run("search", "tags=absent")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"No asset of {PROJECT} matches.\n")


def test_refused_search_has_the_exit_code_of_usage(run: Run) -> None:
    result = run("search", "nonsense=1")
    assert isinstance(result.exception, Exception)
    assert exit_code(result.exception) == 2
    assert "is not a field" in str(result.exception)


def test_tags_and_attributes_are_changed_by_name_by_search_and_from_a_pipe(
    database: Database[Document], run: Run
) -> None:
    first, second = an_asset(file_name="a.jpg"), an_asset(file_name="b.jpg", status="failed")
    database.assets.insert_many([first, second])
    assert lines(run("tag", "a.jpg", "b.jpg", "--add", "x", "--json")) == [{"matched": 2, "modified": 2, "missing": []}]
    assert lines(run("tag", "--where", "tags=x&status.in=ready,failed", "--add", "y", "--json"))[0]["modified"] == 2
    piped = "\n".join((json.dumps({"asset_id": first["_id"]}), f"{second['_id']}\tb.jpg\tfailed"))
    run("set", "-", "-a", "speed=3.5", "-a", "site=north", "-a", 'code="3"', text=piped)
    stored = database.assets.find_one({"_id": second["_id"]}) or {}
    assert (stored["tags"], stored["attributes"]) == (["x", "y"], {"speed": 3.5, "site": "north", "code": "3"})
    assert run("set", "a.jpg", "--name", "c.jpg").exit_code == 0
    assert (database.assets.find_one({"_id": first["_id"]}) or {})["file_name"] == "c.jpg"


def test_edit_exits_with_4_when_no_asset_is_there(run: Run) -> None:
    result = run("tag", "01890000-0000-7000-8000-000000000000", "--add", "x", "--json")
    assert (result.exit_code, lines(result)[0]["missing"]) == (4, ["01890000-0000-7000-8000-000000000000"])


def test_asset_with_a_name_that_several_have_is_not_guessed(database: Database[Document], run: Run) -> None:
    database.assets.insert_many([an_asset(file_name="a.jpg"), an_asset(file_name="a.jpg")])
    result = run("tag", "a.jpg", "--add", "x")
    assert isinstance(result.exception, Exception)
    assert (exit_code(result.exception), "by its id" in str(result.exception)) == (2, True)


def test_rows_have_results_of_their_own_and_no_label_is_there_twice(database: Database[Document], run: Run) -> None:
    database.assets.insert_many([an_asset(file_name="a.jpg"), an_asset(file_name="b.jpg")])
    rows = [{"file_name": "a.jpg", **BOX}, {"file_name": "no.jpg", **BOX}, {"file_name": "b.jpg", **BOX, "bbox": [2]}]
    text = "\n".join([*map(json.dumps, rows), "broken", '{"file_name": "b.jpg", "confidence": NaN}'])
    result = run("annotate", "-", "--field", "gt", "--json", text=text)
    *results, summary = lines(result)
    assert [(each["row"], each["event"]) for each in results] == [
        (1, "written"),
        *((number, "refused") for number in range(2, 6)),
    ]
    assert (result.exit_code, summary["counts"]) == (1, {"written": 1, "refused": 4})
    again = run("annotate", "-", "--field", "gt", "--json", text=json.dumps([rows[0]]))
    assert (again.exit_code, lines(again)[0]["event"]) == (0, "already there")
    assert database.annotations.count_documents({}) == 1


def test_labels_are_counted_and_listed_and_annotations_edited_and_restored(
    database: Database[Document], run: Run
) -> None:
    database.assets.insert_one(an_asset(file_name="a.jpg"))
    run("annotate", "-", "--field", "gt", text=json.dumps({"file_name": "a.jpg", **BOX}))
    assert run("labels").stdout == "lion\tgt\tdetection\t1\t1\n"
    (annotation,) = lines(run("labels", "a.jpg", "--json"))
    name = annotation["annotation_id"]
    assert lines(run("annotation", "edit", name, '{"label": "lioness"}', "--json"))[0]["label"] == "lioness"
    assert run("annotation", "rm", name).exit_code == 0
    assert lines(run("annotation", "restore", name, "--json"))[0]["label"] == "lioness"
    kinds = [each["change"]["kind"] for each in lines(run("annotation", "history", name, "--json"))]
    assert kinds == ["created", "updated", "deleted", "restored"]
    replaced = run("annotation", "replace", "a.jpg", "gt", "-", "--reviewed", "--json", text="[]")
    assert replaced.exit_code == 0
    assert lines(run("labels", "a.jpg", "--json")) == []


def test_views_and_schemas_are_saved_listed_and_removed(database: Database[Document], run: Run) -> None:
    database.assets.insert_many([an_asset(width=2000), an_asset(width=10)])
    run("views", "save", "wide", '{"field": "width", "gte": 1920}', "--description", "Large ones")
    assert [each["name"] for each in lines(run("views", "ls", "--json"))] == ["wide"]
    assert len(lines(run("search", "--view", "wide", "--json"))) == 1
    assert run("views", "rm", "wide").stdout == "wide deleted\n"
    schema = json.dumps({"labels": [{"name": "lion"}], "enforced_fields": []})
    for revision in (1, 2):
        assert lines(run("schemas", "put", "animals", "-", "--json", text=schema))[0]["revision"] == revision
    assert json.loads(run("schemas", "show", "animals").stdout)["labels"][0]["name"] == "lion"


def test_embeddings_are_stored_and_compared_and_statistics_are_told(database: Database[Document], run: Run) -> None:
    first, second = an_asset(file_name="a.jpg", width=100), an_asset(width=300)
    database.assets.insert_many([first, second])
    rows = [
        {"asset_id": each["_id"], "model": "m", "version": "1", "vector": vector}
        for each, vector in ((first, [1.0, 0.0]), (second, [0.9, 0.1]))
    ]
    stored = run("embeddings", "put", "-", "--json", text="\n".join(map(json.dumps, rows)))
    assert [each["event"] for each in lines(stored)] == ["stored", "stored"]
    assert len(lines(run("embeddings", "ls", "a.jpg", "--json"))) == 1
    near = lines(run("similar", "a.jpg", "--model", "m:1", "--json"))
    assert second["_id"] in {each["asset_id"] for each in near}
    assert run("stats", "width", "--kind", "distinct").stdout == "100\n300\n"
    assert run("stats", "media_type").stdout == "image\t2\n"


def test_watch_ends_when_nothing_is_pending_and_tells_failures(database: Database[Document], run: Run) -> None:
    database.assets.insert_many([an_asset(file_name="a.jpg"), an_asset(file_name="b.jpg", status="failed", reason="X")])
    assert run("watch", "a.jpg").exit_code == 0
    result = run("watch", "a.jpg", "b.jpg", "--json")
    assert (result.exit_code, {each["event"] for each in lines(result)}) == (1, {"ready", "failed"})
    database.assets.insert_one(an_asset(file_name="c.jpg", status="pending"))
    assert run("watch", "c.jpg", "--timeout", "0").exit_code == 5


def test_show_prints_a_line_for_each_fact(database: Database[Document], run: Run) -> None:
    asset = an_asset(file_name="a\x1b[2J.jpg", status="pending", s3=None)
    database.assets.insert_one(asset)
    printed = dict(line.split("\t", 1) for line in run("show", asset["_id"]).stdout.splitlines())
    assert (printed["asset_id"], printed["file_name"]) == (asset["_id"], "a\\x1b[2J.jpg")
