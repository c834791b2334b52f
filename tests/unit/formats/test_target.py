"""Targets of writers: names that are safe and taken once, files that are there already, failures of the system."""

from pathlib import Path

import pytest

from foveal.formats.base.files.target import open_target, write_text
from foveal.formats.base.model.items import FormatError

KINDS = ["out", "out.zip", "out.tar"]


def write(path: Path, *names: str) -> None:
    with open_target(path) as target:
        for name in names:
            write_text(target, name, "x")


def refusal(path: Path, *names: str) -> str:
    with pytest.raises(FormatError) as caught:
        write(path, *names)
    return caught.value.code


@pytest.mark.parametrize("out", KINDS)
@pytest.mark.parametrize("names", [("a.txt", "a.txt"), ("a", "a/b"), ("a/b", "a"), ("a/b", "a//b")])
def test_target_is_refused_when_a_name_is_taken(tmp_path: Path, out: str, names: tuple[str, str]) -> None:
    assert refusal(tmp_path / out, *names) == "name_twice"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("out", KINDS)
@pytest.mark.parametrize("name", ["../a", "/a", "a\0b", "C:/a", "a\\b", "\ud800", "x" * 256, ""])
def test_target_is_refused_when_a_name_is_not_safe(tmp_path: Path, out: str, name: str) -> None:
    assert refusal(tmp_path / out, name) == "unsafe_name"
    assert not list(tmp_path.iterdir())


def test_file_beside_the_target_is_kept_when_the_format_would_write_over_it(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("mine")
    assert refusal(tmp_path / "out.json", "out.json", "classes.txt") == "exists"
    assert [each.name for each in tmp_path.iterdir()] == ["classes.txt"]
    assert (tmp_path / "classes.txt").read_text() == "mine"


def test_target_is_refused_when_its_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert refusal(tmp_path / "a/out.zip") == "unwritable"
