"""Conversion of label files: records that wait on disk, and files that stay in their format."""

import json
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from foveal.formats.base.files.source import Source, open_source
from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import Item, NotImported
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset
from foveal.formats.registry import Format, load
from tests.unit.formats.converted import converted

TASKS = [
    {
        "id": number,
        "data": {"image": f"/data/upload/1/{number}.jpg"},
        "annotations": [
            {
                "id": number,
                "completed_by": {"email": f"{number % 2}@example.org"},
                "result": [
                    {
                        **{"id": "a", "type": "rectanglelabels", "from_name": "label", "to_name": "image"},
                        **{"original_width": 100, "original_height": 50, "image_rotation": 0},
                        "value": {
                            "x": 1,
                            "y": 2.50,
                            "width": 3,
                            "height": 4,
                            "rotation": 0,
                            "rectanglelabels": ["car"],
                        },
                    }
                ],
            }
        ],
    }
    for number in range(1, 4)
]
CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><owner><username>a</username><email>a@example.org</email></owner>
    <labels><label><name>car</name></label></labels></task></meta>
  <image id="0" name="a.jpg" width="100" height="50">
    <box label="car" occluded="0" xtl="1.50" ytl="2.00" xbr="3.00" ybr="4.00" z_order="0"></box>
  </image> <!-- kept -->
  <image id="1" name="b.jpg" width="100" height="50"/>
</annotations>
"""


def a_file(folder: Path, format_: str) -> Path:
    path = folder / ("tasks.json" if format_ == "label_studio" else "annotations.xml")
    path.write_text(json.dumps(TASKS, indent=1) if format_ == "label_studio" else CVAT)
    return path


@pytest.mark.parametrize("format_", ["label_studio", "cvat"])
def test_files_that_stay_in_their_format_are_copied_as_their_writer_writes_them(tmp_path: Path, format_: str) -> None:
    path, losses = a_file(tmp_path, format_), LossReport()
    with open_source(path) as source, open_target(tmp_path / f"written{path.suffix}") as target:
        dataset = FileDataset(source, load(format_), Context())
        write = load(format_).write
        assert write is not None
        write(dataset, target, Context(), losses)
    lines = converted(path, tmp_path / f"copied{path.suffix}", format_)
    copied = (tmp_path / f"copied{path.suffix}").read_text()
    assert copied == (tmp_path / f"written{path.suffix}").read_text()
    assert "example.org" not in copied
    assert (lines[-1]["written"], lines[-1]["left_out"]) == (losses.written, losses.left_out)
    told = [line["code"] for line in lines if line["kind"] == "loss"]
    assert told == [each.code for each in losses.losses()]


@pytest.mark.parametrize("format_", ["label_studio", "cvat"])
def test_files_are_not_read_for_their_annotations_when_they_are_copied(
    tmp_path: Path, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def assets(_: FileDataset) -> Iterator[object]:
        raise AssertionError("the files are read once more")

    monkeypatch.setattr(FileDataset, "assets", assets)
    path = a_file(tmp_path, format_)
    assert converted(path, tmp_path / f"copied{path.suffix}", format_)[-1]["kind"] == "summary"


def test_manifest_that_is_asked_for_is_written_beside_the_annotations(tmp_path: Path) -> None:
    converted(a_file(tmp_path, "cvat"), tmp_path / "out", "cvat", manifest="yes")
    assert {each.name for each in (tmp_path / "out").iterdir()} == {"annotations.xml", "manifest.jsonl"}


def test_records_that_are_not_imported_wait_on_disk_in_their_order(tmp_path: Path) -> None:
    count = 20_000

    def read(_source: Source, _context: Context) -> Iterator[Item]:
        for number in range(count):
            asset = "a.jpg" if number % 2 else None
            yield NotImported(f"/{number}", "broken \ud800", f"{number:01000}", asset)

    (tmp_path / "a.txt").write_text("")
    with open_source(tmp_path / "a.txt") as source:
        tracemalloc.start()
        try:
            dataset = FileDataset(source, Format("none", "none", lambda _: 0.0, read), Context())
            assert sum(1 for _ in dataset.leftovers()) == count // 2
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8 * 2**20
    first, second = islice(dataset.leftovers(), 2)
    assert (first, second.pointer) == (NotImported("/0", "broken \ud800", "0" * 1000), "/2")
    assert [line["pointer"] for line in islice(dataset.told, 3)] == ["/0", "/1", "/2"]
    dataset.told.close()
