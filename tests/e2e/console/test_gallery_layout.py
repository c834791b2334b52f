"""A million assets in the gallery: a page of the real console on a stub of the API, which computes its answers.

Only the layout is looked at here; the scenarios against the real stack are in test_gallery.py.
"""

import datetime as dt
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.console.galleries import SHOWN, opened, shot
from tests.e2e.stack import Caller, Stack

COUNT: Final = 1_000_000
NEWEST: Final = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
STEP: Final = dt.timedelta(minutes=5)
RATIOS: Final = ((4, 3), (3, 4), (3, 2), (16, 9), (1, 1))
SVG: Final = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'><rect width='4' height='3' fill='%238a8'/></svg>"
)
SLOW_MS: Final = 60_000


def instant(number: int) -> str:
    return (NEWEST - number * STEP).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def first_at(text: str) -> int:
    """Return the number of the newest asset that is not newer than an instant."""
    return max(0, -((dt.datetime.fromisoformat(text) - NEWEST) // STEP))


class StubApi:
    """Answers for a project of a million assets, asset 0 the newest, one in every five minutes."""

    def __init__(self) -> None:
        self.requests = 0

    def answer(self, route: Route) -> None:
        self.requests += 1
        path, body = route.request.url.split("/v1/")[1], route.request.post_data_json or {}
        signed = {"url": f"data:image/svg+xml,{SVG}", "expires_at": "2030-01-01T00:00:00.000Z"}
        if path.endswith("/search"):
            found: Any = self._page(body)
            if path.endswith("downloads/search"):
                found["items"] = [{**each, "downloads": {"thumbnail": signed}} for each in found["items"]]
        elif path.endswith("assets/aggregate"):
            found = {"aggregates": {name: self._aggregate(body, each) for name, each in body["aggregates"].items()}}
        elif path.endswith("downloads"):
            found = {"downloads": [{"asset_id": each, **signed} for each in body["asset_ids"]]}
        elif path == "me":
            found = {"subject": "ada", "projects": [{"name": "million", "role": "editor"}]}
        else:
            found = {"items": [], "next_token": None}
        route.fulfill(status=200, content_type="application/json", body=json.dumps(found))

    def _range(self, body: dict[str, Any]) -> tuple[int, int]:
        """Return the first and the number after the last asset of a filter by time; none is ready in other states."""
        condition = body.get("filter") or {}
        if condition.get("field") == "status":
            return 0, 0
        newest = max(first_at(condition.get("lt", instant(0))), first_at(condition.get("lte", instant(0))))
        if "lt" in condition and instant(newest) == condition["lt"]:
            newest += 1
        oldest = COUNT - 1
        if "gte" in condition:
            oldest = first_at(condition["gte"])
            oldest -= instant(oldest) < condition["gte"]
        return newest, oldest + 1

    def _page(self, body: dict[str, Any]) -> dict[str, Any]:
        start, end = self._range(body)
        start += int(body.get("next_token") or 0)
        stop = min(end, start + body["limit"])
        items = [
            {
                "asset_id": f"00000000-0000-7000-8000-{number:012}",
                "file_name": f"n{number}.jpg",
                "status": "ready",
                "created_at": instant(number),
                "width": RATIOS[number % 5][0] * 100,
                "height": RATIOS[number % 5][1] * 100,
            }
            for number in range(start, stop)
        ]
        token = str(int(body.get("next_token") or 0) + body["limit"]) if stop < end else None
        return {"items": items, "next_token": token}

    def _aggregate(self, body: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        start, end = self._range(body)
        if "count" in asked:
            return {"count": end - start}
        if "histogram" not in asked or asked["histogram"]["field"] != "created_at" or end <= start:
            empty: list[Any] = []
            return {"counts": empty, "labels": empty, "boundaries": empty, "is_complete": True}
        buckets = min(asked["histogram"]["buckets"], end - start)
        edges = [start + (end - start) * n // buckets for n in range(buckets + 1)]
        counts = [later - earlier for earlier, later in itertools.pairwise(edges)]
        bounds = [instant(edges[-1] - 1), *(instant(edge - 1) for edge in reversed(edges[1:-1])), instant(start)]
        return {"boundaries": bounds, "counts": counts[::-1]}


@pytest.fixture
def stub() -> StubApi:
    return StubApi()


@pytest.fixture
def page(browser: Browser, stack: Stack, stub: StubApi) -> Iterator[Page]:
    with opened(browser, stack, Caller(stack, "no token"), "p/million/assets", stub=stub.answer) as found:
        yield found


def numbers(page: Page) -> list[int]:
    """Return the numbers of the assets in the page, in order."""
    labels = page.get_by_role("gridcell").evaluate_all("tiles => tiles.map(tile => tile.ariaLabel)")
    return sorted(int(label.split(".")[0][1:]) for label in labels)


def at_rest(page: Page) -> list[int]:
    page.locator(SHOWN).nth(8).wait_for(timeout=SLOW_MS)
    page.wait_for_timeout(600)
    return numbers(page)


def test_gallery_of_a_million_assets_reaches_every_part_of_its_order(page: Page, stub: StubApi, tmp_path: Path) -> None:
    expect(page.get_by_text("1,000,000 assets")).to_be_visible(timeout=SLOW_MS)
    assert at_rest(page)[0] == 0
    strip = page.get_by_role("slider", name="Place in time")
    box = strip.bounding_box()
    assert box
    x = box["x"] + box["width"] / 2
    for share in (0.5, 0.25, 0.9, 1.0):
        before = stub.requests
        page.mouse.move(x, box["y"] + 2)
        page.mouse.down()
        page.mouse.move(x, box["y"] + (box["height"] - 1) * share, steps=6)
        page.mouse.up()
        expect(strip).to_have_attribute("aria-valuenow", str(round(share * 100)))
        found = at_rest(page)
        assert abs(found[len(found) // 2] - share * COUNT) < 0.01 * COUNT, share
        assert found == list(range(found[0], found[-1] + 1)), "no gaps, nothing twice"
        assert stub.requests - before < 60
        shot(page, f"gallery-million-{round(share * 100)}", tmp_path)
    assert at_rest(page)[-1] == COUNT - 1
    height = page.get_by_role("grid").evaluate("each => each.scrollHeight")
    assert height <= 15_000_000


def test_wheel_in_a_million_assets_moves_by_its_own_distance_and_nothing_jumps(page: Page) -> None:
    expect(page.get_by_text("1,000,000 assets")).to_be_visible(timeout=SLOW_MS)
    grid = page.get_by_role("grid")
    grid.hover()
    strip = page.get_by_role("slider", name="Place in time").bounding_box()
    assert strip
    page.mouse.click(strip["x"] + 20, strip["y"] + strip["height"] * 0.4)
    found = at_rest(page)
    middle = page.get_by_role("gridcell", name=f"n{found[len(found) // 2]}.jpg")
    before = middle.bounding_box()
    assert before
    grid.hover()
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(1_000)
    after = middle.bounding_box()
    assert after
    assert abs(before["y"] - after["y"] - 120) <= 2
    page.wait_for_timeout(1_000)
    assert middle.bounding_box() == after
    assert page.locator("*").count() <= 1_500


def test_scrolling_a_million_assets_keeps_few_nodes(page: Page) -> None:
    expect(page.get_by_text("1,000,000 assets")).to_be_visible(timeout=SLOW_MS)
    at_rest(page)
    page.get_by_role("grid").hover()
    for _ in range(100):
        page.mouse.wheel(0, 240)
        page.wait_for_timeout(30)
        assert page.get_by_role("gridcell").count() <= 400
