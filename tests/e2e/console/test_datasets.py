"""Data sets in the console: a version with splits, a correction, a second version, and what differs."""

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.console.conftest import Open, Shot
from tests.e2e.stack import Caller
from tests.e2e.test_delivery_in_browser import picture

TIMEOUT = 60_000


@pytest.fixture(scope="module")
def tagged(editor: Caller) -> tuple[str, list[dict[str, Any]]]:
    """A tag, and five ready assets that have it, each with a box."""
    tag, assets = f"set-{uuid.uuid4().hex[:8]}", []
    for number in range(5):
        content = picture(number) + uuid.uuid4().bytes
        ticket = editor.begin(content=content, name=f"bird-{number}.jpg", tags=[tag])
        assert editor.put(ticket, content).status_code == 200
        assets.append(editor.ready(ticket["asset_id"]))
        box = {"type": "detection", "field": "ground_truth", "label": "robin", "bbox": [0.1, 0.1, 0.3, 0.3]}
        made = editor.call("POST", f"/v1/assets/{assets[-1]['asset_id']}/annotations", {"annotation": box})
        assert made.status_code == 201, made.text
    view = {"filter": {"field": "tags", "eq": tag}}
    assert editor.call("PUT", f"/v1/projects/demo/views/{tag}", view).status_code == 200
    return tag, assets


def test_versions_are_made_of_a_view_and_compared(
    open_console: Open, admin: Caller, editor: Caller, tagged: tuple[str, list[dict[str, Any]]], shot: Shot
) -> None:
    tag, assets = tagged
    name = f"birds-{tag[4:]}"
    page = open_console(admin, f"p/demo/datasets?new=true&view={tag}")
    expect(page.get_by_text("5 assets as of now")).to_be_visible()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Description").fill("before the review")
    page.get_by_text("Divide it into splits").click()
    page.get_by_label("Share of train in percent").fill("60")
    expect(page.get_by_text("The shares add up to 80%, not to 100 %.")).to_be_visible()
    page.get_by_label("Share of val in percent").fill("20")
    page.get_by_label("Share of test in percent").fill("20")
    shot(page, "datasets-new")
    page.get_by_role("button", name="Make the version").click()
    expect(page.get_by_role("heading", name=f"{name}, version 1")).to_be_visible(timeout=TIMEOUT)
    expect(page.get_by_text(re.compile("fv1:[0-9a-f]{64}"))).to_be_visible(timeout=TIMEOUT)
    shot(page, "datasets-version")
    page.get_by_role("link", name="Members").click()
    expect(page.get_by_role("list", name="Members").get_by_role("listitem")).to_have_count(5)
    page.wait_for_function(
        "() => [...document.querySelectorAll('ul img')].filter(each => each.src.startsWith('http') "
        "&& each.naturalWidth > 0).length === 5"
    )
    shot(page, "datasets-members")
    page.get_by_role("link", name="train", exact=True).click()
    expect(page.get_by_role("list", name="Members").get_by_role("listitem")).not_to_have_count(5)

    listed = editor.call("GET", f"/v1/assets/{assets[0]['asset_id']}/annotations").json()["items"]
    change = {"label": "wren"}
    path, headers = f"/v1/annotations/{listed[0]['annotation_id']}", {"If-Match": f'"{listed[0]["revision"]}"'}
    assert editor.call("PATCH", path, change, headers).status_code == 200
    untagged = {"filter": {"field": "asset_id", "eq": assets[1]["asset_id"]}, "remove_tags": [tag]}
    assert editor.call("POST", "/v1/projects/demo/assets/edit", untagged).status_code == 200

    page.get_by_role("link", name=f"All versions of {name}").click()
    page.get_by_role("link", name="New version").click()
    page.get_by_role("button", name=re.compile("Assets$")).click()
    page.get_by_role("option", name="A saved view").click()
    page.get_by_role("button", name=re.compile("Saved view$")).click()
    page.get_by_role("option", name=tag).click()
    page.get_by_role("button", name="Make the version").click()
    expect(page.get_by_role("heading", name=f"{name}, version 2")).to_be_visible(timeout=TIMEOUT)
    page.get_by_role("link", name="Compare").click()
    differences = page.get_by_role("list", name="Compare")
    expect(differences.get_by_role("listitem").filter(has_text="Annotation changed")).to_contain_text("bird-0.jpg")
    expect(differences.get_by_role("listitem").filter(has_text="Asset removed")).to_contain_text("bird-1.jpg")
    expect(differences).not_to_contain_text("Split changed")  # the new version keeps the splits of the older one
    shot(page, "datasets-compare")
    page.get_by_role("button", name="Delete this version").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("list", name=name).get_by_role("listitem")).to_have_count(1, timeout=TIMEOUT)
    page.get_by_role("link", name=re.compile("Version 1")).click()
    page.get_by_role("link", name="Export this version").click()
    expect(page.get_by_role("button", name=f"Version 1 of the data set {name}")).to_be_visible()
    page.get_by_role("button", name="Start the export").click()
    expect(page.get_by_role("heading", name="The file is ready")).to_be_visible(timeout=TIMEOUT)
