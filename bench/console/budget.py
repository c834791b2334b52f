"""The console's budget: first picture, filters, assets opened, edits, scroll, ten thousand boxes or files, scripts.

    python -m bench.console.budget [--assets 100000] [--peer PYTHON] [--lighthouse PROGRAM]

A real Chromium, without a GPU, against a real stack: one of its own, or with FOVEAL_TEST_STACK=running the one that
FOVEAL_STATE and the ports name. A million assets are those of a stub of the API. `--peer` is the interpreter of an
environment that has FiftyOne from PyPI: the scripts that its page loads are compared with ours; nobody else's console
can be put before the same API, so that the other lines stand against the limits of the budget. `--lighthouse` is the
program `lighthouse` of npm. Prints one JSON object a line.
"""

import argparse
import gzip
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Request, expect, sync_playwright

from bench.console.stacks import running_stack
from bench.lines import compare, compare_with_limit, note
from local.deployment import demo
from tests.e2e.console.galleries import SHOWN, annotated, filled
from tests.e2e.console.served import OTHER_TAB, signed_in
from tests.e2e.console.test_gallery_layout import StubApi
from tests.e2e.stack import Caller, Stack, eventually
from tests.e2e.uppy.browser import chromium

FIRST_RUNS: Final = 10
CHANGES: Final = 20
OPENINGS: Final = 10
BOXES: Final = 10_000
FILES: Final = 10_000
PORT: Final = 9_339
FRAMES: Final = """
() => new Promise((resolve) => {
  const times = []
  let before = performance.now()
  const next = (now) => {
    times.push(now - before)
    before = now
    if (times.length < 90) requestAnimationFrame(next)
    else resolve(times)
  }
  requestAnimationFrame(next)
})
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--peer", help="an interpreter that has FiftyOne")
    parser.add_argument("--lighthouse", help="the program lighthouse of npm")
    chosen = parser.parse_args()
    with running_stack() as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        project, caller = filled(stack, chosen.assets)
        annotated(caller, project, 400)
        gallery = f"{stack.values['console_url']}p/{project}/assets"
        size = f"{chosen.assets:,} assets"
        scripts(browser, caller, gallery, chosen.peer)
        limit("first picture, nothing cached, p75", p75(first_shown(browser, caller, gallery, SHOWN)), 700, "ms")
        limit(
            f"filter changed until counts are, p95, {size}",
            p95(filter_changes(browser, caller, project, gallery)),
            500,
            "ms",
        )
        sharp, labelled = openings(browser, caller, gallery)
        limit("asset opened from the gallery until its preview is sharp, p75", p75(sharp), 200, "ms")
        limit("asset opened from the gallery until its labels are listed, p75", p75(labelled), 300, "ms")
        limit("video opened until its first frame, p75", p75(first_frames(browser, stack)), 1_000, "ms")
        limit("edit until it is saved, p95", p95(edits(browser, stack)), 600, "ms")
        boxes(browser, stack)
        uploads(browser, stack)
        million(browser, stack)
        browser.close()
        if chosen.lighthouse:
            lighthouse(playwright, caller, gallery, chosen.lighthouse)


def limit(name: str, value: float, most: float, unit: str) -> None:
    compare_with_limit(f"console: {name}", value, most, unit, better="less")


def p75(values: list[float]) -> float:
    return quantiles(values, n=4)[2]


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


def scripts(browser: Browser, caller: Caller, gallery: str, peer: str | None) -> None:
    """Print the kB of scripts, after gzip, that are asked for before the first picture has arrived."""
    context = signed_in(browser, caller)
    page = context.new_page()
    asked: list[Request] = []
    arrived: list[int] = []

    def done(request: Request) -> None:
        if request.resource_type == "image" and not request.url.endswith(".svg"):
            arrived.append(len(asked))

    page.on("request", lambda each: asked.append(each) if each.resource_type == "script" else None)
    page.on("requestfinished", done)
    page.goto(gallery)
    page.locator(SHOWN).first.wait_for()
    before = [each.response() for each in asked[: arrived[0]]]
    ours = sum(len(gzip.compress(each.body(), 6)) for each in before if each) / 1000
    context.close()
    limit("scripts of the first gallery, gzip", ours, 220, "kB")
    if peer is None:
        note("FiftyOne's scripts are left out: no --peer")
        return
    where = subprocess.run([peer, "-c", WHERE], capture_output=True, text=True, check=True).stdout.split()[-1]
    compare("console: scripts of the first gallery, gzip", ours, kilobytes(Path(where)), "kB", better="less", goal=10)


WHERE: Final = "import importlib.util as u; print(u.find_spec('fiftyone').submodule_search_locations[0])"


def kilobytes(package: Path) -> float:
    """Return the kB, after gzip, of the scripts that FiftyOne's page names, which it loads before it shows anything."""
    static = package / "server/static"
    named = re.findall(r'(?:src|href)="[./]*(assets/[^"]+\.js)"', (static / "index.html").read_text())
    return sum(len(gzip.compress((static / each).read_bytes(), 6)) for each in set(named)) / 1000


def first_shown(browser: Browser, caller: Caller, address: str, shown: str) -> list[float]:
    """Return the milliseconds from the address until an element is shown, each in a new profile."""
    found = []
    for _ in range(FIRST_RUNS):
        context = signed_in(browser, caller)
        page = context.new_page()
        started = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_function("shown => document.querySelector(shown)", arg=shown)  # looks at each frame
        found.append((time.perf_counter() - started) * 1000)
        page.wait_for_load_state("networkidle")  # what this page asks for afterwards would delay the next one
        context.close()
    return found


class Traffic:
    """Requests of a page. (The load state "networkidle" is reached once after a navigation, and holds for ever.)"""

    def __init__(self, page: Page) -> None:
        self._page, self._open = page, set[Request]()
        self._last_at = time.monotonic()
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def rest(self) -> None:
        """Wait until half a second has gone by without a request."""
        while self._open or time.monotonic() - self._last_at < 0.5:
            self._page.wait_for_timeout(50)

    def _begin(self, request: Request) -> None:
        self._open.add(request)

    def _end(self, request: Request) -> None:
        self._open.discard(request)
        self._last_at = time.monotonic()


def filter_changes(browser: Browser, caller: Caller, project: str, gallery: str) -> list[float]:
    """Return the milliseconds from a click on a tag of the filters to the new number of assets.

    Each change chooses other tags than those before (a Gray code of them), so that no answer is known, and comes when
    the counts of the one before are there. A frame of the page notices the number.
    """
    context = signed_in(browser, caller)
    page = context.new_page()
    traffic = Traffic(page)
    page.goto(gallery)
    page.locator(SHOWN).first.wait_for()
    boxes = page.locator("label").filter(has_text=TAG)
    boxes.first.wait_for(timeout=60_000)
    tags = [TAG.findall(each)[0] for each in boxes.all_inner_texts()]
    assert 2 ** len(tags) > CHANGES, tags
    traffic.rest()
    chosen: set[str] = set()
    found: list[float] = []
    for number in range(1, CHANGES + 1):
        tag = tags[(number & -number).bit_length() - 1]
        chosen ^= {tag}
        expected = count(caller, project, {"field": "tags", "in": sorted(chosen)})
        page.evaluate(COUNTING, f"{expected:,} ")
        page.locator("label").filter(has_text=tag).first.click()
        page.wait_for_function("() => counted.after", timeout=60_000)
        found.append(page.evaluate("() => counted.after"))
        traffic.rest()
    context.close()
    return found


TAG: Final = re.compile(r"night|day|fog|drive-\d\d")
COUNTING: Final = """
(number) => {
  window.counted = {}
  addEventListener('click', () => {
    const started = performance.now()
    const look = () => {
      if (document.querySelector('h1 + *').textContent.startsWith(number)) counted.after = performance.now() - started
      else requestAnimationFrame(look)
    }
    look()
  }, { once: true, capture: true })
}
"""


def count(caller: Caller, project: str, filter_: Any) -> int:
    body = {"aggregates": {"all": {"count": {}}}, "filter": filter_}

    def counted() -> int | None:
        answer = caller.call("POST", f"/v1/projects/{project}/assets/aggregate", body)
        return int(answer.json()["aggregates"]["all"]["count"]) if answer.status_code == 200 else None

    return eventually(counted)


def openings(browser: Browser, caller: Caller, gallery: str) -> tuple[list[float], list[float]]:
    """Return the milliseconds from the key that opens an asset to its decoded preview, and to the list of its labels.

    The first asset is left out: the budget is that of a page whose code is there.
    """
    context = signed_in(browser, caller)
    page = context.new_page()
    traffic = Traffic(page)
    page.goto(gallery + "?label=person")
    page.locator(SHOWN).first.wait_for()
    traffic.rest()
    sharp, labelled = [], []
    for _ in range(OPENINGS + 1):
        page.get_by_role("grid").focus()
        page.keyboard.press("ArrowRight")
        page.evaluate(WATCHING)
        page.keyboard.press("Enter")
        page.wait_for_function("() => watched.sharp && watched.labelled")
        times = page.evaluate("() => watched")
        sharp.append(times["sharp"])
        labelled.append(times["labelled"])
        traffic.rest()
        page.go_back()
        page.locator(SHOWN).first.wait_for()
        traffic.rest()
    context.close()
    return sharp[1:], labelled[1:]


WATCHING: Final = """
() => {
  window.watched = {}
  addEventListener('keydown', () => {
    const started = performance.now()
    const look = () => {
      const stage = document.querySelector('section[aria-describedby=stage-help]')
      const picture = stage?.querySelector('img')
      const isListed = stage && document.querySelector('[role=row]')
      if (!watched.sharp && picture?.complete && picture.naturalWidth) watched.sharp = performance.now() - started
      if (!watched.labelled && isListed) watched.labelled = performance.now() - started
      if (!watched.sharp || !watched.labelled) requestAnimationFrame(look)
    }
    look()
  }, { once: true, capture: true })
}
"""


def first_frames(browser: Browser, stack: Stack) -> list[float]:
    """Return the milliseconds from the address of a video to its first frame, each in a new profile."""
    editor, content = stack.caller("bench-video:editor"), (demo.SAMPLES / "earth.mp4").read_bytes()
    asset = editor.upload("bench-video", content, "earth.mp4", content_type="video/mp4")["asset_id"]
    address = f"{stack.values['console_url']}p/bench-video/a/{asset}"
    return first_shown(browser, editor, address, "canvas[data-frame='0']")


def edits(browser: Browser, stack: Stack) -> list[float]:
    """Return the milliseconds from a key press that moves a box to the word Saved."""
    editor = stack.caller("bench-edits:editor")
    asset, _ = annotated_asset(editor, "bench-edits", 1)
    context = signed_in(browser, editor)
    page = opened(context, stack, "bench-edits", asset)
    page.get_by_role("row").first.click()
    page.locator("section[aria-describedby=stage-help]").focus()
    status = page.get_by_role("status").filter(has_text="Sav").first
    found = []
    for number in range(CHANGES):
        started = time.perf_counter()
        page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
        expect(status).to_have_text(re.compile("Saving"))
        expect(status).to_have_text(re.compile("Saved"))
        found.append((time.perf_counter() - started) * 1000)
        page.wait_for_timeout(100)
    context.close()
    return found


def boxes(browser: Browser, stack: Stack) -> None:
    """Print the time of a frame while a picture with ten thousand boxes is moved."""
    editor = stack.caller("bench-boxes:editor")
    asset, _ = annotated_asset(editor, "bench-boxes", BOXES)
    context = signed_in(browser, editor)
    page = opened(context, stack, "bench-boxes", asset)
    page.get_by_role("row").first.wait_for()
    frames = page.evaluate(f"{MOVING}({FRAMES})")
    limit(f"frame while {BOXES:,} boxes move, without a GPU, median", median(frames), 33.4, "ms")
    context.close()


MOVING: Final = """
async (frames) => {
  const view = document.querySelector('section[aria-describedby=stage-help]')
  const key = (name) => view.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }))
  let count = 0
  const timer = setInterval(() => key(count++ % 80 < 40 ? 'ArrowRight' : 'ArrowLeft'), 16)
  const found = await frames()
  clearInterval(timer)
  return found
}
"""


def annotated_asset(editor: Caller, project: str, count: int) -> tuple[str, int]:
    """Upload a photo and give it so many boxes; returns its id."""
    asset = str(editor.upload(project)["asset_id"])
    operations = [
        {
            "op": "create",
            "asset_id": asset,
            "annotation": {
                "type": "detection",
                "field": "bench",
                "label": f"label-{at % 20}",
                "bbox": [0.9 * (at % 100) / 100, 0.9 * (at // 100 % 100) / 100, 0.05, 0.05],
            },
        }
        for at in range(count)
    ]
    for start in range(0, count, 2_000):
        body = {"operations": operations[start : start + 2_000]}
        answer = editor.call("POST", f"/v1/projects/{project}/annotations/bulk", body)
        assert answer.status_code == 200, answer.text
    return asset, count


def opened(context: BrowserContext, stack: Stack, project: str, asset: str) -> Page:
    page = context.new_page()
    page.goto(f"{stack.values['console_url']}p/{project}/a/{asset}")
    page.locator("section[aria-describedby=stage-help]").wait_for(timeout=60_000)
    return page


def uploads(browser: Browser, stack: Stack) -> None:
    """Print the CPU of the page's thread for a frame while a list of ten thousand uploads is scrolled."""
    context = signed_in(browser, stack.caller("bench-uploads:editor"))
    page = context.new_page()
    page.goto(f"{stack.values['console_url']}p/bench-uploads/upload")
    page.wait_for_load_state("networkidle")
    page.evaluate(DROPPED, FILES)
    page.get_by_role("button", name=f"Upload {FILES:,} files").click(timeout=60_000)
    page.get_by_role("button", name=f"All {FILES:,}", exact=True).wait_for(timeout=60_000)
    page.get_by_role("button", name="Pause all").click()
    page.wait_for_timeout(3_000)
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # whatever else runs here
    before = busy_seconds(session)
    page.evaluate(SCROLLED, SCROLL_STEPS)
    spent = (busy_seconds(session) - before) / SCROLL_STEPS * 1000
    limit(f"CPU of a frame while {FILES:,} uploads are scrolled", spent, 33.4, "ms")
    context.close()


def busy_seconds(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


DROPPED: Final = """
(count) => {
  const transfer = new DataTransfer()
  for (let at = 0; at < count; at += 1)
    transfer.items.add(new File([`${at}`], `file-${at}.jpg`, { type: 'image/jpeg', lastModified: at }))
  document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }))
}
"""
SCROLL_STEPS: Final = 60
SCROLLED: Final = """
async (steps) => {
  const box = document.querySelector('section[aria-label=Uploads]')
  for (let step = 0; step < steps; step += 1) {
    box.scrollTop = step * 5000
    await new Promise(requestAnimationFrame)
  }
}
"""


def million(browser: Browser, stack: Stack) -> None:
    """Print nodes, frames and heap while a million assets are scrolled through."""
    context = signed_in(browser, Caller(stack, "no token"))
    page = context.new_page()
    page.route("**/v1/**", StubApi().answer)
    page.goto(f"{stack.values['console_url']}p/million/assets")
    page.locator(SHOWN).first.wait_for(timeout=60_000)
    session = context.new_cdp_session(page)
    strip = page.get_by_role("slider", name="Place in time").bounding_box()
    assert strip
    page.get_by_role("grid").hover()
    frames: list[float] = []
    for share in (0.1, 0.5, 0.9):
        page.mouse.click(strip["x"] + strip["width"] / 2, strip["y"] + strip["height"] * share)
        page.wait_for_timeout(1_500)
        page.get_by_role("grid").hover()
        page.evaluate(f"() => {{ window.frames = ({FRAMES})() }}")
        for _ in range(40):
            page.mouse.wheel(0, 240)
            page.wait_for_timeout(30)
        frames += page.evaluate("() => window.frames")
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics: Any = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    limit("heap after scrolling a million assets", metrics["JSHeapUsedSize"] / 1e6, 200, "MB")
    limit("nodes of the gallery of a million assets", page.locator("*").count(), 1_500, "nodes")
    limit("frame while scrolling a million assets, without a GPU, median", median(frames), 16.7, "ms")
    note(f"console: scroll of a million assets: p95 of frames {p95(frames):.1f} ms, longest {max(frames):.0f} ms")
    context.close()


def lighthouse(playwright: Any, caller: Caller, gallery: str, program: str) -> None:
    """Print what Lighthouse says of the first gallery on a desktop, signed in by another tab of the same profile."""
    tokens = {"accessToken": caller.token, "name": "Ada", "expiresAt": 10**14}
    origin = gallery.split("/p/")[0]
    with tempfile.TemporaryDirectory(prefix="bench-lighthouse-") as folder:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=chromium(), args=["--no-sandbox", f"--remote-debugging-port={PORT}"]
        )
        tab = context.new_page()
        tab.goto(f"{origin}/icon.svg")
        tab.evaluate(f"() => {{ {(OTHER_TAB % json.dumps(tokens)).replace('10000)', '10 ** 8)')} }}")
        options = ["--preset=desktop", "--output=json", "--quiet", f"--port={PORT}", "--disable-storage-reset"]
        done = subprocess.run([program, gallery, *options], capture_output=True, text=True, check=True)
        context.close()
    report = json.loads(done.stdout)
    for name, least in (("performance", 95), ("accessibility", 100), ("best-practices", 100)):
        score = report["categories"][name]["score"] * 100
        compare_with_limit(f"console: Lighthouse, desktop, {name}", score, least, "of 100", better="more")
        failed = [
            each["id"]
            for each in report["categories"][name]["auditRefs"]
            if (report["audits"][each["id"]]["score"] or 0) < 1 and report["audits"][each["id"]]["score"] is not None
        ]
        if failed and score < 100:
            note(f"  below 1: {', '.join(failed)}")
    audits = report["audits"]
    limit("Lighthouse, largest contentful paint", audits["largest-contentful-paint"]["numericValue"], 1_800, "ms")
    note(f"  cumulative layout shift {audits['cumulative-layout-shift']['numericValue']:.4f} (limit 0.02)")
    note(f"  total blocking time {audits['total-blocking-time']['numericValue']:.0f} ms")


if __name__ == "__main__":
    main()
