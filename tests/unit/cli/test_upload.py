"""Options of `foveal upload` and `foveal verify`: what a dry run lists of a folder."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from foveal.cli.upload import app


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a.jpg", "day/b.png", "day/c.txt", ".hidden/d.jpg", "raw/e.jpg"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(b"xy")
    (tmp_path / "photos" / "empty.jpg").touch()
    (tmp_path / "photos" / "link.jpg").symlink_to(tmp_path / "photos" / "a.jpg")
    return tmp_path / "photos"


def listed(root: Path, *options: str, given: bytes = b"") -> dict[str, str | None]:
    """Return for each line of a dry run the reason why the file is skipped, None for one that is sent."""
    done = CliRunner().invoke(app, ["upload", str(root), "--dry-run", "--json", *options], input=given)
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["event"] == "summary"
    assert lines[-1]["files"] == sum(each["reason"] is None for each in lines[:-1])
    return {each["path"]: each["reason"] for each in lines[:-1]}


def sent(root: Path, *options: str, given: bytes = b"") -> set[str]:
    return {path for path, reason in listed(root, *options, given=given).items() if reason is None}


def test_dry_run_gives_the_reason_for_each_file_that_is_skipped(root: Path) -> None:
    assert listed(root) == {
        "a.jpg": None,
        "day/b.png": None,
        "raw/e.jpg": None,
        "day/c.txt": "no image or video by its name",
        "empty.jpg": "an empty file",
        "link.jpg": "a symbolic link",
        ".hidden": "left out by a pattern",
    }


def test_options_choose_the_files(root: Path) -> None:
    assert sent(root, "--exclude", "raw/", "--exclude", "*.png") == {"a.jpg"}
    assert sent(root, "--include", "day/*") == {"day/b.png"}
    assert sent(root, "--hidden") == {"a.jpg", "day/b.png", "raw/e.jpg", ".hidden/d.jpg"}
    assert sent(root, "--follow") == {"a.jpg", "day/b.png", "raw/e.jpg", "link.jpg"}
    (root / ".fovealignore").write_text("raw/\n!raw/e.jpg\nday/\n")
    assert sent(root) == {"a.jpg"}


def test_files_from0_reads_paths_from_a_file_and_from_standard_input(root: Path, tmp_path: Path) -> None:
    (root / "new\nline.jpg").write_bytes(b"x")
    paths = b"raw/e.jpg\0new\nline.jpg"
    (tmp_path / "list").write_bytes(paths)
    assert sent(root, "--files-from0", str(tmp_path / "list")) == {"raw/e.jpg", "new\nline.jpg"}
    assert sent(root, "--files-from0", "-", given=paths + b"\0") == {"raw/e.jpg", "new\nline.jpg"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--limit", "fast"], "--limit"),
        (["--limit", "8:00,1MB"], "--limit"),
        (["--attributes", "nowhere.csv"], "--attributes"),
        (["--tags", "nowhere.csv"], "--attributes"),
        (["--files-from0", "nowhere"], "--files-from0"),
    ],
)
def test_option_of_another_form_is_refused_by_its_name(root: Path, options: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["upload", str(root), *options])
    assert done.exit_code == 2
    assert message in done.output


def test_upload_and_verify_share_the_options_of_a_selection() -> None:
    group = typer.main.get_command(app)
    shared = {"folder", "project", "api", "include", "exclude", "files_from0", "hidden", "follow", "as_json"}
    for name in ("upload", "verify"):
        command = group.commands[name]  # type: ignore[attr-defined]  # the app is a group
        assert shared <= {each.name for each in command.params}
