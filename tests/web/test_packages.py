"""The web packages pass their own checks with the Node of `.venv`; their tests are a step of `make test`."""

import json
import subprocess
from pathlib import Path

import pytest

from tools.node import npm, script

WEB = Path(__file__).resolve().parents[2] / "web"


@pytest.mark.parametrize("name", ["check"])
def test_web_packages_pass_their_script(name: str) -> None:
    try:
        script(WEB, name)
    except subprocess.CalledProcessError as error:
        pytest.fail(f"{error.stdout}{error.stderr}")


def test_client_package_has_what_its_entries_name() -> None:
    script(WEB, "build")
    (packed,) = json.loads(npm(WEB, "pack", "--dry-run", "--json", "--workspace", "packages/client"))
    files = {each["path"] for each in packed["files"]}
    exports = json.loads((WEB / "packages/client/package.json").read_text())["exports"]
    named = {path.removeprefix("./") for entry in exports.values() for path in entry.values()}
    assert named <= files
    assert {"dist/checksum/worker.js", "dist/checksum/hash.js"} <= files
    assert not [path for path in files if path.startswith("tests/")]
