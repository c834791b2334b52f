"""`foveal upload` and `foveal verify` against the deployed stack: killed at random moments, resumed, proven."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.e2e.stack import Caller, Stack, eventually
from tests.unit.probe.pictures import saved

PROGRAM = "from foveal.cli import main; main()"
FILES = 120


@pytest.fixture
def environment(stack: Stack, editor: Caller, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "FOVEAL_API_URL": stack.values["api_url"],
        "FOVEAL_TOKEN": str(editor.token),
        "FOVEAL_PROJECT": "demo",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "HOME": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root, chance = tmp_path / f"photos-{random.randrange(10**9)}", random.Random(3)
    for number in range(FILES):
        path = root / f"{number % 3}" / f"{root.name}-{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(saved(Image.effect_noise((40 + number, 30), chance.randrange(20, 90)), "PNG"))
    return root


def run(environment: dict[str, str], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines, done.stderr
    assert lines[-1]["event"] == "summary", (done.returncode, done.stderr, lines[-1])
    return done.returncode, lines


def test_folder_is_uploaded_once_and_proven_although_the_program_was_killed(
    environment: dict[str, str], folder: Path, editor: Caller
) -> None:
    for number in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "upload", str(folder), "--tag", "holiday"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.8 + 0.4 * number)
        process.kill()
        process.wait()
    code, lines = run(environment, "upload", str(folder), "--tag", "holiday")
    assert {(each["reason"], each.get("code")) for each in lines if each["event"] == "failed"} == set()
    assert (code, lines[-1]["found"], lines[-1]["failed"]) == (0, FILES, 0)

    def proven() -> bool | None:
        code, lines = run(environment, "verify", str(folder))
        return True if code == 0 and lines[-1]["done"] == FILES else None

    eventually(proven)
    body = {"filter": {"field": "file_name", "prefix": folder.name}, "limit": 500, "fields": ["file_name"]}
    found = editor.call("POST", "/v1/projects/demo/assets/search", body).json()["items"]
    assert sorted(each["file_name"] for each in found) == sorted(path.name for path in folder.rglob("*.png"))


def test_command_ends_with_a_sentence_and_its_exit_code(environment: dict[str, str], folder: Path) -> None:
    def failure(*arguments: str, **changes: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            env=environment | changes,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr

    code, said = failure("upload", str(folder), "--project", "nope")
    assert code == 4
    assert "Your token opens no project nope" in said
    assert failure("upload", str(folder), FOVEAL_TOKEN="bad")[0] == 3
    code, said = failure("upload", str(folder), "--api", "http://127.0.0.1:9")
    assert code == 5
    assert "127.0.0.1:9" in said
    assert failure("upload", str(folder / "nowhere"))[0] == 2
