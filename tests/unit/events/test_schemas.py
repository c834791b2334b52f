"""Event schemas: one per detail type, with the same common members in each."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from foveal.events import contract
from foveal.events.schemas import DETAIL_TYPES, SCHEMA_VERSION, schema

COMMON = ("schema_version", "event_id", "occurred_at", "project")


@pytest.mark.parametrize("detail_type", DETAIL_TYPES)
def test_schema_is_valid_and_named_after_its_detail_type(detail_type: str) -> None:
    rules = schema(detail_type)
    jsonschema.Draft202012Validator.check_schema(rules)
    assert rules["title"] == detail_type
    assert rules["$id"].endswith(f"/v{SCHEMA_VERSION}/{detail_type}.json")
    assert set(rules["required"]) <= set(rules["properties"])


@pytest.mark.parametrize("member", COMMON)
def test_common_member_has_the_same_rule_in_every_schema(member: str) -> None:
    rules = {json.dumps(schema(detail_type)["properties"][member], sort_keys=True) for detail_type in DETAIL_TYPES}
    assert len(rules) == 1
    assert all(member in schema(detail_type)["required"] for detail_type in DETAIL_TYPES)


@pytest.mark.parametrize("detail_type", DETAIL_TYPES)
def test_schema_has_no_member_for_patient_data_or_urls(detail_type: str) -> None:
    properties = set(schema(detail_type)["properties"])
    assert not properties & {"file_name", "dicom", "location", "camera", "captured_at", "attributes", "tags"}
    assert not [name for name in properties if re.search(r"url|uri|token", name)]


def test_every_schema_file_belongs_to_a_detail_type() -> None:
    folder = Path(contract.__file__).parent / "schemas" / f"v{SCHEMA_VERSION}"
    assert {file.stem for file in folder.glob("*.json")} == set(DETAIL_TYPES)


def test_schema_lookup_fails_for_another_version_or_detail_type() -> None:
    with pytest.raises(LookupError):
        schema("AssetReady", SCHEMA_VERSION + 1)
    with pytest.raises(LookupError):
        schema("MediaReady")


@pytest.mark.parametrize("event", contract.deliveries(), ids=contract.name)
def test_sample_deliveries_match_the_contract(event: dict[str, Any]) -> None:
    contract.check(event)
    json.loads(json.dumps(event))


def test_repeated_delivery_has_one_event_id_and_two_eventbridge_ids() -> None:
    first, again = contract.twice(contract.deliveries("AssetReady")[0])
    assert first["detail"] == again["detail"]
    assert first["id"] != again["id"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"source": "aws.s3"}, "source"),
        ({"detail-type": "MediaReady"}, "detail-type"),
        ({"detail": {}}, "version"),
    ],
)
def test_event_of_another_source_or_type_violates_the_contract(change: dict[str, Any], told: str) -> None:
    with pytest.raises(contract.ContractViolation, match=told):
        contract.check({**contract.deliveries("AssetReady")[0], **change})


@pytest.mark.parametrize("detail_type", DETAIL_TYPES)
def test_event_without_a_required_member_violates_the_contract(detail_type: str) -> None:
    event = contract.deliveries(detail_type)[0]
    for member in schema(detail_type)["required"]:
        broken = {**event, "detail": {name: value for name, value in event["detail"].items() if name != member}}
        with pytest.raises(contract.ContractViolation):
            contract.check(broken)


def test_event_of_the_guide_fulfils_the_contract() -> None:
    guide = (Path(__file__).resolve().parents[3] / "docs/events.md").read_text()
    (shown,) = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    contract.check(json.loads(shown))


@pytest.mark.parametrize("version", [True, 1.0, [1], None, 2])
def test_event_violates_the_contract_when_its_version_is_not_the_number_of_one(version: object) -> None:
    event = contract.deliveries("AssetReady")[0]
    event["detail"]["schema_version"] = version
    with pytest.raises(contract.ContractViolation):
        contract.check(event)
