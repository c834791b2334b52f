"""The web packages pass their own checks and tests, with the Node of `.venv`."""

import subprocess
from pathlib import Path

import pytest

from tools.node import script

WEB = Path(__file__).resolve().parents[2] / "web"


@pytest.mark.parametrize("name", ["check", "test"])
def test_web_packages_pass_their_script(name: str) -> None:
    try:
        script(WEB, name)
    except subprocess.CalledProcessError as error:
        pytest.fail(f"{error.stdout}{error.stderr}")
