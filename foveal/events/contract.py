"""Contract tests for consumers of Foveal's events: sample deliveries, also with members of later releases.

    import pytest
    from foveal.events import contract

    @pytest.mark.parametrize("event", contract.deliveries("AssetReady", "AssetRestored"), ids=contract.name)
    def test_my_consumer_accepts_every_delivery(event):
        my_handler(event, None)

Each delivery is a whole EventBridge event as a target gets it. They come with only what the schema requires, with all
that it allows, with a member that a later minor change may add, and, for consumers that keep state, twice.
`check` raises for an event that violates the contract; tests of a producer or of recorded events use it.
"""

import copy
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from foveal.events.schemas import DETAIL_TYPES, SOURCE, schema

Event = dict[str, Any]
_FUTURE_MEMBER: Final = "added_in_a_later_release"
_SAMPLES: Final[Mapping[str, Any]] = {
    "event_id": "0b7a4b0e-3f0c-5a3e-9f52-6a0c5f1d7e11",
    "occurred_at": "2026-10-31T09:30:00.000Z",
    "project": "zoo",
    "asset_id": "0199f3a2-5c00-7abc-8def-0123456789ab",
    "version_id": "3HL4kqtJvjVBH40Nrjfkd",
    "delete_marker_version_id": "8XECiENpj8pydEDJdd-_VRrvaGKAHOaGMNW7tg6UViI",
    "bucket": "media-bucket",
    "key": "media/zoo/0199f3a2-5c00-7abc-8def-0123456789ab/original.jpg",
    "format": "jpeg",
    "mime_type": "image/jpeg",
    "checksums": {"verified": True, "crc64nvme": "AAAAAAAAAAA="},
    "frame_rate": {"num": 30000, "den": 1001},
    "fields": ["ground_truth"],
    "dataset": "birds",
    "content_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


class ContractViolation(AssertionError):
    """An event that violates the contract; the text names the member and the rule."""


def check(event: Mapping[str, Any]) -> None:
    """Raise ContractViolation unless this is an EventBridge event of Foveal whose detail matches its schema."""
    from jsonschema import Draft202012Validator

    detail_type, detail = event.get("detail-type"), event.get("detail")
    if event.get("source") != SOURCE or detail_type not in DETAIL_TYPES or not isinstance(detail, Mapping):
        raise ContractViolation("not an event of Foveal: source, detail-type or detail")
    version = detail.get("schema_version")
    try:
        rules = schema(str(detail_type), version if type(version) is int else 0)
    except LookupError as error:
        raise ContractViolation(str(error)) from None
    for wrong in Draft202012Validator(rules).iter_errors(detail):
        raise ContractViolation(f"{detail_type}: {wrong.json_path}: {wrong.message}")


def deliveries(*detail_types: str) -> list[Event]:
    """Return events of the given detail types (all without any) in each form that a consumer has to take."""
    events = []
    for detail_type in detail_types or DETAIL_TYPES:
        smallest, largest = _detail(detail_type, optional=False), _detail(detail_type, optional=True)
        grown = {**largest, _FUTURE_MEMBER: {"nested": [1, "two", None]}}
        events += [_envelope(detail_type, detail) for detail in (smallest, largest, grown)]
    return events


def twice(event: Event) -> tuple[Event, Event]:
    """Return two deliveries of one occurrence: other EventBridge ids, the same `detail.event_id`."""
    again = copy.deepcopy(event)
    again["id"] = str(uuid.uuid4())
    return event, again


def name(event: Event) -> str:
    """Return a name for a delivery, for test ids."""
    members = len(event["detail"])
    grown = "-grown" if _FUTURE_MEMBER in event["detail"] else ""
    return f"{event['detail-type']}-{members}-members{grown}"


def _detail(detail_type: str, *, optional: bool) -> dict[str, Any]:
    rules = schema(detail_type)
    names: Iterable[str] = rules["properties"] if optional else rules["required"]
    return {member: _sample(member, rules["properties"][member]) for member in names}


def _sample(member: str, rule: Mapping[str, Any]) -> Any:
    if "const" in rule:
        return rule["const"]
    if "enum" in rule:
        return rule["enum"][0]
    if member in _SAMPLES:
        return copy.deepcopy(_SAMPLES[member])
    kind = rule["type"] if isinstance(rule["type"], str) else _first_non_null(rule["type"])
    if kind == "array":
        return [_sample(member, rule["items"])]
    values: Mapping[str, Any] = {
        "integer": max(1, rule.get("minimum", 1)),
        "number": 12.5,
        "boolean": True,
        "string": "sample",
    }
    return values[kind]


def _first_non_null(kinds: Sequence[str]) -> str:
    return next(kind for kind in kinds if kind != "null")


def _envelope(detail_type: str, detail: dict[str, Any]) -> Event:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": SOURCE,
        "account": "111122223333",
        "time": "2026-10-31T09:30:01Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": detail,
    }
