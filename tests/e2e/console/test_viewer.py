"""The viewer and editor in the console: keys alone, two people, no network, videos, ten thousand boxes."""

import random
import uuid
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from local.deployment import demo
from tests.e2e.console.conftest import Open, Shot
from tests.e2e.stack import PHOTO, Caller, Stack, eventually

PROJECT = "viewer"
SIZE = (400, 266)
TIMEOUT = 30_000
COLOURED = """
() => {
  const canvas = document.querySelector('canvas[data-tiles]').nextElementSibling
  const media = canvas.previousElementSibling.previousElementSibling.getBoundingClientRect()
  const { left, top } = canvas.getBoundingClientRect()
  const area = canvas.getContext('2d').getImageData(media.left - left, media.top - top, media.width, media.height).data
  let count = 0
  for (let at = 3; at < area.length; at += 4) if (area[at] > 0) count += 1
  return count / (area.length / 4)
}
"""


@pytest.fixture(scope="module")
def editor(stack: Stack) -> Caller:
    """An editor of a project of its own: label schemas of other tests would change which label a digit chooses."""
    return stack.caller(f"{PROJECT}:editor")


@pytest.fixture
def asset(editor: Caller) -> str:
    content = PHOTO + uuid.uuid4().bytes
    ticket = editor.begin(PROJECT, content=content)
    assert editor.put(ticket, content).status_code == 200
    return str(editor.ready(ticket["asset_id"])["asset_id"])


def create(editor: Caller, asset: str, **facts: Any) -> str:
    body = {"type": "detection", "field": "ground_truth", "label": "kart", "bbox": [0.25, 0.25, 0.25, 0.25], **facts}
    given = {name: value for name, value in body.items() if value is not None}
    answer = editor.call("POST", f"/v1/assets/{asset}/annotations", {"annotation": given})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["annotation_id"])


def annotations(editor: Caller, asset: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = editor.call("GET", f"/v1/assets/{asset}/annotations").json()["items"]
    return found


def stage(page: Page) -> Locator:
    found = page.locator("section[aria-describedby=stage-help]")
    expect(found).to_be_visible(timeout=TIMEOUT)
    return found


def saved(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible(timeout=TIMEOUT)


def test_box_is_drawn_moved_labelled_and_taken_back_by_keys_alone(
    open_console: Open, editor: Caller, asset: str, shot: Shot
) -> None:
    for label in ("car", "person"):
        create(editor, asset, type="classification", label=label, bbox=None)
    page = open_console(editor, f"p/{PROJECT}/a/{asset}")
    view = stage(page)
    expect(page.get_by_role("row")).to_have_count(2, timeout=TIMEOUT)
    view.focus()
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(3)
    saved(page)
    (made,) = [each for each in annotations(editor, asset) if each["type"] == "detection"]
    assert [made["bbox"][2] * SIZE[0], made["bbox"][3] * SIZE[1]] == pytest.approx([40, 40], abs=0.01)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("2")
    page.keyboard.press("a")
    saved(page)

    def state() -> dict[str, Any]:
        (found,) = [each for each in annotations(editor, asset) if each["type"] == "detection"]
        return found

    eventually(lambda: (state()["label"] == "person" and state()["review"]["state"] == "accepted") or None)
    assert (made["bbox"][0] - state()["bbox"][0]) * SIZE[0] == pytest.approx(1, abs=0.01)
    shot(page, "viewer-box-by-keys")
    for _ in range(3):
        page.keyboard.press("Control+z")
    eventually(lambda: (state()["label"] == made["label"] and state()["bbox"] == pytest.approx(made["bbox"])) or None)
    page.reload()
    stage(page)
    expect(page.get_by_role("button", name="Undo")).to_be_enabled(timeout=TIMEOUT)
    page.get_by_role("button", name="Undo").click()
    eventually(lambda: all(each["type"] != "detection" for each in annotations(editor, asset)) or None)


def test_polygon_is_drawn_by_mouse_and_a_point_is_dragged(open_console: Open, editor: Caller, asset: str) -> None:
    page = open_console(editor, f"p/{PROJECT}/a/{asset}")
    box = stage(page).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.get_by_role("radio", name="Polygon").click()
    for across, down in ((-60, -60), (60, -60), (60, 60)):
        page.mouse.click(x + across, y + down)
    page.keyboard.press("Control+Enter")
    saved(page)
    (made,) = eventually(lambda: annotations(editor, asset) or None)
    assert made["type"] == "polygon"
    assert len(made["rings"][0]) == 3
    page.mouse.move(x + 60, y + 60)
    page.mouse.down()
    page.mouse.move(x + 20, y + 90, steps=4)
    page.mouse.up()
    eventually(lambda: annotations(editor, asset)[0]["revision"] == 2 or None)
    moved = annotations(editor, asset)[0]["rings"][0]
    assert moved[:2] == made["rings"][0][:2]
    assert moved[2][0] < made["rings"][0][2][0]


def test_second_of_two_people_decides_and_keeps_both(
    open_console: Open, editor: Caller, asset: str, shot: Shot
) -> None:
    made = create(editor, asset)
    pages = [open_console(editor, f"p/{PROJECT}/a/{asset}?ann={made}") for _ in range(2)]
    for page in pages:
        expect(page.get_by_role("row")).to_have_count(1, timeout=TIMEOUT)
        stage(page).focus()
    pages[0].keyboard.press("Shift+ArrowLeft")
    pages[1].keyboard.press("Shift+ArrowDown")
    late = eventually(lambda: next((each for each in pages if each.get_by_role("alertdialog").count()), None))
    expect(late.get_by_role("alertdialog")).to_contain_text("place")
    shot(late, "viewer-conflict")
    late.get_by_role("button", name="Keep both").click()
    saved(late)
    places = eventually(lambda: found if len(found := annotations(editor, asset)) == 2 else None)
    assert len({tuple(each["bbox"]) for each in places}) == 2


def test_annotations_are_loaded_again_only_after_a_change_of_somebody_else(
    open_console: Open, editor: Caller, asset: str
) -> None:
    made = create(editor, asset)
    ada, bob = (open_console(editor, f"p/{PROJECT}/a/{asset}?ann={made}") for _ in range(2))
    for page in (ada, bob):
        expect(page.get_by_role("row")).to_contain_text("at 100, 67", timeout=TIMEOUT)
        stage(page).focus()
    loads: list[str] = []
    ada.on("request", lambda each: loads.append("ada") if is_load(each, asset) else None)
    bob.on("request", lambda each: loads.append("bob") if is_load(each, asset) else None)
    for revision, key, place in ((2, "Shift+ArrowRight", "at 110, 67"), (3, "Shift+ArrowDown", "at 110, 77")):
        ada.keyboard.press(key)
        saved(ada)
        assert polled(ada, asset) == revision
        assert polled(bob, asset) == revision
        expect(bob.get_by_role("row")).to_contain_text(place)
    assert polled(ada, asset) == 3
    assert loads == ["bob", "bob"], "one load for each change of somebody else, none after an edit of one's own"
    bob.keyboard.press("Shift+ArrowLeft")
    saved(bob)
    assert polled(ada, asset) == 4
    expect(ada.get_by_role("row")).to_contain_text("at 100, 77")
    assert loads == ["bob", "bob", "ada"]


def is_load(request: Request, asset: str) -> bool:
    return request.method == "GET" and f"/v1/assets/{asset}/annotations" in request.url


def polled(page: Page, asset: str) -> int:
    """Let the page ask for the asset, as it does every five seconds; return the annotation revision of the answer."""
    with page.expect_response(lambda each: each.url.endswith(f"/v1/assets/{asset}") and each.ok) as asked:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    return int(asked.value.json()["annotation_revision"])


def test_changes_of_different_members_are_merged(open_console: Open, editor: Caller, asset: str) -> None:
    made = create(editor, asset)
    page = open_console(editor, f"p/{PROJECT}/a/{asset}?ann={made}")
    expect(page.get_by_role("row")).to_have_count(1, timeout=TIMEOUT)
    stage(page).focus()
    editor.http.patch(
        f"{editor.stack.values['api_url']}/v1/annotations/{made}?project={PROJECT}",
        json={"label": "van"},
        headers={"authorization": f"Bearer {editor.token}", "if-match": '"1"'},
    )
    page.keyboard.press("Shift+ArrowRight")
    eventually(lambda: annotations(editor, asset)[0]["revision"] == 3 or None)
    found = annotations(editor, asset)[0]
    assert found["label"] == "van"
    assert found["bbox"][0] == pytest.approx(0.25 + 10 / SIZE[0])


def test_edit_without_network_survives_a_reload(open_console: Open, editor: Caller, asset: str, shot: Shot) -> None:
    made = create(editor, asset)
    page = open_console(editor, f"p/{PROJECT}/a/{asset}?ann={made}")
    expect(page.get_by_role("row")).to_have_count(1, timeout=TIMEOUT)
    stage(page).focus()
    page.route("**/v1/annotations/**", lambda route: route.abort())
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("Not saved: 1")).to_be_visible(timeout=TIMEOUT)
    shot(page, "viewer-offline")
    page.unroute("**/v1/annotations/**")
    page.reload()
    saved(page)
    eventually(lambda: annotations(editor, asset)[0]["revision"] == 2 or None)


def test_ten_thousand_boxes_are_drawn_and_listed_with_the_rows_in_view_alone(
    open_console: Open, editor: Caller, asset: str, shot: Shot
) -> None:
    chance = random.Random(0)
    operations = [
        {"op": "create", "asset_id": asset, "annotation": box(chance, label=f"class {chance.randrange(40)}")}
        for _ in range(10_000)
    ]
    for at in range(0, len(operations), 5_000):
        body = {"operations": operations[at : at + 5_000]}
        assert editor.call("POST", f"/v1/projects/{PROJECT}/annotations/bulk", body).status_code == 200
    page = open_console(editor, f"p/{PROJECT}/a/{asset}")
    expect(page.get_by_text("10,000")).to_be_visible(timeout=60_000)
    assert 0 < page.get_by_role("row").count() < 60
    page.wait_for_function(f"() => ({COLOURED})() > 0.5", timeout=TIMEOUT)  # a few boxes cover a hundredth
    shot(page, "viewer-crowd")


def box(chance: random.Random, **facts: Any) -> dict[str, Any]:
    place = [chance.random() * 0.97, chance.random() * 0.97, 0.01 + chance.random() * 0.02, 0.02]
    return {"type": "detection", "field": "crowd", "confidence": round(chance.random(), 3), "bbox": place, **facts}


def test_mask_is_decoded_in_a_worker(open_console: Open, editor: Caller, asset: str, shot: Shot) -> None:
    width, height = SIZE
    counts = [100 * height, *[100, height - 100] * 199, 100, 101 * height - 100]  # the upper part of 200 columns
    mask = {"encoding": "coco_rle", "size": [height, width], "counts": counts}
    create(editor, asset, type="mask", bbox=None, mask=mask)
    page = open_console(editor, f"p/{PROJECT}/a/{asset}?colour=label")
    stage(page)
    expect(page.get_by_role("row")).to_have_count(1, timeout=TIMEOUT)

    def coloured() -> float | None:
        share: float = page.evaluate(COLOURED)
        return share if share > 0.05 else None  # before the mask there is its caption

    assert eventually(coloured) == pytest.approx(200 * 100 / (width * height), abs=0.03)
    assert any("worker" in each.url for each in page.workers)
    shot(page, "viewer-mask")


@pytest.fixture
def video(editor: Caller) -> str:
    content = (demo.SAMPLES / "earth.mp4").read_bytes() + bytes(8) + uuid.uuid4().bytes
    ticket = editor.begin(PROJECT, content=content, name="earth.mp4", content_type="video/mp4")
    assert editor.put(ticket, content).status_code == 200
    return str(editor.ready(ticket["asset_id"])["asset_id"])


def test_video_steps_by_frames_and_a_change_between_key_frames_is_one(
    open_console: Open, editor: Caller, video: str, shot: Shot
) -> None:
    track = uuid.uuid4().hex[:8]
    for frame, x in ((0, 0.1), (60, 0.6)):
        facts = {"track_id": track, "frame_index": frame, "keyframe": True}
        create(editor, video, **facts, bbox=[x, 0.3, 0.2, 0.3])
    page = open_console(editor, f"p/{PROJECT}/a/{video}?frame=30")
    stage(page).focus()
    row = page.get_by_role("row").filter(has_text=track)
    expect(row).to_contain_text("at 168, 81", timeout=TIMEOUT)
    page.keyboard.press(".")
    expect(page.get_by_role("slider", name="Frame")).to_have_attribute("aria-valuenow", "32")
    assert "frame=31" in page.url
    row.click()
    stage(page).focus()
    page.keyboard.press("Shift+ArrowDown")
    saved(page)

    def keyframes() -> list[int] | None:
        found = sorted(each["frame_index"] for each in annotations(editor, video) if each.get("track_id") == track)
        return found if len(found) == 3 else None

    assert eventually(keyframes) == [0, 31, 60]
    shot(page, "viewer-video")


def test_phone_shows_picture_tools_and_list(open_console: Open, editor: Caller, asset: str, shot: Shot) -> None:
    create(editor, asset)
    page = open_console(
        editor, f"p/{PROJECT}/a/{asset}", viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True
    )
    stage(page)
    expect(page.get_by_role("row")).to_have_count(1, timeout=TIMEOUT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.wait_for_load_state("networkidle")  # facts and pictures move the list below them
    page.get_by_role("row").click()
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    shot(page, "viewer-phone-dark")
