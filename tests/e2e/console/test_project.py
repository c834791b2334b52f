"""The page of the project in the console: role, quota, numbers, failures with reasons, label schemas with revisions."""

import re
import uuid
from typing import Any

from playwright.sync_api import expect

from tests.e2e.console.conftest import Open, Shot
from tests.e2e.stack import Caller, eventually

WATCH_SHIFTS = """
() => {
  window.shifted = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
}
"""


def test_failures_are_listed_with_the_servers_reason(open_console: Open, editor: Caller, shot: Shot) -> None:
    name = f"broken-{uuid.uuid4().hex[:8]}.jpg"
    content = b"no picture " * 30 + uuid.uuid4().bytes
    ticket = editor.begin(content=content, name=name)
    assert editor.put(ticket, content).status_code == 200
    photo = editor.begin()
    assert editor.put(photo).status_code == 200
    editor.ready(photo["asset_id"])

    def failed() -> dict[str, Any] | None:
        found: dict[str, Any] = editor.call("GET", f"/v1/assets/{ticket['asset_id']}").json()
        return found if found["status"] == "failed" else None

    reason = eventually(failed)["reason_detail"]
    page = open_console(editor, "p/demo/settings")
    page.evaluate(WATCH_SHIFTS)
    row = page.get_by_role("list", name="Recent failures").get_by_role("listitem").filter(has_text=name)
    expect(row).to_contain_text(reason)
    expect(page.get_by_text(re.compile(" of .* TB"))).to_be_visible()
    content_card = page.locator("section", has=page.get_by_role("heading", name="What is in it"))
    expect(content_card.get_by_role("listitem").filter(has_text="STANDARD")).to_contain_text(re.compile(r"\d [kM]B"))
    sizes = content_card.locator("section", has_text="By status").locator("li span").all_inner_texts()
    assert sizes
    assert all(re.fullmatch(r"[\d.]+ (byte|kB|MB|GB)", each) for each in sizes), sizes
    assert page.evaluate("window.shifted") <= 0.02, "what is shown does not move while the rest of the page loads"
    shot(page, "project")
    expect(page.get_by_role("link", name="New label schema")).to_have_count(0)
    page.get_by_role("link", name="Failed", exact=True).click()
    expect(page).to_have_url(re.compile(r"/p/demo/assets\?.*failed"))


def test_admin_writes_a_schema_and_a_lost_race_is_told(open_console: Open, admin: Caller, shot: Shot) -> None:
    name = f"schema-{uuid.uuid4().hex[:8]}"
    page = open_console(admin, "p/demo/settings")
    page.get_by_role("link", name="New label schema").click()
    page.get_by_label("Name", exact=True).fill(name)
    for label in ("person", "bicycle"):
        page.get_by_role("button", name="Add a label").click()
        page.get_by_label("Label", exact=True).last.fill(label)
    page.get_by_role("button", name="Give person a colour").click()
    page.get_by_role("button", name=re.compile("Type")).first.click()
    page.get_by_role("option", name="keypoints").click()
    page.get_by_role("textbox", name="Keypoints").fill("head, hip, foot")
    page.get_by_role("textbox", name="Lines between them").fill("1-2, 2-9")
    expect(page.get_by_text("Write pairs like 1-2").first).to_be_visible()
    page.get_by_role("textbox", name="Lines between them").fill("1-2, 2-3")
    shot(page, "project-schema")
    page.get_by_role("button", name="Save as the next revision").click()
    expect(page.get_by_text("Saved as revision 1.")).to_be_visible()
    found = admin.call("GET", f"/v1/projects/demo/label-schemas/{name}").json()
    assert found["labels"][0]["skeleton"] == {"names": ["head", "hip", "foot"], "edges": [[0, 1], [1, 2]]}
    assert [each["name"] for each in found["labels"]] == ["person", "bicycle"]

    changed = {"labels": [{"name": "dog"}]}
    answer = admin.call("PUT", f"/v1/projects/demo/label-schemas/{name}", changed, {"If-Match": '"1"'})
    assert answer.status_code == 200
    page.get_by_label("Description").fill("mine")
    page.get_by_role("button", name="Save as the next revision").click()
    expect(page.get_by_text("Somebody saved another revision meanwhile.")).to_be_visible()
    page.get_by_role("button", name="Load the newest revision").click()
    expect(page.get_by_label("Label", exact=True)).to_have_count(1)
    expect(page.get_by_label("Label", exact=True)).to_have_value("dog")
