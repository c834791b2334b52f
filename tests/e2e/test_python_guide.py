"""The Python guide, as it stands in the documentation, against the deployed stack; uploads by the client."""

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from foveal.client import Foveal, UploadError
from local.deployment import demo
from tests.e2e.stack import PHOTO, Caller, Stack

GUIDE = Path(__file__).parents[2] / "docs/python.md"
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)


@pytest.fixture
def foveal(stack: Stack, editor: Caller, monkeypatch: pytest.MonkeyPatch) -> Foveal:
    monkeypatch.setenv("FOVEAL_API_URL", stack.values["api_url"])
    monkeypatch.setenv("FOVEAL_TOKEN", str(editor.token))
    return Foveal(http=demo.client())


@pytest.mark.usefixtures("foveal")
def test_guide_prints_facts_results_urls_counts_errors_and_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(demo.SAMPLES / "karts.jpg", tmp_path / "karts.jpg")
    (tmp_path / "PHOTOS").mkdir()
    shutil.copyfile(demo.SAMPLES / "karts.jpg", tmp_path / "PHOTOS" / "karts.jpg")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    printed = []
    for number, block in enumerate(BLOCKS):
        program = tmp_path / f"block{number}.py"
        program.write_text(block)
        done = subprocess.run([sys.executable, program], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout.splitlines())
    facts, *_, url = printed[0]
    with Image.open(io.BytesIO(PHOTO)) as picture:
        assert facts.split()[:2] == [str(side) for side in picture.size]
    assert any(line.endswith("karts.jpg") for line in printed[0][1:-1])
    assert demo.client().get(url).content == PHOTO
    assert printed[1][0].split()[:2] == ["done", "karts.jpg"]
    assert "'failed': 0" in printed[1][-1]
    assert int(printed[2][0]) >= 1
    assert printed[3][0].startswith("NoSuchAsset 404 ")
    assert printed[4][0].endswith("['asset_id', 'file_name', 'width', 'captured_at'] timestamp[ms, tz=UTC]")
    assert printed[4][1].startswith("<div><div style=")


def test_upload_of_the_same_file_is_the_same_asset(foveal: Foveal, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.new("RGB", (40, 30), "teal").save(path)
    progress: list[tuple[int, int]] = []
    project = foveal.project("demo")
    first = project.upload(path, progress=lambda done, size: progress.append((done, size)))
    assert (first["width"], first["height"]) == (40, 30)
    assert (first["checksums"] or {}).get("verification") == "matched"
    assert progress == [(path.stat().st_size, path.stat().st_size)]
    assert project.upload(path)["asset_id"] == first["asset_id"]


def test_multipart_upload_sends_only_the_parts_that_are_missing(foveal: Foveal, tmp_path: Path) -> None:
    path = tmp_path / "large.bmp"
    Image.effect_noise((2400, 2400), 90).convert("RGB").save(path)
    project, size = foveal.project("demo"), path.stat().st_size
    options: dict[str, Any] = {"method": "multipart", "part_size_bytes": 5 * 1024 * 1024, "checksum": None}

    class Stopped(Exception):
        pass

    def stop(done: int, _: int) -> None:
        if done > size // 2:
            raise Stopped

    with pytest.raises(Stopped):
        project.upload(path, progress=stop, **options)
    progress: list[int] = []
    asset = project.upload(path, progress=lambda done, _: progress.append(done), **options)
    assert (asset["size_bytes"], asset["width"]) == (size, 2400)
    assert progress[0] > size // 2
    assert progress[-1] == size


def test_upload_error_tells_why_when_the_bytes_are_no_picture(foveal: Foveal, tmp_path: Path) -> None:
    path = tmp_path / "broken.jpg"
    path.write_text("no picture")
    with pytest.raises(UploadError, match=r"broken\.jpg: the asset .* is failed"):
        foveal.project("demo").upload(path)
