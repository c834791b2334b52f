"""Sources of label files: folders, archives, files; archives that are hostile."""

import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from foveal.formats.base.files.source import open_source, pointer, read_bytes, read_text
from foveal.formats.base.model.items import FormatError


def test_folder_and_archives_hold_the_same_files(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "labels").mkdir(parents=True)
    (folder / "labels/a.txt").write_text("1")
    (folder / "data.yaml").write_text("names: []")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive, tarfile.open(tmp_path / "set.tar", "w") as shards:
        for name in ("labels/a.txt", "data.yaml"):
            archive.write(folder / name, name)
            shards.add(folder / name, f"./{name}")
    for path in (folder, tmp_path / "set.zip", tmp_path / "set.tar"):
        with open_source(path) as source:
            assert list(source.names()) == ["data.yaml", "labels/a.txt"]
            assert read_text(source, "labels/a.txt") == "1"
            assert source.size("labels/a.txt") == 1
            assert pointer(source, "data.yaml", "/names") == "data.yaml#/names"
            with pytest.raises(FileNotFoundError):
                source.open("../set.zip")


def test_pointer_leaves_the_name_out_in_a_source_of_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with open_source(tmp_path / "a.json") as source:
        assert (source.main, pointer(source, "a.json", "/images/0")) == ("a.json", "/images/0")
        assert source.around().main == "a.json"


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "a/../../b", "C:/a", "a\\b"])
def test_archive_is_refused_when_a_name_leads_out_of_it(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), "x")
    with pytest.raises(FormatError) as caught, open_source(tmp_path / "a.zip"):
        pass
    assert caught.value.code == "unsafe_name"


def test_archive_is_refused_when_it_holds_a_link(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as shards:
        link = tarfile.TarInfo("a")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        shards.addfile(link)
    with pytest.raises(FormatError) as caught, open_source(tmp_path / "a.tar"):
        pass
    assert caught.value.code == "unsafe_member"


def test_archive_is_refused_when_it_grows_without_measure(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(64 * 2**20))
    with pytest.raises(FormatError) as caught, open_source(tmp_path / "a.zip"):
        pass
    assert caught.value.code == "archive_bomb"


def test_text_is_refused_with_the_byte_when_it_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"ab\xff")
    with open_source(tmp_path / "a.txt") as source, pytest.raises(FormatError, match="byte 2"):
        read_text(source, "a.txt")


def test_archive_is_refused_when_a_member_is_encrypted(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1  # the flag of encryption in the directory
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(FormatError) as caught, open_source(tmp_path / "a.zip"):
        pass
    assert caught.value.code == "unreadable_member"


def test_file_is_read_without_allocating_its_limit(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with open_source(tmp_path / "a.txt") as source:
        tracemalloc.start()
        assert read_bytes(source, "a.txt", 2**26) == b"x"
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2**20


def test_source_is_refused_when_a_name_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set/caf\udce9.txt").write_text("x")
    with tarfile.open(tmp_path / "set.tar", "w") as shards:
        shards.add(tmp_path / "set")
    for path in (tmp_path / "set", tmp_path / "set.tar"):
        with pytest.raises(FormatError) as caught, open_source(path) as source:
            source.names()
        assert caught.value.code == "unsafe_name"
        caught.value.message.encode()


def test_archive_is_refused_when_it_needs_a_later_version(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[content.index(b"PK\1\2") + 6] = 92
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(FormatError) as caught, open_source(tmp_path / "a.zip"):
        pass
    assert caught.value.code == "broken_archive"
