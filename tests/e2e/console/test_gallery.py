"""Scenarios 3 to 5 and 12 of the console, in the gallery: everything reachable, narrowed down, changed together."""

import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.console.galleries import SHOWN, annotated, assets, filled, opened, shot
from tests.e2e.stack import Caller, Stack, eventually
from tests.e2e.test_delivery_in_browser import picture

COUNT = 3_000
ANNOTATED = 400
SLOW_MS = 60_000


Made = tuple[str, Caller]


@pytest.fixture
def made(stack: Stack) -> Made:
    """A project of the test's own, and an editor of it."""
    return filled(stack, COUNT)


@pytest.fixture(scope="module")
def looked_at(stack: Stack) -> Made:
    """A project whose assets no test changes, and an editor of it."""
    return filled(stack, COUNT)


def grid(page: Page) -> Locator:
    found = page.get_by_role("grid", name="Assets")
    expect(found.get_by_role("gridcell").first).to_be_visible(timeout=SLOW_MS)
    return found


def ready(stack: Stack, project: str) -> int:
    return int(assets(stack).count_documents({"project": project, "status": "ready"}))


def test_oldest_and_newest_assets_are_reached_by_scrubber_and_keys(
    browser: Browser, stack: Stack, looked_at: Made, tmp_path: Path
) -> None:
    project, caller = looked_at
    ends = [
        assets(stack).find({"project": project, "status": "ready"}).sort("created_at", order)[0]["file_name"]
        for order in (-1, 1)
    ]
    with opened(browser, stack, caller, f"p/{project}/assets") as page:
        found = grid(page)
        expect(page.get_by_text(f"{ready(stack, project):,} assets")).to_be_visible(timeout=SLOW_MS)
        expect(found.get_by_role("gridcell", name=re.compile(ends[0]))).to_be_visible()
        shot(page, "gallery-newest", tmp_path)
        strip = page.get_by_role("slider", name="Place in time")
        box = strip.bounding_box()
        assert box
        middle = box["x"] + box["width"] / 2
        page.mouse.move(middle, box["y"] + 2)
        page.mouse.down()
        page.mouse.move(middle, box["y"] + box["height"] - 1, steps=8)
        page.mouse.up()
        oldest = found.get_by_role("gridcell", name=re.compile(ends[1]))
        expect(oldest).to_be_in_viewport(timeout=SLOW_MS)
        expect(strip).to_have_attribute("aria-valuenow", "100")
        shot(page, "gallery-oldest", tmp_path)
        before = oldest.bounding_box()
        page.wait_for_timeout(1_000)
        assert oldest.bounding_box() == before, "tiles move while nobody scrolls"
        found.focus()
        page.keyboard.press("Home")
        expect(found.get_by_role("gridcell", name=re.compile(ends[0]))).to_be_in_viewport(timeout=SLOW_MS)
        page.keyboard.press("End")
        expect(oldest).to_be_in_viewport(timeout=SLOW_MS)
        assert page.locator("[role=gridcell]").count() <= 400


def resting_box(tile: Locator) -> Any:
    """Return the place of a tile once it stands still: keys and new rows move it smoothly."""
    box = None
    while (found := tile.bounding_box()) != box:
        box = found
        tile.page.wait_for_timeout(200)
    return box


def test_viewer_leaves_the_gallery_as_it_was(browser: Browser, stack: Stack, looked_at: Made) -> None:
    project, caller = looked_at
    with opened(browser, stack, caller, f"p/{project}/assets") as page:
        found = grid(page)
        expect(page.get_by_text(f"{ready(stack, project):,} assets")).to_be_visible(timeout=SLOW_MS)
        found.focus()
        for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):
            left = found.get_attribute("aria-activedescendant") or "nothing"
            page.keyboard.press(key)
            expect(found).to_have_attribute("aria-activedescendant", re.compile(f"^(?!{left}$).+"))
        active = found.get_attribute("aria-activedescendant")
        assert active
        tile = page.locator(f"[id='{active}']")
        before = resting_box(tile)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/a/{active.removeprefix('asset-')}*")
        expect(page.get_by_role("tab", name="Annotations")).to_be_visible(timeout=SLOW_MS)
        page.go_back()
        expect(grid(page)).to_be_focused()
        expect(grid(page)).to_have_attribute("aria-activedescendant", active)
        assert resting_box(tile) == before


def test_filters_count_at_once_and_their_address_shows_the_same_elsewhere(
    browser: Browser, stack: Stack, made: Made, tmp_path: Path
) -> None:
    project, caller = made
    expected = annotated(caller, project, ANNOTATED)
    with opened(browser, stack, caller, f"p/{project}/assets") as page:
        grid(page)
        filters = page.get_by_role("complementary", name="Filters")
        label = filters.get_by_role("group").filter(has=page.get_by_text("Label", exact=True)).first
        layer = filters.get_by_role("group").filter(has=page.get_by_text("Layer", exact=True)).first
        label.locator("label").filter(has_text="person").click(timeout=SLOW_MS)
        layer.locator("label").filter(has_text="yolo12").click(timeout=SLOW_MS)
        expect(page.get_by_text(f"{ANNOTATED} assets")).to_be_visible(timeout=SLOW_MS)
        expect(filters.locator("[data-counting]")).to_have_count(0, timeout=SLOW_MS)
        bars = filters.get_by_role("img", name=re.compile("Confidence"))
        place = bars.bounding_box()
        assert place
        height = place["y"] + place["height"] / 2
        page.mouse.move(place["x"] + place["width"] * 0.21, height)
        page.mouse.down()
        page.mouse.move(place["x"] + place["width"] * 0.49, height, steps=5)
        page.mouse.up()
        expect(page.get_by_role("button", name="Remove: Confidence 20% – 50%")).to_be_visible()
        search = page.get_by_role("combobox", name="Search")
        page.keyboard.press("/")
        expect(search).to_be_focused()
        search.type("night")
        expect(page.get_by_role("option", name=re.compile("Tags.*night"))).to_be_visible(timeout=SLOW_MS)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Remove: Tags night")).to_be_visible()
        expect(page.get_by_text(re.compile(f"^{expected} assets?$"))).to_be_visible(timeout=SLOW_MS)
        shot(page, "gallery-narrowed", tmp_path)
        address = page.url
        assert {"label=person", "field=yolo12", "confidence.gte=0.2", "tags=night"} <= set(re.split("[?&]", address))
        page.go_back()
        expect(page.get_by_role("button", name="Remove: Tags night")).to_be_hidden()
        expect(page.get_by_role("button", name="Remove: Confidence 20% – 50%")).to_be_visible()
    with opened(browser, stack, caller, address.split("/console/")[1]) as page:
        expect(page.get_by_text(re.compile(f"^{expected} assets?$"))).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_role("button", name="Remove: Confidence 20% – 50%")).to_be_visible()
        page.get_by_role("button", name="Clear all").click()
        expect(page.get_by_text(f"{ready(stack, project):,} assets")).to_be_visible(timeout=SLOW_MS)


def test_confidence_range_is_chosen_by_keys(browser: Browser, stack: Stack, made: Made) -> None:
    project, caller = made
    annotated(caller, project, ANNOTATED)
    with opened(browser, stack, caller, f"p/{project}/assets?label=person&field=yolo12") as page:
        low = page.get_by_role("group", name="Confidence").get_by_role("slider", name="From")
        low.focus(timeout=SLOW_MS)
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        expect(page.get_by_role("button", name="Remove: Confidence from 20%")).to_be_visible()
        page.wait_for_url("**confidence.gte=0.2*")


def test_all_that_match_get_a_tag_but_for_those_that_have_too_many(
    browser: Browser, stack: Stack, made: Made, tmp_path: Path
) -> None:
    project, caller = made
    full = [each["_id"] for each in assets(stack).find({"project": project, "tags": "fog", "status": "ready"}).limit(5)]
    assets(stack).update_many({"_id": {"$in": full}}, {"$set": {"tags": ["fog", *(f"t{n}" for n in range(99))]}})
    match = int(assets(stack).count_documents({"project": project, "tags": "fog", "status": "ready"}))
    with opened(browser, stack, caller, f"p/{project}/assets?tags=fog") as page:
        found = grid(page)
        expect(page.get_by_text(f"{match:,} assets")).to_be_visible(timeout=SLOW_MS)
        found.get_by_role("gridcell").nth(1).hover()
        found.get_by_role("gridcell").nth(1).get_by_role("button").click()
        bar = page.get_by_role("region", name="Selection")
        expect(bar).to_contain_text("1 selected")
        bar.get_by_role("button", name=f"Select all {match:,} that match").click()
        expect(bar).to_contain_text(f"All {match:,} that match are selected")
        bar.get_by_role("button", name="Tags").click()
        page.get_by_label("Tag", exact=True).fill("reviewed-in-november")
        shot(page, "gallery-bulk", tmp_path)
        page.get_by_role("button", name=f"Add to {match:,} assets").click()
        result = page.get_by_role("dialog").get_by_role("status")
        expect(result).to_contain_text(f"{match - 5:,} assets changed.", timeout=SLOW_MS)
        expect(result).to_contain_text("5 have 100 tags already and stay as they are.")
        shot(page, "gallery-bulk-result", tmp_path)
        page.get_by_role("button", name="Close").click()
        page.get_by_role("link", name="Upload").click()
        page.go_back()
        expect(page.get_by_role("region", name="Selection")).to_contain_text("that match are selected", timeout=SLOW_MS)
    tagged = {"project": project, "tags": "reviewed-in-november"}
    assert assets(stack).count_documents(tagged) == match - 5


def test_deleted_assets_leave_the_gallery_and_come_back(browser: Browser, stack: Stack, made: Made) -> None:
    project, caller = made
    tickets = [caller.begin(project, tags=["to-delete"]) for _ in range(2)]
    for ticket in tickets:
        assert caller.put(ticket).status_code == 200
        caller.ready(ticket["asset_id"])
    with opened(browser, stack, caller, f"p/{project}/assets?tags=to-delete") as page:
        grid(page).focus()
        page.keyboard.press("Control+a")
        bar = page.get_by_role("region", name="Selection")
        expect(bar).to_contain_text("All 2 that match are selected", timeout=SLOW_MS)
        bar.get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Delete 2 assets").click()
        expect(page.get_by_role("dialog")).to_contain_text("2 assets changed.", timeout=SLOW_MS)
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("heading", name="No asset matches")).to_be_visible(timeout=SLOW_MS)
        page.goto(page.url + "&status=deleted")
        page.get_by_role("gridcell").first.get_by_role("button", name="Restore").click(timeout=SLOW_MS)
        expect(page.get_by_text("Restored", exact=True)).to_be_visible(timeout=SLOW_MS)
    eventually(lambda: any(_status(caller, each) == "ready" for each in tickets) or None)


def _status(caller: Caller, ticket: dict[str, Any]) -> Any:
    return caller.call("GET", f"/v1/assets/{ticket['asset_id']}").json()["status"]


def test_each_state_has_words_and_a_way_to_see_it(browser: Browser, stack: Stack, made: Made, tmp_path: Path) -> None:
    project, caller = made
    failed = int(assets(stack).count_documents({"project": project, "status": "failed"}))
    with opened(browser, stack, caller, f"p/{project}/assets") as page:
        page.get_by_role("button", name="1 quarantined").wait_for(timeout=SLOW_MS)
        page.get_by_role("button", name="1 being read").wait_for()
        page.get_by_role("button", name=f"{failed} failed").click()
        expect(page.get_by_text("The file ends after 1,024 bytes.").first).to_be_visible(timeout=SLOW_MS)
        shot(page, "gallery-failed", tmp_path)
        page.goto(page.url.split("?")[0] + "?status=pending")
        tile = grid(page).get_by_role("gridcell").first
        expect(tile).to_contain_text("Being read")
        expect(page.get_by_text("1 asset", exact=True)).to_be_visible(timeout=SLOW_MS)  # read whole; now it changes
        assets(stack).update_many({"project": project, "status": "pending"}, {"$set": {"status": "ready"}})
        expect(tile).not_to_contain_text("Being read", timeout=SLOW_MS)


def test_views_are_saved_opened_renamed_and_deleted(browser: Browser, stack: Stack, looked_at: Made) -> None:
    project, caller = looked_at
    with opened(browser, stack, caller, f"p/{project}/assets?tags=night&sort=size_bytes") as page:
        grid(page)
        page.get_by_role("button", name="Views").click()
        page.get_by_role("menuitem", name="Save this view").click()
        page.get_by_label("Name", exact=True).fill("by night")
        expect(page.get_by_text("A name has up to 64 letters")).to_be_visible()
        page.get_by_label("Name", exact=True).fill("by-night")
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**view=by-night*")
        saved = caller.call("GET", f"/v1/projects/{project}/views/by-night").json()
        assert (saved["filter"], saved["sort"]) == ({"field": "tags", "eq": "night"}, "size_bytes")
        page.get_by_role("button", name="Views").click()
        page.get_by_role("menuitem", name="Rename the view").click()
        page.get_by_label("Name", exact=True).fill("after-dark")
        page.get_by_role("button", name="Rename", exact=True).click()
        page.wait_for_url("**view=after-dark*")
        page.get_by_role("button", name="Views").click()
        page.get_by_role("menuitem", name="Delete the view").click()
        page.get_by_role("button", name="Delete the view").click()
        expect(page.get_by_role("button", name="Remove: Tags night")).to_be_visible(timeout=SLOW_MS)
        assert caller.call("GET", f"/v1/projects/{project}/views").json()["items"] == []


def test_new_assets_are_announced_and_shown_when_asked_for(browser: Browser, stack: Stack, made: Made) -> None:
    project, caller = made
    with opened(browser, stack, caller, f"p/{project}/assets") as page:
        before = ready(stack, project)
        expect(page.get_by_text(f"{before:,} assets")).to_be_visible(timeout=SLOW_MS)
        ticket = caller.begin(project)
        assert caller.put(ticket).status_code == 200
        caller.ready(ticket["asset_id"])
        page.get_by_role("button", name="1 new").click(timeout=SLOW_MS)
        expect(page.get_by_text(f"{before + 1:,} assets")).to_be_visible(timeout=SLOW_MS)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_phone_shows_filters_in_a_sheet_and_two_pictures_side_by_side(
    browser: Browser, stack: Stack, looked_at: Made, theme: Any, tmp_path: Path
) -> None:
    project, caller = looked_at
    phone: Any = {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
        "color_scheme": theme,
    }
    with opened(browser, stack, caller, f"p/{project}/assets", **phone) as page:
        grid(page)
        expect(page.get_by_text(f"{ready(stack, project):,} assets")).to_be_visible(timeout=SLOW_MS)
        page.wait_for_timeout(1_500)
        shot(page, f"gallery-phone-{theme}", tmp_path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("button", name="Show filters").tap()
        sheet = page.get_by_role("dialog", name="Filters")
        sheet.locator("label").filter(has_text="night").first.tap(timeout=SLOW_MS)
        shot(page, f"gallery-phone-filters-{theme}", tmp_path)
        sheet.get_by_role("button", name=re.compile("^Show .* assets?$")).tap()
        expect(page.get_by_role("button", name="Remove: Tags night")).to_be_visible()


def test_empty_and_unmatched_galleries_say_what_to_do(
    browser: Browser, stack: Stack, looked_at: Made, tmp_path: Path
) -> None:
    project, caller = looked_at
    with opened(browser, stack, caller, "p/empty-one/assets") as page:
        expect(page.get_by_role("heading", name="No assets yet")).to_be_visible(timeout=SLOW_MS)
        shot(page, "gallery-empty", tmp_path)
        page.get_by_role("link", name="Upload files").click()
        page.wait_for_url("**/upload")
    with opened(browser, stack, caller, "p/empty-two/assets") as page:
        expect(page.get_by_role("heading", name="No assets yet")).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_role("link", name="Upload files")).to_be_hidden()
    with opened(browser, stack, caller, f"p/{project}/assets?tags=nowhere") as page:
        expect(page.get_by_role("heading", name="No asset matches")).to_be_visible(timeout=SLOW_MS)
        shot(page, "gallery-no-match", tmp_path)
        page.get_by_role("button", name="Clear all filters").click()
        grid(page)


def test_part_whose_code_does_not_arrive_at_first_comes_later(browser: Browser, stack: Stack, looked_at: Made) -> None:
    project, caller = looked_at
    lost: list[str] = []

    def lose_once(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        if name in lost:
            route.continue_()
        else:
            lost.append(name)
            route.abort()

    with opened(browser, stack, caller, f"p/{project}/assets?tags=night") as page:
        page.route(re.compile(r"/assets/(scrubber|panel|views|bar)-[^/]*\.js$"), lose_once)
        page.reload()
        grid(page).focus()
        page.keyboard.press("Control+a")
        expect(page.get_by_role("region", name="Selection")).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_role("slider", name="Place in time")).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_role("complementary", name="Filters").get_by_role("group").first).to_be_visible()
        grid(page)
    assert {each.partition("-")[0] for each in lost} == {"scrubber", "panel", "views", "bar"}


def test_lost_connection_is_told_and_the_gallery_goes_on_afterwards(
    browser: Browser, stack: Stack, looked_at: Made, tmp_path: Path
) -> None:
    project, caller = looked_at
    with opened(browser, stack, caller, f"p/{project}/assets") as page:
        grid(page)
        expect(page.get_by_text(f"{ready(stack, project):,} assets")).to_be_visible(timeout=SLOW_MS)
        page.context.set_offline(True)
        grid(page).focus()
        page.keyboard.press("End")
        failed = page.get_by_text("These assets could not be loaded.").filter(visible=True)
        expect(failed.last).to_be_in_viewport(timeout=SLOW_MS)
        shot(page, "gallery-offline", tmp_path)
        expect(page.get_by_role("button", name="Try again").first).to_be_visible()
        page.context.set_offline(False)
        expect(page.get_by_text("These assets could not be loaded.")).to_have_count(0, timeout=SLOW_MS)


def test_pictures_that_a_lost_connection_kept_back_come_when_it_is_there_again(browser: Browser, stack: Stack) -> None:
    project = f"lost-{secrets.token_hex(4)}"
    caller = stack.caller(f"{project}:editor")
    for number in range(32):
        caller.upload(project, picture(number) + secrets.token_bytes(8))
    with opened(browser, stack, caller, f"p/{project}/assets") as page:
        expect(page.locator(SHOWN).first).to_be_visible(timeout=SLOW_MS)
        page.context.set_offline(True)
        grid(page).focus()
        page.keyboard.press("End")
        missing = page.get_by_role("gridcell").filter(has_text="No preview")
        expect(missing.last).to_be_in_viewport(timeout=SLOW_MS)
        page.context.set_offline(False)
        expect(missing).to_have_count(0, timeout=SLOW_MS)
        expect(page.get_by_role("gridcell").last.locator("img[data-shown]")).to_be_visible(timeout=SLOW_MS)
