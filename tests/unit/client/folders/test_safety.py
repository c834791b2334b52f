"""Safety of a folder's upload: links and FIFOs that take a place, private journals, odd answers of the API."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foveal.client._sync.pages import Pages
from foveal.client.errors import FovealError, UploadError
from foveal.client.folders import State, UploadSettings, upload_folder
from foveal.client.folders.content import FileChangedError, blocks, read_content
from foveal.client.folders.journal import Journal
from foveal.client.folders.report import Outcome
from foveal.client.folders.walk import FoundFile, LeftOut, found_again, walk
from tests.unit.client.folders.faulty_service import Service, served


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A folder outside, whose files have the names, sizes and times of those that are uploaded."""
    return filled(tmp_path / "private", b"secret")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    filled(tmp_path / "photos" / "a", b"public")
    return tmp_path / "photos"


def filled(folder: Path, data: bytes) -> Path:
    folder.mkdir(parents=True)
    for name in ("1.jpg", "2.jpg", "3.jpg"):
        (folder / name).write_bytes(data)
        os.utime(folder / name, ns=(0, 0))
    return folder


def replace_by_link(folder: Path, target: Path) -> None:
    folder.rename(folder.with_name(f"{folder.name}-before"))
    folder.symlink_to(target)


def test_files_of_a_folder_are_not_read_when_a_link_takes_its_place(root: Path, private: Path) -> None:
    found = walk(root, UploadSettings())
    files = [next(found)]
    replace_by_link(root / "a", private)
    files += [each for each in found if each.relative.startswith("a/")]
    assert len(files) == 3
    for file in files:
        assert isinstance(file, FoundFile)
        with pytest.raises(FileChangedError):
            read_content(file, keep_bytes=100)
        with pytest.raises(OSError, match=r"directory|symbolic"):
            found_again(root, file)


def test_folder_is_not_entered_when_a_link_takes_its_place(root: Path, private: Path) -> None:
    (root / "0.jpg").write_bytes(b"x")
    found = walk(root, UploadSettings())
    next(found)  # the root has been listed
    replace_by_link(root / "a", private)
    assert [each for each in found if each.relative.startswith("a")][-1:] == [LeftOut("a", "Not a directory")]


def test_folder_is_not_entered_when_another_one_takes_its_place(root: Path, private: Path) -> None:
    (root / "b.jpg").write_bytes(b"x")
    found = walk(root, UploadSettings())
    next(found)  # the root has been listed, and `a` looked at
    (root / "a").rename(root.parent / "elsewhere")
    private.rename(root / "a")
    assert [*found] == [LeftOut("a", "was replaced while the folder was walked")]


def test_nothing_behind_a_link_is_sent_when_it_takes_the_place_of_a_folder(
    root: Path, private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foveal.client.folders.pipeline.run.CHANGE_PAUSE_SECONDS", 0.01)

    def swapped(root: Path, settings: UploadSettings) -> Iterator[FoundFile | LeftOut]:
        found = [*walk(root, settings)]
        replace_by_link(root / "a", private)
        yield from found

    monkeypatch.setattr("foveal.client.folders.uploader.walk", swapped)
    with served(Service()) as service:
        outcomes = upload(service, root, tmp_path)
    assert [each.state for each in outcomes] == [State.FAILED] * 3
    assert service.objects == {}


@pytest.mark.parametrize("keep_bytes", [0, 100])
def test_file_is_not_read_when_a_fifo_takes_its_place(root: Path, keep_bytes: int) -> None:
    file = next(walk(root, UploadSettings()))
    assert isinstance(file, FoundFile)
    content = read_content(file, keep_bytes=0)
    Path(file.path).unlink()
    os.mkfifo(file.path)
    with pytest.raises(FileChangedError):  # and does not wait for a writer
        read_content(file, keep_bytes)
    with pytest.raises(FileChangedError):
        next(blocks(content, 0, file.size_bytes))


def test_file_that_was_renamed_into_place_is_read_anew(root: Path) -> None:
    file = next(walk(root, UploadSettings()))
    assert isinstance(file, FoundFile)
    (root / "a" / "2.jpg").rename(file.path)
    again = found_again(root, file)
    assert again.inode != file.inode
    assert read_content(again, keep_bytes=100).data == b"public"


def test_journal_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    (folder / "a.db").touch(mode=0o644)  # as an earlier version made it
    journal = Journal(folder / "a.db")
    journal.add([(FoundFile("a.jpg", "", 1, 1, 1, 1), "a-1")])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    journal.close()
    assert modes == {"state": 0o700, "a.db": 0o600, "a.db-wal": 0o600, "a.db-shm": 0o600}


def upload(service: Service, root: Path, tmp_path: Path) -> list[Outcome]:
    outcomes: list[Outcome] = []
    api: Any = service
    journal = Journal(tmp_path / "state" / "journal.db")
    try:
        summary = upload_folder(api, "zoo", root, journal, UploadSettings(), outcomes.append)
    finally:
        journal.close()
    assert summary.is_complete
    return outcomes


class Odd(Service):
    """Answers begins in another form."""

    def __init__(self, answer: Any, *left_out: str) -> None:
        super().__init__()
        self._answer, self._left_out = answer, left_out

    def begin_uploads(self, project: str, **options: Any) -> Any:
        if self._left_out:
            begun = super().begin_uploads(project, **options)["uploads"]
            kept = [{name: value for name, value in each.items() if name not in self._left_out} for each in begun]
            return {"uploads": kept}
        return self._answer


@pytest.mark.parametrize("answer", [None, [], {}, {"uploads": None}, {"uploads": []}, {"uploads": [1, 2, 3]}, "page"])
def test_run_ends_with_a_sentence_when_the_api_answers_no_tickets(root: Path, tmp_path: Path, answer: Any) -> None:
    with served(Odd(answer)) as service, pytest.raises(UploadError, match="API"):
        upload(service, root, tmp_path)


@pytest.mark.parametrize("name", ["asset_id", "status", "method", "url", "headers"])
def test_file_fails_with_a_sentence_when_its_ticket_lacks_a_member(root: Path, tmp_path: Path, name: str) -> None:
    with served(Odd(None, name)) as service:
        outcomes = upload(service, root, tmp_path)
    assert {(each.state, each.code) for each in outcomes} == {(State.FAILED, "UploadError")}
    assert all(f"has no `{name}`" in str(each.reason) for each in outcomes)


def test_list_ends_with_an_error_when_a_page_names_itself_as_the_next() -> None:
    fetched: list[str | None] = []

    def fetch(token: str | None) -> Any:
        fetched.append(token)
        return {"items": [1], "next_token": "same"}

    with pytest.raises(FovealError, match="would never end"):
        list(Pages[int](fetch))
    assert fetched == [None, "same"]
