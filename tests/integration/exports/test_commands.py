"""`foveal labels export --dataset` against the functions and the bucket."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize("name", ["birds@", "birds@x", "birds@1@2"])
def test_version_of_a_data_set_is_refused_when_it_is_no_number(run: Any, tmp_path: Path, name: str) -> None:
    result = run("export", str(tmp_path / "out.zip"), "--to", "yolo", "--dataset", name)
    assert result.exit_code == 2
    assert "NAME@3" in result.output
