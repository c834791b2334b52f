"""The viewer by fingers: two zoom and move, one draws with the tool, or moves the view."""

import uuid
from typing import Any, Final

from playwright.sync_api import Page, expect

from tests.e2e.console.conftest import Open, Shot
from tests.e2e.stack import PHOTO, Stack, eventually

PROJECT = "viewer-touch"
SIZE: Final = (400, 266)
VIEWPORT: Final = """
() => {
  const media = document.querySelector('canvas[data-tiles]').previousElementSibling
  const { a: scale, e: left, f: top } = new DOMMatrix(getComputedStyle(media).transform)
  return [scale, left, top]
}
"""
SMALL: Final = """
() => [...document.querySelectorAll('header button, header a, [role=radiogroup] [role=radio]')]
  .map((each) => [each.getAttribute('aria-label'), each.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < 44 || box.height < 44)).map(([name]) => name)
"""
Point = tuple[float, float]


class Fingers:
    """Fingers on a page, by the browser's own input."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def drag(self, *ways: tuple[Point, Point], steps: int = 8) -> None:
        """Put a finger on the beginning of each way, one after the other, move all together, and lift them."""
        for count in range(1, len(ways) + 1):
            self._send("touchStart", [begin for begin, _ in ways[:count]])
        for step in range(1, steps + 1):
            share = step / steps
            self._send("touchMove", [(a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in ways])
        self._send("touchEnd", [])

    def _send(self, kind: str, points: list[Point]) -> None:
        told = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})


def test_fingers_zoom_move_and_draw(open_console: Open, stack: Stack, shot: Shot) -> None:
    editor = stack.caller(f"{PROJECT}:editor")
    content = PHOTO + uuid.uuid4().bytes
    ticket = editor.begin(PROJECT, content=content)
    assert editor.put(ticket, content).status_code == 200
    asset = editor.ready(ticket["asset_id"])["asset_id"]
    page = open_console(editor, f"p/{PROJECT}/a/{asset}", viewport={"width": 390, "height": 844}, has_touch=True)
    stage = page.locator("section[aria-describedby=stage-help]")
    expect(stage).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Nothing is labelled")).to_be_visible()
    box = stage.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    assert page.evaluate(SMALL) == []
    fingers = Fingers(page)

    def viewport() -> Any:
        page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
        return page.evaluate(VIEWPORT)

    def annotations() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = editor.call("GET", f"/v1/assets/{asset}/annotations").json()["items"]
        return found

    whole = viewport()
    fingers.drag(((x - 40, y), (x - 80, y)), ((x + 40, y), (x + 80, y)))
    near = viewport()
    assert 1.8 < near[0] / whole[0] < 2.2
    local = (x - box["x"], y - box["y"])
    assert abs((local[0] - near[1]) / near[0] - (local[0] - whole[1]) / whole[0]) < 4, "the middle stays where it was"
    fingers.drag(((x, y), (x + 50, y + 30)))
    moved = viewport()
    assert moved[0] == near[0]
    assert abs(moved[1] - near[1] - 50) < 8
    assert abs(moved[2] - near[2] - 30) < 8

    page.get_by_role("radio", name="Box").tap()
    fingers.drag(((x - 80, y), (x - 40, y)), ((x + 80, y), (x + 40, y)))
    assert 0.4 < viewport()[0] / moved[0] < 0.6
    assert annotations() == []
    scale, left, top = viewport()
    fingers.drag(((x - 60, y - 40), (x + 60, y + 40)))
    expect(page.get_by_role("row")).to_have_count(1)
    (made,) = eventually(lambda: annotations() or None)
    expected = [(local[0] - 60 - left) / scale / SIZE[0], (local[1] - 40 - top) / scale / SIZE[1]]
    assert [abs(one - other) < 0.02 for one, other in zip(made["bbox"], expected, strict=False)] == [True, True]
    assert abs(made["bbox"][2] * SIZE[0] * scale - 120) < 4
    shot(page, "viewer-touch")
    fingers.drag(((x, y), (x + 30, y + 10)))
    eventually(lambda: annotations()[0]["revision"] == 2 or None)
    assert annotations()[0]["bbox"][0] * SIZE[0] * scale - made["bbox"][0] * SIZE[0] * scale > 20, "one finger moves it"
