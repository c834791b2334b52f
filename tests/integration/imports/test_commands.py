"""`foveal labels import|export` against the functions and the bucket: what they print, and how they exit."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
from typer.testing import CliRunner, Result

from foveal.cli.labels import group, transfer
from foveal.cli.projects import buckets
from foveal.client import Foveal  # noqa: F401  imported while `httpx2.Client` is the class that annotations name
from tests.gateway import gateway_event
from tests.integration.delivery.world import fresh_name
from tests.integration.imports.buckets import jpeg
from tests.integration.imports.conftest import BEGIN, PROJECT, World
from tests.integration.imports.test_imports import YAML, annotations, assets


def serve(world: World, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    """Answer the requests of commands by the functions, as to somebody with a role."""
    routes = {re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(key))): key for key in world.api.routes}

    def answer(request: httpx2.Request) -> httpx2.Response:
        for job_id in [each for each in world.started if each]:
            world.started.remove(job_id)
            world.work(job_id)
        target = f"{request.method} {request.url.raw_path.decode().partition('?')[0]}"
        found, key = next((match, key) for each, key in routes.items() if (match := each.fullmatch(target)))
        path = {name: unquote(value) for name, value in found.groupdict().items()}
        caller = {"sub": "user-1", "cognito:groups": f"[{PROJECT}:{role}]"}
        result = world.api(gateway_event(key, path, request.content, authorized=caller), None)
        content = (result.get("body") or "").encode()
        return httpx2.Response(result["statusCode"], content=content, headers=result["headers"])

    client, transport = httpx2.Client, httpx2.MockTransport(answer)

    def http(**options: Any) -> httpx2.Client:
        return client(mounts={"https://api.test": transport}, **options)

    monkeypatch.setattr(httpx2, "Client", http)
    monkeypatch.setattr(transfer, "POLL_SECONDS", 0)
    for name, value in (("API_URL", "https://api.test"), ("TOKEN", "token-of-a-test"), ("PROJECT", PROJECT)):
        monkeypatch.setenv(f"FOVEAL_{name}", value)


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    serve(world, monkeypatch, "editor")

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(group.labels, list(arguments))

    return invoke


def folder(tmp_path: Path, rows: str) -> Path:
    """Return a folder of a YOLO data set with one image that must stay where it is."""
    root = tmp_path / "set"
    for name, content in (("data.yaml", YAML), ("labels/train/a.txt", rows.encode()), ("images/train/a.jpg", b"x")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def test_folder_is_imported_and_exported_again(world: World, run: Any, tmp_path: Path) -> None:
    assets(world, "a.jpg")
    result = run("import", str(folder(tmp_path, "0 0.5 0.5 0.2 0.2\n")), "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    summary = json.loads(result.stdout.splitlines()[-1])
    assert (summary["format"], summary["imported"], summary["annotations"]) == ("yolo", 1, 1)
    assert (summary["label_schema"]["name"], summary["label_schema"]["added_count"]) == ("ground_truth", 2)
    out = tmp_path / "out.zip"
    result = run("export", str(out), "--to", "yolo", "--import", summary["import_id"])
    assert result.exit_code == 0, (result.output, result.exception)
    assert zipfile.ZipFile(out).read("labels/train/a.txt") == b"0 0.5 0.5 0.2 0.2\n"
    assert run("export", str(out), "--to", "yolo").exit_code == 2


def test_folder_is_packed_with_its_labels_and_without_its_media(tmp_path: Path) -> None:
    names = ["a.json", "images/a.jpg", "images/b.png", "SegmentationClass/a.png", "panoptic_val/x/1.png", "masks/m.png"]
    for name in names:
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).write_bytes(b"x")
    archive = transfer.packed(tmp_path / "set", tmp_path)
    assert sorted(zipfile.ZipFile(archive).namelist()) == sorted({*names} - {"images/a.jpg", "images/b.png"})


def test_question_is_shown_with_its_answer_and_nothing_is_written(world: World, run: Any, tmp_path: Path) -> None:
    assets(world, "a.jpg")
    root = folder(tmp_path, "0 0.5 0.5 0.2 0.2 0.75\n")
    result = run("import", str(root))
    assert result.exit_code == 1
    assert "--option sixth_column=" in result.output
    assert "Label schema ground_truth (not written): 2 labels added" in result.output
    assert annotations(world) == []
    assert run("import", str(root), "--option", "sixth_column=confidence").exit_code == 0
    assert [each["confidence"] for each in annotations(world)] == [0.75]


def test_import_that_places_nothing_fails_and_keeps_its_report(world: World, run: Any, tmp_path: Path) -> None:
    kept = tmp_path / "report.jsonl"
    result = run("import", str(folder(tmp_path, "0 0.5 0.5 0.2 0.2\n")), "--report", str(kept))
    assert result.exit_code == 1
    assert [json.loads(line)["kind"] for line in kept.read_text().splitlines()] == ["not_imported"]
    assert "the project has no asset" in result.output


def test_import_of_a_bucket_is_undone_by_the_command_of_its_kind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = f"archive-{fresh_name()}"
    world.s3.create_bucket(Bucket=archive)
    for name in ("a.jpg", "b.jpg"):
        world.s3.put_object(Bucket=archive, Key=name, Body=jpeg())
    monkeypatch.setenv("IMPORT_BUCKETS", json.dumps([{"bucket": archive}]))
    world.reload()
    serve(world, monkeypatch, "admin")
    _, begun = world.call(BEGIN, {"kind": "bucket", "source": {"bucket": archive}}, role="admin")
    found = world.start(begun["import"]["import_id"])
    world.database.assets.update_one({"file_name": "a.jpg"}, {"$set": {"tags": ["night"]}})
    refused = CliRunner().invoke(group.labels, ["undo", found["import_id"]])
    assert (refused.exit_code, "foveal bucket undo" in refused.output) == (2, True)
    done = CliRunner().invoke(buckets.bucket, ["undo", found["import_id"]])
    assert done.output.endswith("1 assets removed, 1 used since and kept.\n"), done.output
