"""The walk with curl in README.md, run as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from local.instance import ROOT
from tests.e2e.stack import PHOTO, Stack


def test_readme_walk_ends_with_the_same_bytes(stack: Stack, tmp_path: Path) -> None:
    section = (ROOT / "README.md").read_text().partition("with curl alone")[2]
    walk = re.findall(r"```\n(.*?)```", section, re.DOTALL)[0]
    (tmp_path / "photo.jpg").write_bytes(PHOTO)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    program = tmp_path / ".venv/bin/foveal"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from local.commands import main; main()" "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, **stack.instance.environment(), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", walk],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.endswith("the same bytes\n"), done.stderr + done.stdout
