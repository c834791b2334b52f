"""Targets of writers: names that are safe and taken once, files that are there already, failures of the system."""

import random
import shutil
import struct
import subprocess
import zipfile
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
@pytest.mark.parametrize("names", [("a.txt", "a.txt"), ("a", "a/b"), ("a/b", "a"), ("a/b", "a//b"), ("a/b/c", "a/b")])
def test_target_is_refused_when_a_name_is_taken(tmp_path: Path, out: str, names: tuple[str, str]) -> None:
    assert refusal(tmp_path / out, *names) == "name_twice"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("out", ["out.zip", "out.tar"])
def test_archive_has_the_same_bytes_when_its_files_are_written_at_once(tmp_path: Path, out: str) -> None:
    for folder in ("at_once", "bit_by_bit"):
        with open_target(tmp_path / folder / out) as target:
            for name, content in (("b/c/1.txt", b"one"), ("b/2.txt", b""), ("3.txt", bytes(3_000_000))):
                if folder == "at_once":
                    target.write(name, content)
                    continue
                with target.create(name) as stream:
                    stream.write(content[:1])
                    stream.write(content[1:])
    assert (tmp_path / "at_once" / out).read_bytes() == (tmp_path / "bit_by_bit" / out).read_bytes()


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


def large(path: Path) -> dict[str, bytes]:
    """Write an archive whose members and directory lie beyond the limits of ZIP as they are set; return its content."""
    content = {f"labels/{number}.txt": random.Random(number).randbytes(3_000 + number) for number in range(40)}
    with open_target(path) as target:
        for name, data in content.items():
            with target.create(name) as stream:
                stream.write(data)
    return content


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of ZIP without Zip64, of 4 GiB and 65,535 members, set to 2,000 bytes and 10 members."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 2_000)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)


@pytest.mark.usefixtures("small_limits")
def test_archive_is_zip64_when_it_is_beyond_the_limits_of_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offsets and sizes of 64 bits, a directory of Zip64 (APPNOTE 6.3.10, 4.3.14, 4.5.3), read by two programs."""
    content = large(tmp_path / "out.zip")
    data = (tmp_path / "out.zip").read_bytes()
    assert data.count(b"PK\x06\x06") == data.count(b"PK\x06\x07") == 1, "record and locator of the directory"
    directory = data.index(b"PK\x01\x02")
    assert struct.unpack("<II", data[directory + 20 : directory + 28]) == (0xFFFFFFFF, 0xFFFFFFFF)
    monkeypatch.undo()
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == content
    if shutil.which("unzip"):
        subprocess.run(["unzip", "-q", "out.zip", "-d", "found"], cwd=tmp_path, check=True)
        assert {name: (tmp_path / "found" / name).read_bytes() for name in content} == content
