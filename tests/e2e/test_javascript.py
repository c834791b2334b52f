"""`@foveal/client` in a real browser, on a page of a listed origin: the guide's page, uploads, a gallery."""

import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.javascript.page import built
from tests.e2e.page_server import listed_page
from tests.e2e.stack import Caller, Stack, eventually
from tests.e2e.test_delivery_in_browser import picture
from tests.unit.render.test_video import clip

GUIDE = Path(__file__).parents[2] / "docs/javascript.md"
PAGES = Path(__file__).parent / "javascript"
MIB = 2**20
PHOTOS = 60
PICTURES = 120
SHOWN = "() => [...document.images].filter(image => image.src.startsWith('http') && image.naturalWidth > 0).length"

Open = Callable[..., Page]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(viewport={"width": 1000, "height": 700})
    yield found
    found.close()


@pytest.fixture
def open_page(context: BrowserContext, stack: Stack, editor: Caller, tmp_path: Path) -> Iterator[Open]:
    """Return a function that builds a page of a source and opens it at a listed origin."""
    with ExitStack() as opened:

        def run(source: str, style: str = "", **variables: str) -> Page:
            connection = {"VITE_API_URL": stack.values["api_url"], "VITE_TOKEN": str(editor.token)}
            files = built(tmp_path / uuid.uuid4().hex, source, style, **connection, **variables)
            page = context.new_page()
            page.goto(f"{opened.enter_context(listed_page(files)).origin}/")
            return page

        yield run


def shot(page: Page, name: str, folder: Path) -> None:
    page.screenshot(path=Path(os.environ.get("FOVEAL_SCREENSHOTS") or folder) / f"{name}.png", full_page=True)


def photos(folder: Path, count: int) -> list[Path]:
    """Write pictures whose names are unique and return their paths."""
    paths = [folder / f"{uuid.uuid4().hex}.jpg" for _ in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(picture(number))
    return paths


def assets_of(editor: Caller, tag: str) -> list[dict[str, Any]]:
    """Return every asset with a tag, whatever its status."""
    statuses = {"field": "status", "in": ["pending", "ready", "failed", "quarantined", "deleted"]}
    query = {"filter": {"and": [{"field": "tags", "eq": tag}, statuses]}, "limit": 500}
    items: list[dict[str, Any]] = editor.call("POST", "/v1/projects/demo/assets/search", query).json()["items"]
    return items


def test_page_of_the_guide_uploads_photos_and_shows_them(open_page: Open, tmp_path: Path) -> None:
    text = GUIDE.read_text()
    (source,) = re.findall(r"```tsx\n(.*?)```", text, re.DOTALL)
    (style,) = re.findall(r"```html\n(<style>.*?)```", text, re.DOTALL)
    page = open_page(source, style)
    paths = photos(tmp_path, 5)
    page.set_input_files("input", paths)
    page.wait_for_function("() => document.querySelectorAll('li').length === 5")
    shot(page, "guide-uploading", tmp_path)
    page.wait_for_function("() => [...document.querySelectorAll('li')].every(each => /ready/.test(each.innerText))")
    names = {path.name for path in paths}
    page.wait_for_function(
        """names => names.every(name => [...document.images].some(
          image => image.alt === name && image.src.startsWith('http') && image.naturalWidth === 320))""",
        arg=sorted(names),
    )
    shot(page, "guide-ready", tmp_path)
    assert page.evaluate("() => [...document.images].every(each => each.width > 0 && each.height > 0)")


@dataclass
class Line:
    """The network of a page: its speed, and whether it is there."""

    page: Page
    upload_bytes_per_second: int = 12 * MIB

    def __post_init__(self) -> None:
        self._devtools = self.page.context.new_cdp_session(self.page)
        self._devtools.send("Network.enable")

    def set(self, *, is_offline: bool) -> None:
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": self.upload_bytes_per_second}
        self._devtools.send("Network.emulateNetworkConditions", {"offline": is_offline, **conditions})

    def cut(self, milliseconds: int) -> None:
        """Be offline for some time."""
        self.set(is_offline=True)
        assert self.page.evaluate("() => navigator.onLine") is False
        self.page.wait_for_timeout(milliseconds)
        self.set(is_offline=False)


def padded_video(size: int) -> bytes:
    """Return an MP4 of about a size: a short film, and a box `free` (ISO/IEC 14496-12, 8.1.2) behind it."""
    film = clip("mp4", 2)
    return film + (size - len(film)).to_bytes(4, "big") + b"free" + bytes(size - len(film) - 8)


def test_uploads_arrive_once_when_the_page_is_offline_twice_and_reloaded(
    open_page: Open, editor: Caller, tmp_path: Path
) -> None:
    tag = f"offline-{uuid.uuid4().hex}"
    video = tmp_path / "film.mp4"
    video.write_bytes(padded_video(96 * MIB))
    paths = [video, *photos(tmp_path, PHOTOS)]
    page = open_page((PAGES / "uploads.tsx").read_text(), VITE_TAG=tag)
    line, stored, workers = Line(page), list[str](), list[str]()
    page.on("worker", lambda worker: workers.append(worker.url))
    line.set(is_offline=False)
    page.on(
        "response",
        lambda answer: (
            stored.append(answer.url.partition("&X-Amz-")[0])
            if answer.request.method == "PUT" and answer.status == 200
            else None
        ),
    )
    page.set_input_files("input", paths)
    sent = "() => window.uploads.items().reduce((sum, item) => sum + item.sentBytes, 0) / 2 ** 20 > {}"
    page.wait_for_function(sent.format(10))
    line.cut(2_000)
    page.wait_for_function(sent.format(40))
    shot(page, "uploads-before-reload", tmp_path)
    page.wait_for_function("() => window.uploads.items().every(each => each.survivesReload || each.status === 'ready')")
    assert len(workers) == 1, "one worker computes all checksums of a page"
    page.reload()
    page.wait_for_function("() => window.uploads.items().length > 0")
    page.wait_for_function("() => window.uploads.items()[0].sentBytes > 50 * 2 ** 20")
    line.cut(2_000)
    page.wait_for_function(
        "() => window.uploads.items().every(({ status }) => ['ready', 'failed'].includes(status))", timeout=120_000
    )
    shot(page, "uploads-done", tmp_path)
    assert (
        page.evaluate("() => window.uploads.items().filter(each => each.error).map(each => each.error.message)") == []
    )
    assert len(workers) <= 2, "the second page starts a worker only for files whose checksum was not computed"
    assets = assets_of(editor, tag)
    assert sorted(asset["file_name"] for asset in assets) == sorted(path.name for path in paths)
    assert {(asset["status"], asset["checksums"]["verified"]) for asset in assets} == {("ready", True)}
    whole = [url.partition("?")[0] for url in stored if "partNumber" not in url]
    assert len(whole) == len(set(whole)), "no photo is stored twice"
    parts = [re.findall(r"partNumber=(\d+)", url)[0] for url in stored if "partNumber" in url]
    assert set(parts) == {str(number) for number in range(1, 7)}
    assert len(parts) <= 6 + 2, "only a part whose answer was lost is sent again"
    assert page.evaluate("() => indexedDB.databases().then(found => found.length)") == 1
    page.reload()
    page.wait_for_timeout(1_000)
    assert page.evaluate("() => window.uploads.items().length") == 0


def test_small_file_is_sent_while_the_checksum_of_a_large_one_is_computed(
    open_page: Open, editor: Caller, tmp_path: Path
) -> None:
    tag, film, [photo] = f"passing-{uuid.uuid4().hex}", tmp_path / "film.mp4", photos(tmp_path, 1)
    with film.open("wb") as file:
        file.truncate(512 * MIB)
    page = open_page((PAGES / "uploads.tsx").read_text(), VITE_TAG=tag)
    page.evaluate(
        """() => {
            window.sent = []
            window.uploads.subscribe(() => {
                for (const { fileName, status } of window.uploads.items())
                    if (status === 'sending' && !window.sent.includes(fileName)) window.sent.push(fileName)
            })
        }"""
    )
    page.set_input_files("input", [film, photo])
    page.wait_for_function("() => window.sent.length === 2")
    assert page.evaluate("() => window.sent") == [photo.name, film.name]
    page.evaluate("() => window.uploads.cancel(window.uploads.items()[0].key)")
    page.wait_for_function("() => window.uploads.items().some(({ status }) => status === 'ready')")
    [asset] = [each for each in assets_of(editor, tag) if each["file_name"] == photo.name]
    assert asset["checksums"]["verified"]


@pytest.fixture(scope="module")
def tag_of_pictures(editor: Caller) -> str:
    """Upload pictures under a tag and return it once every thumbnail can be had."""
    tag, contents = f"gallery-{uuid.uuid4().hex}", [picture(number) for number in range(PICTURES)]
    items = [
        {"file_name": f"{number}.jpg", "content_type": "image/jpeg", "size_bytes": len(content), "tags": [tag]}
        for number, content in enumerate(contents)
    ]
    tickets = editor.call("POST", "/v1/projects/demo/uploads", {"uploads": items}).json()["uploads"]
    for ticket, content in zip(tickets, contents, strict=True):
        assert editor.put(ticket, content).status_code == 200
    ids = [ticket["asset_id"] for ticket in tickets]

    def are_made() -> bool | None:
        asked = {"asset_ids": ids, "variant": "thumbnail"}
        answers = editor.call("POST", "/v1/projects/demo/downloads", asked).json()["downloads"]
        return all("url" in each for each in answers) or None

    eventually(are_made, 120)
    return tag


class Traffic:
    """Requests of a page: calls that sign, and pictures that come from the network."""

    def __init__(self, page: Page) -> None:
        self.signing, self.fetched = 0, list[str]()
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.responseReceived", self._note)
        self._from_memory: set[str] = set()
        devtools.on("Network.requestServedFromCache", lambda event: self._from_memory.add(event["requestId"]))

    def _note(self, event: dict[str, Any]) -> None:
        response = event["response"]
        if response["url"].endswith("/downloads") and event["type"] != "Preflight":
            self.signing += 1
        is_cached = response.get("fromDiskCache") or event["requestId"] in self._from_memory
        if "/derived/" in response["url"] and not is_cached:
            self.fetched.append(response["url"])


def scroll_through(page: Page) -> None:
    page.evaluate("""async () => {
      for (let top = 0; top < document.body.scrollHeight; top += 400) {
        scrollTo(0, top)
        await new Promise(resolve => setTimeout(resolve, 60))
      }
    }""")


def test_gallery_signs_once_and_downloads_no_picture_again_within_the_window(
    open_page: Open, tag_of_pictures: str, tmp_path: Path
) -> None:
    page = open_page((PAGES / "gallery.tsx").read_text(), VITE_TAG=tag_of_pictures)
    page.wait_for_function(f"() => document.images.length === {PICTURES}")
    traffic = Traffic(page)
    page.reload()
    page.wait_for_function(f"() => document.images.length === {PICTURES}")
    scroll_through(page)
    page.wait_for_function(f"{SHOWN} === {PICTURES}")
    assert traffic.signing <= 2
    before = len(traffic.fetched)
    page.reload()
    page.wait_for_function(f"() => document.images.length === {PICTURES}")
    scroll_through(page)
    page.wait_for_function(f"{SHOWN} === {PICTURES}")
    shot(page, "gallery", tmp_path)
    assert traffic.fetched[before:] == []
    assert traffic.signing <= 4, "two loads of the page"


def test_gallery_shows_every_picture_after_its_urls_have_expired(open_page: Open, tag_of_pictures: str) -> None:
    page = open_page((PAGES / "gallery.tsx").read_text(), VITE_TAG=tag_of_pictures, VITE_SECONDS="10")
    page.wait_for_function(f"() => document.images.length === {PICTURES}")
    first = page.evaluate("() => document.images[document.images.length - 1].src")
    assert page.evaluate(SHOWN) < PICTURES
    page.wait_for_timeout(22_000)  # a URL of 10 seconds lives for less than 20
    scroll_through(page)
    page.wait_for_function(f"{SHOWN} === {PICTURES}")
    assert page.evaluate("() => document.images[document.images.length - 1].src") != first
