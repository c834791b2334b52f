"""Recovery without loss when a part of the stack dies."""

from typing import Any

import pytest
from rich.console import Console

from local.deployment import demo
from local.instance import LocalStackError
from local.lifecycle import up
from local.processes import emulator_process, mongod
from tests.e2e.stack import PHOTO, Caller, Stack, eventually, kill


def test_stack_has_all_of_its_state_again_when_the_emulator_was_killed(stack: Stack, editor: Caller) -> None:
    ticket = editor.begin()
    assert editor.put(ticket).status_code == 200
    editor.ready(ticket["asset_id"])
    before = eventually(lambda: _with_fingerprints(editor, ticket["asset_id"]))  # the last that the pipeline adds
    url = editor.signed_url(ticket["asset_id"])
    alarms = _alarms(stack)
    assert alarms
    eventually(lambda: _is_saved(stack) or None)

    kill(emulator_process.process(stack.instance).pid)
    up(stack.instance, Console(quiet=True), with_samples=False)

    assert editor.call("GET", f"/v1/assets/{ticket['asset_id']}").json() == before
    assert editor.http.get(url).content == PHOTO
    assert editor.put(ticket).status_code == 412
    assert _alarms(stack) == alarms
    again = editor.begin()
    assert editor.put(again).status_code == 200
    editor.ready(again["asset_id"])


def test_demo_user_that_a_killed_emulator_had_not_saved_is_there_after_the_next_up(stack: Stack) -> None:
    """The state of a killed emulator may be older than the demo user (it is saved when requests pause)."""
    stack.aws("cognito-idp").admin_delete_user(UserPoolId=stack.values["user_pool_id"], Username=demo.USERNAME)
    with pytest.raises(LocalStackError, match="run `make up` to repair it"):
        demo.token(stack.values)

    up(stack.instance, Console(quiet=True), with_samples=False)

    signed_in = Caller(stack, demo.token(stack.values))
    assert signed_in.call("GET", "/v1/projects/demo/members").status_code == 200, "an admin, as before"


def test_assets_end_ready_and_none_twice_when_mongodb_is_killed_while_uploads_arrive(
    stack: Stack, editor: Caller
) -> None:
    tickets = [editor.begin(name=f"{number}.jpg") for number in range(20)]
    for number, ticket in enumerate(tickets):
        if number == 10:
            kill(mongod.process(stack.instance).pid)
        assert editor.put(ticket).status_code == 200

    mongod.start(stack.instance)

    assert [editor.ready(ticket["asset_id"])["status"] for ticket in tickets] == ["ready"] * 20
    keys = {editor.ready(ticket["asset_id"])["s3"]["key"] for ticket in tickets}
    assert len(keys) == 20


def _with_fingerprints(editor: Caller, asset_id: str) -> dict[str, Any] | None:
    asset: dict[str, Any] = editor.call("GET", f"/v1/assets/{asset_id}").json()
    return asset if asset.get("thumbhash") else None


def _alarms(stack: Stack) -> set[str]:
    return {each["AlarmName"] for each in stack.aws("cloudwatch").describe_alarms()["MetricAlarms"]}


def _is_saved(stack: Stack) -> bool:
    """Tell whether the emulator has saved what the newest upload left: its state is younger than the bucket."""
    states = stack.instance.state / "aws"
    newest_object = max(path.stat().st_mtime_ns for path in (stack.instance.state / "s3").rglob("*") if path.is_file())
    return states.is_dir() and min(path.stat().st_mtime_ns for path in states.glob("s[3q]*.json")) > newest_object
