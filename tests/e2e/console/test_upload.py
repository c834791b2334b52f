"""Scenario 2 of the console: a drop of many files, progress, pause, reload, refusals in words, retry."""

import base64
import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e.console.conftest import Open, Shot
from tests.e2e.stack import Caller
from tests.e2e.test_delivery_in_browser import picture

MIB = 2**20
PICTURES = 24
DROP = """async ({ selector, files, type }) => {
  const transfer = new DataTransfer()
  for (const [name, text] of files) {
    const bytes = Uint8Array.from(atob(text), each => each.charCodeAt(0))
    transfer.items.add(new File([bytes], name, { type, lastModified: 1 }))
  }
  const target = document.querySelector(selector)
  for (const kind of ['dragenter', 'dragover', 'drop'])
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }))
}"""


@pytest.fixture
def page(open_console: Open, editor: Caller) -> Page:
    return open_console(editor, "p/demo/upload")


def slow_down(page: Page, bytes_per_second: int) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second, "offline": False}
    devtools.send("Network.emulateNetworkConditions", conditions)


def written(folder: Path, files: dict[str, bytes]) -> list[Path]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def unique_picture() -> bytes:
    """Return a picture whose bytes no other run has."""
    return picture(uuid.uuid4().int % 10**6) + uuid.uuid4().bytes


def choose(page: Page, paths: list[Path]) -> None:
    page.locator("input[type=file]").first.set_input_files(paths)


def test_batch_is_uploaded_with_its_tags_and_each_failure_is_in_words(
    page: Page, editor: Caller, shot: Shot, tmp_path: Path
) -> None:
    tag = f"night-{uuid.uuid4().hex[:8]}"
    paths = written(tmp_path, {f"cam-{number:03}.jpg": unique_picture() for number in range(PICTURES)})
    broken = written(tmp_path, {"broken.jpg": b"no picture at all " * 20, "notes.txt": b"words", "empty.jpg": b""})
    choose(page, [*paths, *broken])
    expect(page.get_by_text("text/plain is not accepted here; accepted are image/*, video/*")).to_be_visible()
    expect(page.get_by_text("The file is empty.")).to_be_visible()
    page.get_by_label("Tags for all of them").fill(tag)
    page.keyboard.press("Enter")
    page.get_by_label("Attribute", exact=True).fill("camera")
    page.get_by_label("Value").fill("7")
    page.keyboard.press("Enter")
    shot(page, "upload-draft")
    page.get_by_role("button", name=f"Upload {PICTURES + 1} files").click()
    expect(page.get_by_role("button", name="Failed 1", exact=True)).to_be_visible(timeout=120_000)
    expect(page.get_by_role("button", name=f"Ready {PICTURES}", exact=True)).to_be_visible(timeout=120_000)
    shot(page, "upload-result")
    page.get_by_role("button", name="Failed 1", exact=True).click()
    row = page.get_by_role("listitem").filter(has_text="broken.jpg")
    expect(row).to_have_count(1)
    query = {"filter": {"and": [{"field": "tags", "eq": tag}, {"field": "status", "in": ["ready", "failed"]}]}}
    found = editor.call("POST", "/v1/projects/demo/assets/search", {**query, "limit": 100}).json()["items"]
    assert len(found) == PICTURES + 1
    assert {each["attributes"]["camera"] for each in found} == {7}
    (failed,) = [each for each in found if each["status"] == "failed"]
    expect(row).to_contain_text(failed["reason_detail"])
    page.get_by_role("button", name="Retry 1 failed").click()
    expect(page.get_by_role("button", name="Failed 1", exact=True)).to_be_visible(timeout=60_000)
    page.get_by_role("button", name=f"Ready {PICTURES}", exact=True).click()
    page.get_by_role("link", name="cam-000.jpg").click()
    expect(page).to_have_url(re.compile(r"/p/demo/a/[0-9a-f-]{36}"))


def test_upload_goes_on_where_it_was_when_the_page_is_loaded_again(page: Page, shot: Shot, tmp_path: Path) -> None:
    slow_down(page, 6 * MIB)
    paths = written(tmp_path, {"clip.mp4": uuid.uuid4().bytes * (48 * MIB // 16)})
    choose(page, paths)
    page.get_by_role("button", name="Upload 1 file").click()
    row = page.get_by_role("listitem").filter(has_text="clip.mp4")
    expect(row).to_contain_text(re.compile(r"Sending, [3-9]\d %|Sending, [3-9]\d%"), timeout=60_000)
    shot(page, "upload-sending")
    page.get_by_role("button", name="Pause all").click()
    expect(row).to_contain_text("Paused")
    shot(page, "upload-paused")
    page.reload()
    expect(row).to_contain_text("Paused")
    slow_down(page, 6 * MIB)
    page.get_by_role("button", name="Resume all").click()
    expect(row).to_contain_text(re.compile(r"Sending, [3-9]\d"), timeout=30_000)
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.reload()
    assert asked == ["beforeunload"]
    expect(row).to_contain_text(re.compile("Failed|Stored"), timeout=60_000)  # it went on by itself; no video though


def test_pictures_are_ready_while_a_large_file_that_was_chosen_first_is_still_sent(page: Page, tmp_path: Path) -> None:
    slow_down(page, 2 * MIB)
    clip = written(tmp_path, {"clip.mp4": uuid.uuid4().bytes * (160 * MIB // 16)})
    pictures = written(tmp_path, {f"cam-{number}.jpg": unique_picture() for number in range(8)})
    choose(page, clip)
    page.get_by_role("button", name="Upload 1 file").click()
    row = page.get_by_role("listitem").filter(has_text="clip.mp4")
    expect(row).to_contain_text("Sending", timeout=60_000)
    choose(page, pictures)
    page.get_by_role("button", name="Upload 8 files").click()
    expect(page.get_by_role("button", name="Ready 8", exact=True)).to_be_visible(timeout=60_000)
    expect(row).to_contain_text(re.compile(r"Sending, [0-8]?\d"))
    page.get_by_role("button", name="Pause all").click()


def test_file_of_a_handle_outlives_the_page_without_a_copy(page: Page) -> None:
    """The dialog of the system cannot be driven: a file of the browser's own file system stands for the chosen one."""
    page.evaluate(
        """async mebibytes => {
          const folder = await navigator.storage.getDirectory()
          const handle = await folder.getFileHandle('large.mp4', { create: true })
          const writer = await handle.createWritable()
          await writer.write(crypto.getRandomValues(new Uint8Array(16)))
          await writer.truncate(mebibytes * 2 ** 20)
          await writer.close()
          window.showOpenFilePicker = async () => [handle]
        }""",
        32,
    )
    slow_down(page, 4 * MIB)
    page.get_by_role("button", name="Choose files").click()
    page.get_by_role("button", name="Upload 1 file").click()
    row = page.get_by_role("listitem").filter(has_text="large.mp4")
    expect(row).to_contain_text(re.compile(r"Sending, [2-9]\d"), timeout=60_000)
    copies = """() => new Promise((resolve, reject) => {
      const request = indexedDB.open('foveal-uploads')
      request.onerror = () => reject(request.error)
      request.onsuccess = () => {
        const counted = request.result.transaction('files').objectStore('files').count()
        counted.onsuccess = () => { request.result.close(); resolve(counted.result) }
      }
    })"""
    assert page.evaluate(copies) == 0
    page.reload()
    expect(row).to_contain_text(re.compile(r"Sending, [2-9]\d|Stored|Failed"), timeout=60_000)  # not from the beginning


def test_files_are_taken_wherever_they_are_dropped(page: Page, console: str) -> None:
    page.goto(f"{console}p/demo/labels")
    page.get_by_role("heading", level=1).wait_for()
    content = base64.b64encode(unique_picture()).decode()
    page.evaluate(DROP, {"selector": "main", "files": [["dropped.jpg", content]], "type": "image/jpeg"})
    expect(page).to_have_url(re.compile("/p/demo/upload"))
    page.get_by_role("button", name="Upload 1 file").click()
    expect(page.get_by_role("listitem").filter(has_text="dropped.jpg")).to_contain_text("Ready", timeout=60_000)


def test_ten_thousand_files_are_listed_with_the_rows_in_view_alone(page: Page) -> None:
    page.get_by_role("heading", level=1).wait_for()
    page.evaluate(
        """async count => {
          const transfer = new DataTransfer()
          for (let at = 0; at < count; at += 1)
            transfer.items.add(new File([`${at}`], `file-${at}.jpg`, { type: 'image/jpeg', lastModified: at }))
          document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }))
        }""",
        10_000,
    )
    start = page.get_by_role("button", name="Upload 10,000 files")
    expect(start).to_be_enabled(timeout=60_000)
    slow_down(page, 1)
    start.click()
    expect(page.get_by_role("button", name="All 10,000", exact=True)).to_be_visible(timeout=60_000)
    listed = page.locator("section[aria-label=Uploads] li")
    for step in range(0, 60, 5):
        page.get_by_role("region", name="Uploads").evaluate("(box, top) => { box.scrollTop = top }", step * 5_000)
        assert 0 < listed.count() < 60
    page.get_by_role("button", name="Pause all").click()
