"""axe over every screen of the console and its states, light and dark, wide and narrow: no violation."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.console.galleries import annotated, filled
from tests.e2e.console.served import WEB, signed_in
from tests.e2e.stack import Stack
from tools.node import install

AXE: Final = WEB / "node_modules/axe-core/axe.min.js"
WIDTHS: Final = {"wide": (1280, 800), "narrow": (390, 844)}
TIMEOUT: Final = 30_000
RUN: Final = """
async (rules) => {
  const found = await axe.run(document, rules ? { runOnly: { type: 'rule', values: rules } } : {})
  return found.violations.map(({ id, help, nodes }) => ({ id, help, places: nodes.map((each) => each.html) }))
}
"""

Do = Callable[[Page], None]


def click(role: Any, name: str) -> Do:
    """Return a function that clicks a control of a page once it is there."""
    return lambda page: page.get_by_role(role, name=name).first.click(timeout=TIMEOUT)


def press(key: str, ready: str) -> Do:
    """Return a function that presses a key once an element is there."""

    def run(page: Page) -> None:
        page.locator(ready).first.wait_for(timeout=TIMEOUT)
        page.keyboard.press(key)

    return run


GRID: Final = "[role=gridcell]"
SCREENS: Final[dict[str, tuple[str, str, Do | None]]] = {
    "projects": ("", "h1", None),
    "gallery": ("p/{project}/assets", GRID, None),
    "gallery, selected": ("p/{project}/assets", GRID, press("Control+a", GRID)),
    "gallery, states": ("p/{project}/assets?status=failed", GRID, None),
    "gallery, map": ("p/{project}/assets?map=all", "[data-place]", None),
    "gallery, map without places": ("p/{project}/assets?map=all&location.exists=false", "h2", None),
    "gallery, nothing": ("p/{project}/assets?tags=nothing", "h2", None),
    "viewer": ("p/{project}/a/{asset}", "[role=row]", None),
    "viewer, keys": ("p/{project}/a/{asset}", "[role=dialog]", click("button", "Keys")),
    "viewer, missing": ("p/{project}/a/00000000-0000-7000-8000-000000000000", "[role=alert], h2", None),
    "review": ("p/{project}/review", "section canvas", None),
    "review, selected": ("p/{project}/review", "[role=toolbar]", press("x", "section canvas")),
    "review, nothing": ("p/{project}/review?label=nothing", "h2", None),
    "upload": ("p/{project}/upload", "h1", None),
    "imports": ("p/{project}/labels", "h1", None),
    "new import": ("p/{project}/labels?import=new", "h1", None),
    "new export": ("p/{project}/labels?export=new", "h1", None),
    "data sets": ("p/{project}/datasets", "h1", None),
    "new version": ("p/{project}/datasets?new=true", "h1", None),
    "project": ("p/{project}/settings", "h1", None),
    "account": ("p/{project}/upload", "[role=menu]", click("button", "Account")),
    "no such project": ("p/nobodys/assets", "h1", None),
    "no such page": ("p/{project}/nothing", "h1", None),
}
"""Screens by name: the address, an element that is there when it is, and what is done with it then."""


@pytest.fixture(scope="module")
def made(stack: Stack) -> dict[str, str]:
    """A project with assets in every state, two annotations on each of four; and one of these assets."""
    project, caller = filled(stack, 120)
    annotated(caller, project, 4)
    search = {"filter": {"annotations": {"any": {}}}, "limit": 1}
    (asset,) = caller.call("POST", f"/v1/projects/{project}/assets/search", search).json()["items"]
    return {"project": project, "asset": asset["asset_id"]}


@pytest.fixture(scope="module")
def page(browser: Browser, stack: Stack, made: dict[str, str]) -> Iterator[Page]:
    install(WEB)
    context = signed_in(browser, stack.caller(f"{made['project']}:admin"), reduced_motion="reduce")
    context.add_init_script(AXE.read_text())
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", SCREENS)
def test_screen_has_no_violation_of_accessibility(page: Page, console: str, made: dict[str, str], name: str) -> None:
    address, ready, do = SCREENS[name]
    page.set_viewport_size(_size("wide"))
    page.emulate_media(color_scheme="light")
    page.goto(console + address.format(**made))
    if do:
        do(page)
    expect(page.locator(ready).first).to_be_visible(timeout=TIMEOUT)
    found = {}
    for width in WIDTHS:
        page.set_viewport_size(_size(width))
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(50)  # for the styles of the other size and scheme
            rules = None if scheme == "light" else ["color-contrast"]  # of all rules, this one alone looks at colours
            if violations := page.evaluate(RUN, rules):
                found[f"{width}, {scheme}"] = violations
    assert not found, json.dumps(found, indent=1)


def _size(width: str) -> Any:
    return dict(zip(("width", "height"), WIDTHS[width], strict=True))
