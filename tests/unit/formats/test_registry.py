"""Names of formats: one list, with and without their modules."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.items import FormatError
from foveal.formats.base.model.names import ALIASES, NAMES, plain_name
from foveal.formats.registry import MODULES, chosen


def test_every_name_has_a_module() -> None:
    assert tuple(MODULES) == NAMES
    assert set(ALIASES.values()) <= set(NAMES)


def test_name_is_found_by_its_alias_in_any_spelling() -> None:
    assert [plain_name(each) for each in ("COCO", "Pascal-VOC", "label studio")] == ["coco", "voc", "label_studio"]
    with pytest.raises(FormatError, match="take one of coco"):
        plain_name("tfrecord")


def packed(folder: Path, number: int, suffix: str, *names: str) -> None:
    """Write an archive of files that are nearly empty."""
    path = folder / f"out-{number}{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "{}")
    else:
        with tarfile.open(path, "w") as shard:
            for name in names:
                info = tarfile.TarInfo(name)
                info.size = 2
                shard.addfile(info, io.BytesIO(b"{}"))


@pytest.mark.parametrize("name", [None, "yolo", "coco"])
@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_archives_of_data_sets_are_no_source_together(tmp_path: Path, suffix: str, name: str | None) -> None:
    for number in (1, 2):
        packed(tmp_path, number, suffix, "data.yaml", "annotations/instances.json", "labels/train/a.txt")
    with open_source(tmp_path) as source, pytest.raises(FormatError, match=f"out-1{suffix}, out-2{suffix}") as refused:
        chosen(source, name)
    assert refused.value.code == "several_data_sets"


@pytest.mark.parametrize("suffix", [".ndjson", ".jsonl"])
def test_files_of_json_lines_are_no_source_together(tmp_path: Path, suffix: str) -> None:
    for part in ("train", "val"):
        (tmp_path / f"{part}{suffix}").write_text(json.dumps({"type": "dataset", "task": "detect"}) + "\n")
    with open_source(tmp_path) as source, pytest.raises(FormatError, match=f"train{suffix}, val{suffix}: each file"):
        chosen(source, None)


def test_one_file_of_json_lines_is_said_to_be_of_no_format_when_it_is_of_none(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text('{"a": 1}\n')
    with open_source(tmp_path) as source, pytest.raises(FormatError) as refused:
        chosen(source, None)
    assert refused.value.code == "unknown_format"


@pytest.mark.parametrize("name", [None, "webdataset"])
@pytest.mark.parametrize("first", ["a.jpg", "__labels__"])
def test_shards_are_a_source_together(tmp_path: Path, first: str, name: str | None) -> None:
    for number in (1, 2):
        packed(tmp_path, number, ".tar", first, "a.json")
    with open_source(tmp_path) as source:
        assert chosen(source, name).name == "webdataset"


def test_tar_files_that_may_be_shards_are_read_as_such_when_it_is_said(tmp_path: Path) -> None:
    packed(tmp_path, 1, ".tar", "a.json", "b.json")
    with open_source(tmp_path) as source:
        assert chosen(source, "webdataset").name == "webdataset"
        with pytest.raises(FormatError, match="each file is a data set"):
            chosen(source, None)
