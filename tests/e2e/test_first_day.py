"""The first day, as it stands in the examples, against the deployed stack; twice, as a reader may."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from local.deployment import demo
from tests.e2e.stack import Stack

SCRIPT = Path(__file__).parents[2] / "examples/first_day/first_day.py"
PICTURES = 300


def test_first_day_ends_with_a_model_that_has_learnt(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOVEAL_API_URL", stack.values["api_url"])
    monkeypatch.setenv("FOVEAL_TOKEN", str(stack.caller("first-day:editor").token))
    monkeypatch.setenv("FOVEAL_PROJECT", "first-day")
    first = run(tmp_path)
    assert f"{PICTURES} found: {PICTURES} done" in first
    assert f"{PICTURES} labels written, 0 refused" in first
    assert [int(count) for count in re.findall(r"^ +(\d+)  ", first, re.MULTILINE)] == [PICTURES // 3] * 4
    accuracy = re.search(r"has not seen: ([\d.]+)%", first)
    assert accuracy is not None
    assert float(accuracy[1]) > 90
    pictures = re.findall(r'src="([^"]+)"', (tmp_path / "first-day/look.html").read_text())
    assert len(pictures) == 72
    assert demo.client().get(pictures[0]).headers["content-type"] == "image/webp"
    again = run(tmp_path)
    assert "0 done (0 B in" in again
    assert "0 labels written, 0 refused" in again


def run(folder: Path) -> str:
    """Run the script in a folder and return what it prints."""
    program = [sys.executable, str(SCRIPT), "--pictures", str(PICTURES)]
    done = subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
