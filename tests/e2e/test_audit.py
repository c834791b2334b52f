"""Audit records of the deployed function: a log group of its own retention, without URLs."""

import base64
import json
from typing import Any

from infra import config
from local.instance import STAGE
from tests.e2e.stack import Caller, Stack, eventually


def test_audit_record_names_caller_and_asset_and_is_kept_as_long_as_the_stage_says(
    stack: Stack, photo: dict[str, Any]
) -> None:
    viewer = stack.caller("demo:viewer")
    url = viewer.signed_url(photo["asset_id"])
    subject = json.loads(_payload(viewer))["sub"]
    group = _log_group(stack, "Downloads")

    record = eventually(lambda: _record_of(stack, group["logGroupName"], subject), 20)

    assert record["audit"] == {
        "action": "read",
        "subject": subject,
        "project": "demo",
        "asset_ids": [photo["asset_id"]],
        "variant": "original",
    }
    assert record["correlation_id"]
    assert url.partition("?")[0] not in json.dumps(record)
    assert "Signature" not in json.dumps(record)
    assert group["retentionInDays"] == config.load(STAGE).audit_retention_days


def _log_group(stack: Stack, function: str) -> dict[str, Any]:
    groups = stack.aws("logs").describe_log_groups()["logGroups"]
    found: dict[str, Any] = next(each for each in groups if f"{function}Logs" in each["logGroupName"])
    return found


def _record_of(stack: Stack, group: str, subject: str) -> dict[str, Any] | None:
    events = stack.aws("logs").filter_log_events(logGroupName=group, filterPattern=f'"{subject}"')["events"]
    return next((json.loads(each["message"]) for each in events if subject in each["message"]), None)


def _payload(caller: Caller) -> bytes:
    """Claims of the caller's token."""
    part = str(caller.token).split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
