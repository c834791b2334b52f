"""Galleries: assets that a filter finds, each with signed URLs, in one call."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foveal.access import audit
from foveal.encoding import json_text
from tests.integration.delivery.test_downloads import edge
from tests.integration.delivery.world import Answer, World, jpeg

ROUTE = "POST /v1/projects/zoo/downloads/search"
START = datetime(2026, 3, 1, tzinfo=UTC)


def found(world: World, roles: str = "zoo:viewer", **body: Any) -> Answer:
    return world.call(ROUTE, {"include": ["thumbnail"], "sort": "created_at", **body}, roles=roles)


def add(world: World, number: int, **facts: Any) -> str:
    return world.add(jpeg(40, 30), created_at=START + timedelta(seconds=number), **facts)


def test_found_assets_have_the_urls_of_downloads(world: World) -> None:
    ids = [add(world, number) for number in range(3)]
    first = found(world)
    assert first.status == 200, first.body
    problems = [item["downloads"]["thumbnail"]["problem"]["code"] for item in first.body["items"]]
    assert problems == ["RenditionNotReady"] * 3
    again = found(world, include=["thumbnail", "original"])
    alone = {
        variant: world.call("POST /v1/projects/zoo/downloads", {"asset_ids": ids, "variant": variant}).body
        for variant in ("thumbnail", "original")
    }
    for number, item in enumerate(again.body["items"]):
        assert item["asset_id"] == ids[number]
        assert item["file_name"] == "a.jpg"
        for variant, answer in alone.items():
            assert {"asset_id": ids[number], **item["downloads"][variant]} == answer["downloads"][number]
            assert edge().admits(item["downloads"][variant]["url"])


def test_pages_go_on_as_those_of_a_search_and_hold_the_fields_asked_for(world: World) -> None:
    ids = [add(world, number, tags=["night"]) for number in range(3)]
    add(world, 9)
    body: dict[str, Any] = {"filter": {"field": "tags", "eq": "night"}, "limit": 2, "fields": ["width"]}
    first = found(world, **body).body
    second = found(world, **body, next_token=first["next_token"]).body
    assert [item["asset_id"] for item in first["items"] + second["items"]] == ids
    assert all(item.keys() == {"asset_id", "downloads"} for item in first["items"])
    assert second["next_token"] is None


def test_found_asset_that_is_not_delivered_has_its_problem(world: World) -> None:
    add(world, 0, status="failed")
    (item,) = found(world, filter={"field": "status", "eq": "failed"}).body["items"]
    assert item["downloads"]["thumbnail"]["problem"]["code"] == "AssetNotReady"


def test_view_narrows_what_is_found(world: World) -> None:
    wanted = add(world, 0, tags=["night"])
    add(world, 1)
    view = '{"filter": {"field": "tags", "eq": "night"}}'
    world.database.views.insert_one(
        {
            "_id": "zoo/dark",
            "project": "zoo",
            "name": "dark",
            "view": view,
            "updated_at": START,
            "updated_by": "ann",
            "schema_version": 1,
        }
    )
    assert [item["asset_id"] for item in found(world, view="dark").body["items"]] == [wanted]
    assert found(world, view="none").status == 404


def test_project_without_a_role_is_answered_as_an_absent_one(world: World) -> None:
    add(world, 0)
    answer = found(world, roles="aquarium:viewer")
    assert (answer.status, answer.body["code"]) == (404, "NoSuchProject")


@pytest.mark.parametrize(
    ("body", "status"),
    [({"include": []}, 400), ({"include": ["poster"]}, 422), ({"include": ["strip"] * 5}, 400), ({"limit": 501}, 400)],
)
def test_gallery_is_refused_when_it_is_malformed(world: World, body: Any, status: int) -> None:
    add(world, 0)
    assert found(world, **body).status == status


def test_page_without_assets_signs_nothing(world: World) -> None:
    assert found(world).body == {"items": [], "next_token": None}
    assert world.invocations == []


def test_urls_are_recorded_for_the_audit_by_variant(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asset_id = add(world, 0)
    records: list[Any] = []
    monkeypatch.setattr(audit, "record_of", lambda _, *facts, **more: records.append((*map(_listed, facts), more)))
    found(world, include=["original"])
    assert [record[0] for record in records] == ["read"]
    assert records[0][3] == [asset_id]
    assert records[0][4] == {"variant": "original"}


def test_page_leaves_space_for_its_urls(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        add(world, number)
    monkeypatch.setattr("foveal.catalog.routes.page_size.MAX_ANSWER_BYTES", 10_000)
    page = found(world, include=["original"])
    assert 1 <= len(page.body["items"]) < 8
    assert page.body["next_token"]
    assert json_text.answer_bytes(json_text.plain_dumps(page.body)) <= 10_000


def _listed(value: Any) -> Any:
    return value if isinstance(value, str) else list(value)
