"""Declared members of an asset: lists that are written elsewhere agree with them."""

import re
from pathlib import Path
from typing import Any

import pytest

from foveal.catalog.routes.answers import Asset
from foveal.database.asset_fields import ASSET_FIELDS, EVENT_MEMBERS, INTERNAL, OF_VERSION, VALIDATED, Kind
from foveal.database.schema import ASSETS
from foveal.events.schemas import schema
from foveal.probe.facts import Audio, Camera, Facts

GUIDE = Path(__file__).parents[3] / "docs" / "search.md"
TOP = {field.path for field in ASSET_FIELDS if "." not in field.path}
ENVELOPE = {"schema_version", "event_id", "occurred_at", "project", "asset_id", "version_id", "bucket", "key"}


def test_members_are_declared_once_and_inner_ones_after_their_outer_member() -> None:
    paths = [field.path for field in ASSET_FIELDS]
    assert len(paths) == len(set(paths))
    assert all(path.rpartition(".")[0] in paths[:at] for at, path in enumerate(paths) if "." in path)


def test_facts_of_the_probe_are_members_of_a_version() -> None:
    assert set(Facts.__slots__) <= set(OF_VERSION)


@pytest.mark.parametrize(("member", "parts"), [("audio", Audio.__slots__), ("camera", Camera.__slots__)])
def test_parts_of_a_fact_are_searched(member: str, parts: Any) -> None:
    declared = {field.path for field in ASSET_FIELDS if field.path.startswith(f"{member}.")}
    assert declared == {f"{member}.{part}" for part in parts}


def test_public_members_are_those_of_answers() -> None:
    assert Asset.__annotations__.keys() == {field.name for field in ASSET_FIELDS if field.path in TOP - {*INTERNAL}}


@pytest.mark.parametrize("detail_type", ["AssetReady", "AssetRestored", "AssetFailed"])
def test_event_members_are_those_of_the_schemas(detail_type: str) -> None:
    reason = {"reason"} if detail_type != "AssetFailed" else set()
    assert schema(detail_type, 1)["properties"].keys() == {*EVENT_MEMBERS} - reason | ENVELOPE


def test_quarantined_event_has_the_identity_of_the_object_alone() -> None:
    trusted = {"media_type", "format", "mime_type", "size_bytes", "checksums", "reason"}
    assert schema("AssetQuarantined", 1)["properties"].keys() == trusted | ENVELOPE
    assert trusted <= {*EVENT_MEMBERS}


def test_required_members_are_validated() -> None:
    assert {"_id", *ASSETS.required} <= VALIDATED.keys()
    assert ASSETS.properties == VALIDATED


def test_guide_lists_each_searched_field_with_its_kind() -> None:
    headings = {
        Kind.TEXT: "text",
        Kind.TEXTS: "lists of text",
        Kind.NUMBER: "numbers",
        Kind.FLAG: "true or false",
        Kind.INSTANT: "instants",
        Kind.PLACE: "a place",
    }
    lines = dict(re.findall(r"^- ([a-z ]+): (.*(?:\n  .*)*)", GUIDE.read_text(), re.MULTILINE))
    for kind, heading in headings.items():
        named = set(re.findall(r"`([\w.]+)`", lines[heading])) - {"exists"}
        assert named == {field.name for field in ASSET_FIELDS if field.kind is kind}, heading
