"""Pictures that are too large to be shown as a whole: tiles of the level that suits the zoom, places as displayed."""

import uuid
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.console import large
from tests.e2e.console.conftest import Open, Shot
from tests.e2e.stack import Caller, Stack, eventually

PROJECT = "viewer-tiles"
FULL_SIZE: Final = "6"
MAX_KEPT: Final = 192
READ: Final = """
(places) => {
  const canvas = document.querySelector('canvas[data-tiles]')
  const media = canvas.previousElementSibling
  const { a: scale, e: left, f: top } = new DOMMatrix(getComputedStyle(media).transform)
  const context = canvas.getContext('2d')
  const ratio = devicePixelRatio
  const pixel = (x, y) => [...context.getImageData(Math.floor((x * scale + left) * ratio),
    Math.floor((y * scale + top) * ratio), 1, 1).data]
  const middle = [(canvas.clientWidth / 2 - left) / scale, (canvas.clientHeight / 2 - top) / scale]
  return { scale, found: places.map(([x, y]) => {
    const at = [middle[0] + x / scale, middle[1] + y / scale]
    return { at, pixel: pixel(...at) }
  }) }
}
"""
PLACES: Final = [(x, y) for x in (-300, -110, 7, 150, 310) for y in (-260, -90, 13, 130, 280)]


@pytest.fixture(scope="module")
def editor(stack: Stack) -> Caller:
    return stack.caller(f"{PROJECT}:editor")


def test_large_picture_is_shown_by_tiles_in_its_orientation(open_console: Open, editor: Caller, shot: Shot) -> None:
    content = large.pyramid() + uuid.uuid4().bytes
    ticket = editor.begin(PROJECT, content=content, name="slide.tif", content_type="image/tiff")
    assert editor.put(ticket, content).status_code == 200
    asset = editor.ready(ticket["asset_id"])
    assert (asset["width"], asset["height"]) == (large.HEIGHT, large.WIDTH)
    annotation = {"type": "detection", "field": "ground_truth", "label": "cell", "bbox": [0.498, 0.4985, 0.004, 0.003]}
    answer = editor.call("POST", f"/v1/assets/{asset['asset_id']}/annotations", {"annotation": annotation})
    assert answer.status_code == 201, answer.text
    page = open_console(editor, f"p/{PROJECT}/a/{asset['asset_id']}")
    cancelled: list[str] = []
    page.on("requestfailed", lambda each: cancelled.append(each.url) if _is_tile(each) else None)
    stage = page.locator("section[aria-describedby=stage-help]")
    expect(stage).to_be_visible(timeout=30_000)
    expect(page.get_by_role("row")).to_have_count(1)
    expect(page.locator("canvas[data-tiles]")).to_have_attribute("data-level", "")
    expect(page.locator("img[src*=preview]")).to_be_visible(timeout=120_000)  # drawn from 300 million pixels
    shot(page, "viewer-tiles-whole")
    stage.focus()
    for _ in range(5):
        page.keyboard.press("+")
    expect(page.locator("canvas[data-tiles]")).to_have_attribute("data-level", "4")
    _complete(page)
    shot(page, "viewer-tiles-near")
    page.keyboard.press("=")
    expect(page.locator("canvas[data-tiles]")).to_have_attribute("data-level", FULL_SIZE)
    _complete(page)
    told: dict[str, Any] = page.evaluate(READ, PLACES)
    assert told["scale"] == pytest.approx(1)
    signs = set()
    for each in told["found"]:
        x, y = each["at"]
        differences = [seen - mean for seen, mean in zip(each["pixel"][:3], large.colour(x, y), strict=True)]
        assert max(differences) - min(differences) < 30, (each, large.colour(x, y))
        assert 10 < abs(sum(differences) / 3) < 50, "the small squares are seen: a tile of the full size"
        signs.add(sum(differences) > 0)
    assert signs == {True, False}
    shot(page, "viewer-tiles-actual")
    bounds = stage.bounding_box()
    assert bounds is not None
    page.mouse.move(bounds["x"] + 100, bounds["y"] + 100)
    for _ in range(4):
        page.keyboard.press("+")
        page.mouse.wheel(600, 0)
        page.keyboard.press("-")
        for _ in range(12):
            page.keyboard.press("ArrowRight")
            page.keyboard.press("ArrowDown")
    _complete(page)
    eventually(lambda: cancelled or None, seconds=5)
    assert int(page.locator("canvas[data-tiles]").get_attribute("data-kept") or 0) <= MAX_KEPT


def _is_tile(request: Request) -> bool:
    return "variant=tile" in request.url or "/tile-" in request.url


def _complete(page: Page) -> None:
    expect(page.locator("canvas[data-tiles][data-missing='0']")).to_be_attached(timeout=60_000)
