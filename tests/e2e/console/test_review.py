"""Scenario 11 of the console, the queue of a review: decisions by keys, notes, undo, several at once, two people."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.console.conftest import Open, Shot
from tests.e2e.console.galleries import annotated, filled
from tests.e2e.stack import Caller, Stack, eventually

COUNT = 12


@pytest.fixture
def made(stack: Stack) -> tuple[str, Caller]:
    """A project in which twelve assets have a box of a model and one of the ground truth, none of them reviewed."""
    project, caller = filled(stack, 40)
    annotated(caller, project, COUNT)
    return project, caller


def reviews(caller: Caller, project: str, **wanted: Any) -> list[dict[str, Any]]:
    body = {"annotations": {"field": "yolo12", "review": ["accepted", "rejected"], **wanted}, "limit": 100}
    answer = caller.call("POST", f"/v1/projects/{project}/annotations/search", body)
    assert answer.status_code == 200, answer.text
    return [each["review"] for each in answer.json()["items"]]


def arrived(count: int, caller: Caller, project: str, **wanted: Any) -> None:
    """Wait until so many annotations have such a review."""
    eventually(lambda: len(reviews(caller, project, **wanted)) == count or None)


def opened(open_console: Open, caller: Caller, project: str, **options: Any) -> Page:
    page = open_console(caller, f"p/{project}/review?field=yolo12", **options)
    expect(page.get_by_role("region", name="Annotation to review")).to_be_visible()
    return page


def test_queue_is_reviewed_by_keys_with_note_undo_and_selection(
    open_console: Open, made: tuple[str, Caller], shot: Shot
) -> None:
    project, caller = made
    page = opened(open_console, caller, project)
    expect(page.get_by_text("12 left")).to_be_visible()
    expect(page.locator("section canvas").first).to_be_visible()
    page.wait_for_timeout(500)
    shot(page, "review-light")
    page.keyboard.press("a")
    expect(page.get_by_text("11 left")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("A shadow.")
    page.keyboard.press("Enter")
    page.keyboard.press("r")
    expect(page.get_by_text("10 left")).to_be_visible()
    arrived(2, caller, project)
    rejected = reviews(caller, project, review="rejected")
    assert [each["note"] for each in rejected] == ["A shadow."]
    assert rejected[0]["by"] == caller.call("GET", "/v1/me").json()["subject"]
    page.keyboard.press("z")
    expect(page.get_by_text("11 left")).to_be_visible()
    arrived(1, caller, project)
    for _ in range(3):
        page.keyboard.press("x")
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("3 selected")).to_be_visible()
    shot(page, "review-selected")
    page.get_by_role("button", name="Accept 3").click()
    expect(page.get_by_text("8 left")).to_be_visible()
    arrived(4, caller, project, review="accepted")
    page.get_by_role("link", name="Open in the viewer").click()
    expect(page).to_have_url(re.compile(r"/a/[0-9a-f-]+\?ann="))


def test_two_reviewers_do_not_take_each_others_decisions_back(
    open_console: Open, stack: Stack, made: tuple[str, Caller], shot: Shot
) -> None:
    project, caller = made
    other = stack.caller(f"{project}:editor")
    mine, theirs = (opened(open_console, each, project) for each in (caller, other))
    before = len(reviews(caller, project))
    theirs.keyboard.press("Control+a")
    theirs.keyboard.press("r")
    expect(theirs.get_by_role("heading", name="Nothing waits for review")).to_be_visible()
    arrived(COUNT, caller, project)
    mine.keyboard.press("a")
    expect(mine.get_by_text("Somebody else was first")).to_be_visible()
    shot(mine, "review-overtaken")
    assert len(reviews(caller, project, review="rejected")) == COUNT - before
