"""Labels in the console: an import with its questions, counts and undo; an export with its losses; the jobs."""

import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.console.conftest import Open, Shot
from tests.e2e.stack import Caller, eventually
from tests.e2e.test_delivery_in_browser import picture

SIDE = 8
TIMEOUT = 90_000


@pytest.fixture(scope="module")
def names(editor: Caller) -> list[str]:
    """Unique names of three ready assets."""
    made = []
    for number in range(3):
        name = f"{uuid.uuid4().hex[:12]}.jpg"
        content = picture(number) + uuid.uuid4().bytes
        ticket = editor.begin(content=content, name=name)
        assert editor.put(ticket, content).status_code == 200
        editor.ready(ticket["asset_id"])
        made.append(name)
    return made


def archive(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return path


def annotations_of(editor: Caller, name: str) -> list[dict[str, Any]]:
    query = {"filter": {"field": "file_name", "eq": name}, "limit": 1}
    (asset,) = editor.call("POST", "/v1/projects/demo/assets/search", query).json()["items"]
    found: list[dict[str, Any]] = editor.call("GET", f"/v1/assets/{asset['asset_id']}/annotations").json()["items"]
    return found


def choose(page: Page, *paths: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(paths)
    page.get_by_role("button", name="Check them in a dry run").click()


def test_yolo_rows_are_asked_about_then_imported_and_undone(
    open_console: Open, editor: Caller, names: list[str], shot: Shot, tmp_path: Path
) -> None:
    stems = [name.removesuffix(".jpg") for name in names]
    files = {
        "data.yaml": "names: [car, boat]\n",
        f"labels/{stems[0]}.txt": "0 0.5 0.5 0.2 0.2 0.9\n1 0.3 0.3 0.1 0.1 0.25\n",
        f"labels/{stems[1]}.txt": "0 0.5 0.5 0.2 0.2 0.7\n7 0.5 0.5 0.2 0.2 0.7\n",
    }
    page = open_console(editor, "p/demo/labels")
    page.get_by_role("link", name="Import labels").click()
    choose(page, archive(tmp_path / "export.zip", files))
    expect(page.get_by_role("heading", name="What the files leave open")).to_be_visible(timeout=TIMEOUT)
    expect(page.get_by_text("sixth_column", exact=True)).to_be_visible()
    shot(page, "labels-questions")
    page.get_by_role("button", name="Check again with these answers").click()
    start = page.get_by_role("button", name="Import 3 annotations")
    expect(start).to_be_visible(timeout=TIMEOUT)
    expect(page.get_by_role("list", name="Report").get_by_text("Not imported")).to_be_visible()
    shot(page, "labels-checked")
    assert annotations_of(editor, names[0]) == []
    start.click()
    expect(page.get_by_role("heading", name="The import is complete")).to_be_visible(timeout=TIMEOUT)
    shot(page, "labels-imported")
    assert {each["label"] for each in annotations_of(editor, names[0])} == {"car", "boat"}
    page.get_by_role("button", name="Undo this import").click()
    page.get_by_role("button", name="Delete them").click()
    expect(page.get_by_role("heading", name="The import was undone")).to_be_visible(timeout=TIMEOUT)
    assert annotations_of(editor, names[0]) == []
    page.get_by_role("link", name="Back to the list").click()
    first = page.get_by_role("list", name="Imports").get_by_role("listitem").first
    expect(first).to_contain_text("export.zip")
    expect(first).to_contain_text("Undone")
    shot(page, "labels-list")


def test_files_that_no_format_reads_are_refused_in_the_servers_words(
    open_console: Open, editor: Caller, shot: Shot, tmp_path: Path
) -> None:
    (tmp_path / "notes.json").write_text('{"hello": 1}')
    page = open_console(editor, "p/demo/labels?import=new")
    choose(page, tmp_path / "notes.json")
    expect(page.get_by_role("heading", name="The import failed")).to_be_visible(timeout=TIMEOUT)
    expect(page.get_by_role("alert")).to_contain_text("format")
    shot(page, "labels-failed")


def test_export_names_each_loss_and_gives_the_file(
    open_console: Open, editor: Caller, names: list[str], shot: Shot
) -> None:
    query = {"filter": {"field": "file_name", "eq": names[2]}, "limit": 1}
    (asset,) = editor.call("POST", "/v1/projects/demo/assets/search", query).json()["items"]
    box = {"type": "detection", "field": "ground_truth", "label": "car", "bbox": [0.1, 0.1, 0.3, 0.3], "rotation": 0.5}
    made = editor.call("POST", f"/v1/assets/{asset['asset_id']}/annotations", {"annotation": box})
    assert made.status_code == 201, made.text
    page = open_console(editor, f"p/demo/labels?export=new&assets={json.dumps([asset['asset_id']])}")
    expect(page.get_by_role("button", name="1 selected asset")).to_be_visible()
    shot(page, "labels-export")
    page.get_by_role("button", name="Start the export").click()
    expect(page.get_by_role("heading", name="The file is ready")).to_be_visible(timeout=TIMEOUT)
    expect(page.get_by_role("list", name="What the format could not hold")).to_contain_text("rotation")
    shot(page, "labels-exported")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(download.value.path()) as files:
        (name,) = [each for each in files.namelist() if each.endswith(".json")]
        assert [each["name"] for each in json.loads(files.read(name))["categories"]] == ["car"]
    page.get_by_role("link", name="Back to the list").click()
    page.get_by_role("link", name="All jobs").click()
    expect(page.get_by_role("list", name="All jobs").get_by_role("listitem").first).to_contain_text("Export")


def test_viewer_looks_and_starts_nothing(open_console: Open, stack: Any) -> None:
    page = open_console(stack.caller("demo:viewer"), "p/demo/labels")
    eventually(lambda: page.get_by_role("heading", level=1).is_visible() or None)
    expect(page.get_by_role("link", name="Import labels")).to_have_count(0)
