"""Uploads on a stage that scans for malware: the client waits for the result, and sends nothing twice."""

from pathlib import Path
from typing import Any

import pytest

from foveal.client._sync import uploader
from foveal.client._sync.uploader import Uploader


def test_upload_waits_while_its_bytes_are_scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = iter(["pending", "scanning", "scanning", "ready"])

    class Api:
        def begin_uploads(self, _project: str, **_: Any) -> dict[str, Any]:
            return {"uploads": [{"asset_id": "a", "status": "scanning"}]}

        def get_asset(self, asset_id: str) -> dict[str, Any]:
            return {"asset_id": asset_id, "status": next(statuses)}

    monkeypatch.setattr(uploader, "sleep", lambda _seconds: None)
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    nothing: Any = None
    api: Any = Api()
    asset = Uploader(api, nothing, nothing).upload("zoo", path, {}, 60, None)
    assert asset["status"] == "ready"
