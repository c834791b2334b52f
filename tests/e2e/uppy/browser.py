"""A page with real Uppy in the system's Chromium, as a test drives it."""

import functools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pymongo
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.javascript.page import build_client
from tests.e2e.page_server import Files
from tests.e2e.stack import Caller, Stack, eventually
from tools.node import program

FOLDER = Path(__file__).parent
HTML = (
    '<!doctype html><meta charset="utf-8"><title>Uppy</title><link rel="stylesheet" href="/page.css">'
    '<div id="uppy"></div><script src="/page.js"></script>'
)
PERIOD = 251
Outcome = Literal["continue", "fail", "hang"]


@functools.cache
def bundle(version: str) -> str:
    """Return the page's script, made by esbuild from Uppy as npm has it."""
    build_client()
    return program(FOLDER / version, "esbuild", "page.js", "--bundle", "--format=iife", "--log-level=error")


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium on this machine, and these tests drive the system's")
    return found


def content(size: int, seed: int) -> bytes:
    """Return the bytes that `makeFile` of shared.js puts into a file."""
    period = bytes((i * 31 + seed) % 251 for i in range(PERIOD))
    return (period * (size // PERIOD + 1))[:size]


def files(version: str) -> Files:
    """Return the files of a page with one version of Uppy."""
    styles = FOLDER.glob("v6/node_modules/@uppy/[cd]*/dist/style.min.css")
    return {
        "/": ("text/html", HTML),
        "/page.js": ("text/javascript", bundle(version)),
        "/page.css": ("text/css", "\n".join(path.read_text() for path in styles)),
    }


class UppyPage:
    """One page: starts Uppy, adds files, waits for what Uppy says."""

    def __init__(self, browser: Browser, stack: Stack, caller: Caller, origin: str, shots: Path) -> None:
        self.stack, self.caller, self._shots, self._origin = stack, caller, shots, origin
        self.page: Page = browser.new_page()
        self._outcome: Callable[[], Outcome] = lambda: "continue"
        self._devtools = self.page.context.new_cdp_session(self.page)
        self._devtools.on("Fetch.requestPaused", self._decide)
        self.open()

    def open(self) -> None:
        """Load the page, or load it again."""
        self.page.goto(f"{self._origin}/")

    def disturb(self, pattern: str, outcome: Callable[[], Outcome]) -> None:
        """Let each request whose URL matches a pattern end as a function says, by the DevTools protocol.

        `page.route` would not do: with it Playwright answers every CORS preflight itself.
        """
        self._outcome = outcome
        self._devtools.send("Fetch.enable", {"patterns": [{"urlPattern": pattern}]})

    def leave_alone(self) -> None:
        """Disturb no request any more; one that hangs goes on, unless its page is gone."""
        self._devtools.send("Fetch.disable")

    def _decide(self, paused: dict[str, Any]) -> None:
        request = {"requestId": paused["requestId"]}
        outcome = "continue" if paused["request"]["method"] == "OPTIONS" else self._outcome()
        if outcome == "continue":
            self._devtools.send("Fetch.continueRequest", request)
        elif outcome == "fail":
            self._devtools.send("Fetch.failRequest", {**request, "errorReason": "ConnectionReset"})

    def start(self, mode: str, **options: Any) -> None:
        given = {"mode": mode, "apiUrl": self.stack.values["api_url"], "project": "demo", "token": self.caller.token}
        self.page.evaluate("(options) => window.start(options)", given | options)

    def add(self, name: str, mime_type: str, size: int, seed: int = 7) -> str:
        """Add a file and return its id, or Uppy's refusal."""
        script = """([name, type, size, seed]) => {
            const data = window.makeFile(name, type, size, seed)
            try { return window.uppy.addFile({ name, type, data, source: 'test' }) }
            catch (error) { return String(error) }
        }"""
        found: str = self.page.evaluate(script, [name, mime_type, size, seed])
        return found

    def add_photo(self, name: str) -> None:
        """Add a PNG that the browser draws."""
        script = """async (name) => {
            const canvas = new OffscreenCanvas(64, 48)
            canvas.getContext('2d').fillRect(8, 8, 16, 16)
            const data = await canvas.convertToBlob()
            window.uppy.addFile({ name, type: 'image/png', data, source: 'test' })
        }"""
        self.page.evaluate(script, name)

    def upload(self) -> None:
        self.page.evaluate("() => { window.uppy.upload() }")

    def seen(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate("() => window.seen")
        return found

    def wait_for(self, condition: str, seconds: float = 90) -> dict[str, Any]:
        """Wait until a JavaScript condition on `seen` holds; return `seen`."""
        self.page.wait_for_function(f"() => {{ const seen = window.seen; return {condition} }}", timeout=seconds * 1000)
        return self.seen()

    def succeed(self, count: int = 1) -> dict[str, Any]:
        seen = self.wait_for(f"seen.success.length >= {count} || seen.errors.length > 0")
        assert seen["errors"] == [], seen
        return seen

    def shot(self, name: str) -> None:
        self.page.screenshot(path=self._shots / f"{name}.png")

    def asset(self, file_name: str) -> dict[str, Any] | None:
        with pymongo.MongoClient[dict[str, Any]](self.stack.values["mongodb_uri"]) as client:
            return client["foveal"].assets.find_one({"file_name": file_name}, sort=[("_id", -1)])

    def open_parts(self) -> list[str]:
        """Return the keys of which S3 holds parts of an unfinished upload."""
        found = self.stack.aws("s3").list_multipart_uploads(Bucket=self.stack.values["bucket"])
        return [each["Key"] for each in found.get("Uploads", [])]

    def stored(self, file_name: str) -> bytes:
        """Return the bytes in the bucket of the newest asset with a file name."""

        def look() -> bytes | None:
            found = self.asset(file_name)
            if not found or found["status"] == "pending":
                return None
            where = {"Bucket": self.stack.values["bucket"], "Key": found["s3"]["key"]}
            body: bytes = self.stack.aws("s3").get_object(**where)["Body"].read()
            return body

        return eventually(look)
