"""Samples of the local stack: shown unless somebody deleted them."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.deployment import demo
from local.instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance.from_environment({"FOVEAL_STATE": str(tmp_path)})


def test_deleted_sample_is_not_shown(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(path for path in demo.SAMPLES.iterdir() if path.suffix != ".md")
    known = {demo._digest(file): file.name for file in files}
    (instance.state / "samples.json").write_text(json.dumps(known))
    deleted = files[0].name

    def asset(_: demo.Demo, asset_id: str) -> dict[str, Any]:
        return {"asset_id": asset_id, "status": "deleted" if asset_id == deleted else "ready"}

    monkeypatch.setattr(demo.Demo, "_asset", asset)
    caller = demo.Demo.__new__(demo.Demo)
    assert [each["asset_id"] for each in caller.assets(instance)] == [file.name for file in files[1:]]
    assert caller.downloads([]) == []
