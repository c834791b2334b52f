"""Files that change while they are uploaded: never a wrong object, each reported, no crash."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from foveal.client.folders import State
from foveal.client.folders import content as contents
from foveal.client.folders.walk import FoundFile
from tests.folder_uploads.running import PART_BYTES, folder_of, held, quick, upload
from tests.folder_uploads.service import Service, served


def _truncate(path: Path) -> None:
    os.truncate(path, max(1, path.stat().st_size // 2))


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more" * 1000)


def _overwrite(path: Path) -> None:
    status = path.stat()
    path.write_bytes(b"n" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # the same size and time, other bytes


def _replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(b"r" * path.stat().st_size)
    other.replace(path)


def _touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _by_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _by_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


CHANGES: dict[str, Callable[[Path], None]] = {
    **{"truncated": _truncate, "grown": _grow, "overwritten": _overwrite, "replaced": _replace, "touched": _touch},
    **{"emptied": _empty, "removed": Path.unlink, "a folder": _by_folder, "a FIFO": _by_fifo, "a link": _by_link},
}
VANISHED = {"emptied", "removed", "a folder", "a FIFO", "a link"}
NAME = "film 0.mp4"


class Changing:
    """Changes the large file once: before it is read, before a block of it is sent, or between two of its blocks."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, path: Path, change: Callable[[Path], None], moment: str
    ) -> None:
        self._path, self._change = path, change
        self.states = [path.read_bytes()]
        read, send = contents.read_content, contents.blocks

        def reading(file: FoundFile, keep_bytes: int) -> Any:
            if moment == "before it is read" and file.relative == NAME:
                self._now()
            return read(file, 0 if file.relative == NAME else keep_bytes)

        def sending(content: Any, start: int, size_bytes: int) -> Iterator[bytes | memoryview]:
            is_it = content.file.relative == NAME
            if moment == "before it is sent" and is_it:
                self._now()
            for block in send(content, start, size_bytes):
                if moment == "while it is sent" and is_it:
                    self._now()
                yield block

        monkeypatch.setattr("foveal.client.folders.uploader.read_content", reading)
        monkeypatch.setattr("foveal.client.folders.sending.blocks", sending)
        monkeypatch.setattr(contents, "BLOCK_BYTES", 4096)

    def _now(self) -> None:
        if len(self.states) == 1:
            self.states.append(b"")
            self._change(self._path)
            if self._path.is_file() and not self._path.is_symlink():
                self.states[1] = self._path.read_bytes()


@pytest.mark.parametrize("part_bytes", [PART_BYTES, None], ids=["in parts", "whole"])
@pytest.mark.parametrize("moment", ["before it is read", "before it is sent", "while it is sent"])
@pytest.mark.parametrize("change", CHANGES)
def test_file_that_changes_arrives_in_one_of_its_states_or_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, moment: str, part_bytes: int | None
) -> None:
    root = folder_of(tmp_path / "photos", 5, seed=1)
    changing = Changing(monkeypatch, root / NAME, CHANGES[change], moment)
    with served(Service()) as service, quick():
        summary, outcomes = upload(service, root, tmp_path / "state" / "j.db", part_bytes=part_bytes)
        stored = service.stored()
    outcome = next(each for each in outcomes if each.path == NAME)
    assert len(changing.states) == 2
    assert summary.done >= 5
    if outcome.state is State.FAILED:
        assert summary.exit_code == 6
        assert change in VANISHED
        assert stored.get(NAME) in (None, changing.states[0])
    else:
        assert stored[NAME] in changing.states
    others = {path: data for path, data in held(root).items() if path != NAME}
    assert {path: data for path, data in stored.items() if path != NAME} == others
