"""`foveal probe`: one line of JSON for every input of any kind."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from foveal.cli.probe import app, describe
from tests.unit.probe.movies import every_movie
from tests.unit.probe.pictures import every_orientation, every_picture


def _run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    return result.exit_code, [json.loads(line) for line in result.output.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.jpg").write_bytes(every_orientation()["jpeg-turned-6"])
    (tmp_path / "b c.mp4").write_bytes(every_movie()["mp4-sound"])
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "page.png").write_bytes(b"<html></html>")
    (tmp_path / "cut.bmp").write_bytes(every_picture()["bmp-RGB"][:-9])
    return tmp_path


def test_output_has_a_line_for_each_input_when_some_fail(folder: Path) -> None:
    names = ["a.jpg", "absent.jpg", "b c.mp4", "empty", "page.png", ".", "cut.bmp"]
    code, rows = _run(*(str(folder / name) for name in names))
    assert code == 1
    assert [row["path"] for row in rows] == [str(folder / name) for name in names]
    reasons = [row.get("reason") for row in rows]
    assert reasons == [None, "not_found", None, "truncated", "active_content", "not_a_file", "truncated"]
    assert all("requests" in row and "bytes_read" in row for row in rows)
    assert (rows[6]["width"], rows[6]["height"]) == (60, 40)


def test_fields_are_those_of_the_asset_document_when_a_picture_is_whole(folder: Path) -> None:
    code, (row,) = _run(str(folder / "a.jpg"))
    assert code == 0
    assert (row["media_type"], row["format"], row["mime_type"]) == ("image", "jpeg", "image/jpeg")
    assert (row["width"], row["height"], row["stored_width"], row["stored_height"], row["orientation"]) == (
        40,
        60,
        60,
        40,
        6,
    )
    assert row["captured_at"] == "2024-02-29T21:59:58.250Z"
    assert row["location"]["type"] == "Point"
    assert row["requests"] == 1
    assert row["bytes_read"] == row["size_bytes"]


def test_video_fields_come_out_when_a_movie_has_sound(folder: Path) -> None:
    _, (row,) = _run(str(folder / "b c.mp4"))
    assert row["frame_rate"] == {"num": 25, "den": 1}
    assert (row["frame_count"], row["codec"], row["audio"]["codec"], row["rotation"]) == (12, "h264", "aac", 0)


def test_mismatch_is_the_reason_when_a_type_is_declared(folder: Path) -> None:
    code, (row,) = _run(str(folder / "a.jpg"), "--declared-type", "video/mp4")
    assert (code, row["reason"]) == (1, "mismatch")


def test_table_is_shown_when_json_is_not_asked_for(folder: Path) -> None:
    result = CliRunner().invoke(app, [str(folder / "a.jpg"), str(folder / "empty")], env={"COLUMNS": "200"})
    assert result.exit_code == 1
    assert "40 x 60" in result.output
    assert "truncated" in result.output


def test_line_is_valid_json_when_the_name_is_no_text(folder: Path) -> None:
    name = os.fsdecode(os.fsencode(folder) + b"/\xff\n\x1b[31m.jpg")
    code, (row,) = _run(name)
    assert (code, row["reason"], row["path"]) == (1, "not_found", name)


@pytest.mark.parametrize(
    "path", ["ftp://example.com/x", "s3://", "s3://bucket", "https://", "http://example.com/a.jpg"]
)
def test_row_has_a_reason_when_the_address_cannot_be_read(path: str) -> None:
    row = describe(path)
    assert row["reason"] in ("not_found", "unreachable")
    assert row["requests"] == 0
