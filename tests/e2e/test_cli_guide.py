"""The guide of the command line, as it stands in the documentation, against the deployed stack."""

import os
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from local.deployment import demo
from tests.e2e.stack import Stack

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/cli.md").read_text(), re.DOTALL)


def test_blocks_of_the_guide_run_from_top_to_bottom(stack: Stack, tmp_path: Path) -> None:
    project = f"guide-{secrets.token_hex(4)}"
    editor = stack.caller(f"{project}:editor")
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("karts.jpg", "rocket.jpg"):
        shutil.copyfile(demo.SAMPLES / name, photos / name)
    program = tmp_path / "bin" / "foveal"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom foveal.cli import main\nmain()\n")
    program.chmod(0o755)
    environment = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "FOVEAL_API_URL": stack.values["api_url"],
        "FOVEAL_TOKEN": str(editor.token),
        "FOVEAL_PROJECT": project,
        "LANG": "C.UTF-8",
    }
    printed = []
    for block in BLOCKS:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.replace("\n", "").replace("\t", "").isprintable()
        printed.append(done.stdout)
    assert "2 found: 2 done" in printed[0]
    assert "file_name\tkarts.jpg" in printed[0]
    assert "kart\tby_hand\tdetection\t1\t1" in printed[2]
    assert "1 assets, 1 changed" in printed[3]
    assert (tmp_path / "out/karts.jpg").read_bytes() == (demo.SAMPLES / "karts.jpg").read_bytes()
    assert (tmp_path / "out/karts-thumbnail.webp").read_bytes()[8:12] == b"WEBP"
