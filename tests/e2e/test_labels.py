"""Labels in, edited, and out again through the command line and the API; a killed stack changes nothing but time."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from foveal.client import Foveal
from foveal.training import FovealIterableDataset, Manifest
from local.deployment import demo
from local.lifecycle import up
from local.processes import emulator_process
from tests.e2e.stack import PHOTO, Caller, Stack, eventually, kill

PROJECT = "labels"
YAML = b"path: .\ntrain: images/train\nnames: {0: car, 1: dog}\n"
ROWS = 1_000


@pytest.fixture
def editor(stack: Stack) -> Caller:
    return stack.caller(f"{PROJECT}:admin")


def run(editor: Caller, *arguments: str) -> dict[str, Any]:
    """Run `foveal … --json` as the caller and return the last object that it prints."""
    program = [sys.executable, "-c", "from foveal.cli import main; main()", *arguments, "--json"]
    own = {
        "FOVEAL_API_URL": editor.stack.values["api_url"],
        "FOVEAL_PROJECT": PROJECT,
        "FOVEAL_TOKEN": editor.token or "",
    }
    done = subprocess.run(program, env={**os.environ, **own}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def archive(path: Path, rows: dict[str, str]) -> str:
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("data.yaml", YAML)
        for name, text in rows.items():
            target.writestr(f"labels/train/{name}.txt", text)
    return str(path)


def labels_in(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as source:
        return {Path(name).stem: source.read(name) for name in source.namelist() if name.endswith(".txt")}


def version_stream(editor: Caller, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the samples of version 1, after the first photo was given other bytes."""

    def client() -> Foveal:
        return Foveal(editor.stack.values["api_url"], editor.token, http=demo.client())

    manifest = Manifest.of_version(folder / "birds.jsonl", PROJECT, "birds", 1, foveal=client())
    replace_bytes(editor, manifest[0].asset_id)
    yield from FovealIterableDataset(manifest, client=client)


def replace_bytes(editor: Caller, asset_id: str) -> None:
    """Put another photo under the key of an asset, and wait until the catalog has seen it."""
    s3, before = editor.stack.aws("s3"), editor.ready(asset_id)
    content = (demo.SAMPLES / "rocket.jpg").read_bytes()
    s3.put_object(Bucket=before["s3"]["bucket"], Key=before["s3"]["key"], Body=content, ContentType="image/jpeg")
    eventually(lambda: True if editor.ready(asset_id)["size_bytes"] == len(content) else None)


def photos(editor: Caller, *names: str) -> list[str]:
    """Upload a photo under each name; return the ids of the assets when they are ready."""
    tickets = [editor.begin(project=PROJECT, name=f"{name}.jpg") for name in names]
    for ticket in tickets:
        assert editor.put(ticket).status_code == 200
    return [editor.ready(ticket["asset_id"])["asset_id"] for ticket in tickets]


def test_labels_come_out_as_they_went_in_but_for_what_was_edited(editor: Caller, tmp_path: Path) -> None:
    ids = photos(editor, "a", "b", "c")
    rows = {"a": "0 0.500 0.5 0.2 0.2\n1 0.5 0.5 0.10 0.1\n", "b": "1 0.25 0.25 0.50 0.5\n", "c": ""}
    imported = run(editor, "labels", "import", archive(tmp_path / "in.zip", rows))
    assert (imported["imported"], imported["not_imported"]) == (3, 0)
    made = editor.call("POST", f"/v1/projects/{PROJECT}/datasets/birds/versions", {"asset_ids": ids})
    assert made.status_code == 201, made.text

    found = editor.call("POST", f"/v1/projects/{PROJECT}/annotations/search", {"asset_ids": ids, "limit": 10}).json()[
        "items"
    ]
    boxes = {each["origin"]["record"]: each for each in found}
    box = boxes["1 0.5 0.5 0.10 0.1"]
    change = {
        "op": "update",
        "annotation_id": box["annotation_id"],
        "revision": box["revision"],
        "changes": {"label": "car"},
    }
    written = editor.call("POST", f"/v1/projects/{PROJECT}/annotations/bulk", {"operations": [change]})
    assert written.status_code == 200, written.text

    result = run(
        editor, "labels", "export", str(tmp_path / "out.zip"), "--to", "yolo", "--import", imported["import_id"]
    )
    assert (result["asset_count"], result["annotation_count"]) == (3, 3)
    out = labels_in(tmp_path / "out.zip")
    assert {name: out[name] for name in "bc"} == {name: rows[name].encode() for name in "bc"}
    kept, edited = out["a"].decode().splitlines()
    assert kept == "0 0.500 0.5 0.2 0.2"
    assert [float(each) for each in edited.split()] == pytest.approx([0, 0.5, 0.5, 0.1, 0.1])

    run(editor, "labels", "export", str(tmp_path / "version.zip"), "--to", "yolo", "--dataset", "birds@1")
    pinned = [[float(each) for each in line.split()] for line in labels_in(tmp_path / "version.zip")["a"].splitlines()]
    assert pinned == [[0, 0.5, 0.5, 0.2, 0.2], [1, 0.5, 0.5, 0.1, 0.1]], "the label before it was edited"
    streamed = {sample["file_name"]: sample for sample in version_stream(editor, tmp_path)}
    assert {name: sample["data"] == PHOTO for name, sample in streamed.items()} == dict.fromkeys(streamed, True)
    assert sorted(each["label"] for each in streamed["a.jpg"]["annotations"]) == ["car", "dog"]


def test_export_ends_with_the_same_file_when_the_stack_is_killed_meanwhile(
    stack: Stack, editor: Caller, tmp_path: Path
) -> None:
    names = [f"k{number}" for number in range(8)]
    photos(editor, *names)
    rows = {name: "".join(f"{row % 2} 0.5 0.5 0.2 0.{row + 1:04}\n" for row in range(ROWS)) for name in names}
    imported = run(editor, "labels", "import", archive(tmp_path / "many.zip", rows))
    assert imported["imported"] == len(names) * ROWS
    begun = editor.call(
        "POST", f"/v1/projects/{PROJECT}/exports", {"format": "yolo", "import_id": imported["import_id"]}
    )
    job_id = begun.json()["job"]["job_id"]

    def job() -> Any:
        return editor.call("GET", f"/v1/exports/{job_id}").json()

    state = eventually(lambda: found if (found := job()["job"]["state"]) != "queued" else None)
    assert state == "running", "the kill has to come in the middle"
    kill(emulator_process.process(stack.instance).pid)
    up(stack.instance, Console(quiet=True), with_samples=False)

    done = eventually(
        lambda: shown if (shown := job())["job"]["state"] not in ("queued", "running") else None, seconds=240
    )
    assert done["job"]["state"] == "completed", done
    (tmp_path / "out.zip").write_bytes(editor.http.get(done["url"]).content)
    assert labels_in(tmp_path / "out.zip") == {name: text.encode() for name, text in rows.items()}
