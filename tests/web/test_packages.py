"""Files of the packages of `web/` as they are published; `make check` runs their checks, `make test` their tests."""

import json
from pathlib import Path

from tools.node import npm, script

WEB = Path(__file__).resolve().parents[2] / "web"


def test_client_package_has_what_its_entries_name() -> None:
    script(WEB, "build")
    (packed,) = json.loads(npm(WEB, "pack", "--dry-run", "--json", "--workspace", "packages/client"))
    files = {each["path"] for each in packed["files"]}
    exports = json.loads((WEB / "packages/client/package.json").read_text())["exports"]
    named = {path.removeprefix("./") for entry in exports.values() for path in entry.values()}
    assert named <= files
    assert {"dist/checksum/worker.js", "dist/checksum/hash.js"} <= files
    assert not [path for path in files if path.startswith("tests/")]
