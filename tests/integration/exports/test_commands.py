"""`foveal labels export --dataset` against the functions and the bucket."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from foveal.exports import parts, volumes
from tests.integration.exports.test_versions import create, edit_everything, ids
from tests.integration.imports.conftest import World, imports_cloud, world
from tests.integration.imports.test_commands import run

__all__ = ["ids", "imports_cloud", "run", "world"]


def test_version_of_a_data_set_is_exported_by_its_number_or_as_the_newest(
    world: World, ids: dict[str, str], run: Any, tmp_path: Path
) -> None:
    create(world)
    first, again, newest = tmp_path / "first.zip", tmp_path / "again.zip", tmp_path / "newest.zip"
    result = run("export", str(first), "--to", "yolo", "--dataset", "birds@1")
    assert result.exit_code == 0, (result.output, result.exception)
    assert "8 annotations of 8 assets" in result.output
    edit_everything(world, ids)
    create(world)
    assert run("export", str(again), "--to", "yolo", "--dataset", "birds@1").exit_code == 0
    assert run("export", str(newest), "--to", "yolo", "--dataset", "birds").exit_code == 0
    assert again.read_bytes() == first.read_bytes()
    assert b"new" in zipfile.ZipFile(newest).read("data.yaml")


def test_export_of_several_files_is_saved_beside_one_another(
    world: World, ids: dict[str, str], run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MAX_ASSETS", 3)
    monkeypatch.setattr(volumes, "MAX_BYTES", 1)
    result = run("export", str(tmp_path / "out.zip"), "--to", "yolo")
    assert result.exit_code == 0, (result.output, result.exception)
    assert f"{len(ids)} assets" in result.output
    files = sorted(tmp_path.iterdir())
    assert [each.name for each in files] == [f"out-{number}.zip" for number in range(1, len(files) + 1)]
    assert len(files) == -(-len(ids) // 3)
    archives = [zipfile.ZipFile(each) for each in files]
    assert len({archive.read("data.yaml").partition(b"names:")[2] for archive in archives}) == 1, "the same classes"


@pytest.mark.parametrize("name", ["birds@", "birds@x", "birds@1@2"])
def test_version_of_a_data_set_is_refused_when_it_is_no_number(run: Any, tmp_path: Path, name: str) -> None:
    result = run("export", str(tmp_path / "out.zip"), "--to", "yolo", "--dataset", name)
    assert result.exit_code == 2
    assert "NAME@3" in result.output
