"""`foveal labels inspect|convert`: JSON lines for programs, a report for people, exit codes."""

import json
import sys
from pathlib import Path

import pytest

from foveal.cli import main

XML = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><labels><label><name>car</name></label></labels></task></meta>
  <image id="0" name="a.jpg" width="100" height="50">
    <box label="car" occluded="0" xtl="10" ytl="10" xbr="20" ybr="30"></box>
    <box label="car" occluded="0" xtl="200" ytl="10" xbr="220" ybr="30"></box>
  </image>
</annotations>
"""


def run(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["foveal", "labels", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def annotations(tmp_path: Path) -> Path:
    path = tmp_path / "annotations.xml"
    path.write_text(XML)
    return path


def test_inspect_prints_one_object_a_line(
    annotations: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "inspect", annotations, "--json") == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kind"] for line in found] == ["label", "asset", "annotation", "not_imported", "summary"]
    assert found[2]["bbox_px"] == [10, 10, 10, 20]
    assert 'xtl="200"' in found[3]["record"]


def test_inspect_reports_counts_and_reasons_to_people(
    annotations: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "inspect", annotations) == 0
    printed = capsys.readouterr()
    assert "car\tdetection\t1" in printed.out
    assert "wholly outside the image" in printed.out
    assert "cvat: 2 records, 1 imported, 1 not; 1 annotations on 1 assets (1 labelled)." in printed.err
    assert "\\n" not in printed.err


@pytest.mark.parametrize("text", ["", "<annotations>", "no XML"])
def test_inspect_exits_with_1_for_a_file_that_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.xml").write_text(text)
    assert run(monkeypatch, "inspect", tmp_path / "a.xml", "--format", "cvat", "--json") == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["kind"] == "error"
    assert last["message"]


def test_inspect_names_the_formats_when_one_is_unknown(
    annotations: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "inspect", annotations, "--format", "word") == 1
    assert "take one of coco, yolo" in capsys.readouterr().err


def test_sizes_are_refused_with_the_line_when_a_number_is_wrong(
    annotations: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sizes.csv").write_text("file_name,width,height\na.jpg,100,50\nb.jpg,wide,50\n")
    assert run(monkeypatch, "inspect", annotations, "--sizes", tmp_path / "sizes.csv") == 1
    assert "sizes.csv, line 3" in capsys.readouterr().err
