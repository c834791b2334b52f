"""The training guide, as it stands in the documentation, against the deployed stack; shards by the command line."""

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from foveal.client import Foveal
from local.deployment import demo
from tests.e2e.stack import Stack

PROJECT = "training"  # of its own, since the guide reads all of a project
GUIDE = re.sub(r"\bdemo\b", PROJECT, (Path(__file__).parents[2] / "docs/training.md").read_text())
PHOTOS = {"karts.jpg", "rocket.jpg", "starfish.jpg"}


@pytest.fixture(autouse=True)
def photos_in_the_project(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEAL_API_URL", stack.values["api_url"])
    monkeypatch.setenv("FOVEAL_TOKEN", str(stack.caller(f"{PROJECT}:editor").token))
    with Foveal(http=demo.client()) as foveal:
        for name in PHOTOS:
            foveal.project(PROJECT).upload(demo.SAMPLES / name)


def test_guide_streams_thumbnails_of_every_photo(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    for _ in range(2):  # the second run reads list and cache
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        printed = [line.split(maxsplit=3) for line in done.stdout.splitlines()]
        assert {name for _, name, _, _ in printed} >= PHOTOS
        assert all(int(size) > 500 for _, _, size, _ in printed)
    assert [*(tmp_path / "cache").rglob("*/*")]


def test_exported_shards_hold_the_originals(tmp_path: Path) -> None:
    (command,) = re.findall(r"^foveal (export .*)$", GUIDE, re.MULTILINE)
    program = [sys.executable, "-c", "from foveal.cli import main; main()", *command.split()]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with tarfile.open(tmp_path / "shards/shard-000000.tar") as opened:
        pictures = [opened.extractfile(each).read() for each in opened if each.name.endswith(".jpg")]  # type: ignore[union-attr]
    assert {(demo.SAMPLES / name).read_bytes() for name in PHOTOS} <= {*pictures}
