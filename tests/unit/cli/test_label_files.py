"""`foveal labels inspect|convert`: JSON lines for programs, a report for people, exit codes."""

import itertools
import json
import string
import sys
from pathlib import Path

import pytest

from foveal.cli import main
from foveal.cli.labels.file_report import FURTHER, MAX_ROWS, show
from foveal.cli.output import Output

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

LETTERS = ["".join(each) for each in itertools.product(string.ascii_lowercase, repeat=3)]
COUNTS = ("records", "imported", "not_imported", "annotations", "assets", "labelled_assets")


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


def test_report_folds_what_comes_in_too_many_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    warnings = [
        {"kind": "warning", "code": "x", "message": f"bad {LETTERS[n]}", "where": f"{n}.txt"} for n in range(5000)
    ]
    summary = {**dict.fromkeys(COUNTS, 0), "kind": "summary", "format": "yolo"}
    assert not show([*warnings, warnings[0], summary], Output(as_json=False))
    rows = [line for line in capsys.readouterr().out.splitlines() if "bad" in line or FURTHER in line]
    assert rows[0].startswith("2\tbad aaa\t0.txt")
    assert rows[-1].startswith(f"4,980\t{FURTHER}")
    assert len(rows) == MAX_ROWS + 1


def test_convert_does_not_say_that_there_are_no_annotations(
    annotations: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "convert", annotations, tmp_path / "out", "--to", "coco") == 0
    printed = capsys.readouterr()
    assert "No annotations" not in printed.out + printed.err
    assert "coco: 1 written, 0 left out." in printed.err


def test_report_counts_sentences_that_differ_in_numbers_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    told = [
        {"kind": "not_imported", "reason": f"class {n} is not among the 1 classes", "pointer": f"L{n}", "record": ""}
        for n in range(5)
    ]
    show([*told, {**dict.fromkeys(COUNTS, 0), "kind": "summary", "format": "yolo"}], Output(as_json=False))
    assert "5\tclass 0 is not among the 1 classes\tL0, L1, L2" in capsys.readouterr().out.splitlines()
