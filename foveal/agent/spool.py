"""Spool: files that the agent has taken over, each with a sidecar from which its row can be made again.

A file is taken over in this order, so that a power cut at any moment leaves it either in its folder or here, once:
sidecar, its name durable; the file itself, moved and its name durable; then the row, which acknowledges the file. A
sidecar without a file is the intention to take one: at the next start it is carried out, or forgotten.
"""

import json
import os
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foveal.agent.disk import TEMPORARY_SUFFIX, Disk
from foveal.agent.queue import ENDED, HELD, Item, Queue, State
from foveal.client.folders.walk import FoundFile

FOLDER_NAME: Final = "spool"
MEDIA_SUFFIX, SIDECAR_SUFFIX = ".media", ".json"


@dataclass(frozen=True, slots=True)
class Recovery:
    """Result of a start: files whose row was made again, moves that were finished, and rows whose file is gone."""

    adopted: int
    finished: int
    lost: tuple[str, ...]


class Spool:
    """Folder of the files that wait, beside the queue with their rows."""

    def __init__(self, state_folder: Path, queue: Queue, disk: Disk, serial: str, default_project: str) -> None:
        """Make the folder, and make rows and files agree (`recovery` tells how).

        The epoch of idempotency keys is new at each start, so that no number is used twice, whatever became of the
        database; a key never contains a time or a path.
        """
        self.folder = state_folder / FOLDER_NAME
        self._queue, self._disk, self._serial, self._project = queue, disk, serial, default_project
        self._epoch = secrets.token_hex(4)
        self._lock = threading.Lock()
        self._removed: list[str] = []
        disk.make_folder(self.folder)
        names = sorted(each.name for each in os.scandir(self.folder))
        self._sequence = max([queue.last_sequence(), *filter(None, map(_sequence, names))])
        self.recovery = self._recover(names)

    def media(self, item: Item) -> Path:
        """Return the path of a file's bytes."""
        return self.folder / (item.name + MEDIA_SUFFIX)

    def take(self, source: FoundFile, declared: Mapping[str, Any], sidecar: Path | None, *, is_copy: bool) -> Item:
        """Take a file over and return its row; the file is then no longer in its folder.

        Args:
            source: The file as it was found; its path is absolute.
            declared: Members of its begin: `file_name`, `project`, `tags`, `attributes`, ….
            sidecar: File with its tags and attributes, which is removed with it.
            is_copy: The file lies on another file system, and is copied.

        Raises OSError and sqlite3.Error; the file is then in its folder, or is taken over at the next start.
        """
        with self._lock:
            self._sequence += 1
            sequence = self._sequence
        document = {
            **declared,
            "key": f"{self._serial}-{self._epoch}-{sequence}",
            "source": _identity(source),
            "sidecar": str(sidecar) if sidecar else None,
            "is_copy": is_copy,
        }
        item = Item(sequence, self._epoch, source.size_bytes, document)
        self._disk.sync_file(Path(source.path))
        self._disk.write_file(self._sidecar(item.name), json.dumps(document).encode())
        self._disk.sync_folder(self.folder)
        try:
            self._move(item)
        except OSError:
            if _is_same(document["source"]):  # it was not moved: nothing is intended any more
                self._disk.unlink(self._sidecar(item.name))
            raise
        self._queue.add([item])
        return item

    def remove(self, item: Item) -> None:
        """Remove the file of an item whose row says that it has ended; its sidecar goes with `prune`."""
        self._disk.unlink(self.media(item))
        with self._lock:
            self._removed.append(item.name)

    def prune(self) -> None:
        """Remove sidecars and old rows of files that have ended, once the removal of the files is durable.

        A file without its sidecar would, if the database were lost too, no longer say what it is.
        """
        with self._lock:
            names, self._removed = self._removed, []
        self._disk.sync_folder(self.folder)
        for name in names:
            self._disk.unlink(self._sidecar(name))
        self._queue.prune()

    def _move(self, item: Item) -> None:
        """Move a file here, and its removal from its folder with it."""
        source, target = Path(item.document["source"]["path"]), self.media(item)
        if item.document["is_copy"]:
            if self._disk.copy_file(source, target) != item.size_bytes:
                self._disk.unlink(target)
                raise OSError(f"{source} changed while it was copied")
            self._disk.sync_folder(self.folder)
        else:
            self._disk.rename(source, target)
        self._leave_source(item.document)
        if not item.document["is_copy"]:
            self._disk.sync_folder(self.folder)

    def _leave_source(self, document: Mapping[str, Any]) -> None:
        """Remove what is left of a file in its folder, durably: the original of a copy, and the sidecar."""
        source = Path(document["source"]["path"])
        if document["is_copy"] and _is_same(document["source"]):
            self._disk.unlink(source)
        if document["sidecar"]:
            self._disk.unlink(Path(document["sidecar"]))
        if source.parent.is_dir():
            self._disk.sync_folder(source.parent)

    def _recover(self, names: Iterable[str]) -> Recovery:
        present, known = set(names), self._queue.known()
        adopted: list[Item] = []
        finished = 0
        for name in sorted(present):
            stem, suffix = _parts(name)
            if suffix == TEMPORARY_SUFFIX:
                self._disk.unlink(self.folder / name)
            elif suffix == SIDECAR_SUFFIX and stem not in known:
                item = self._item(stem)
                is_here = stem + MEDIA_SUFFIX in present
                if item is not None and (is_here or self._finish(item)):
                    if is_here:
                        self._leave_source(item.document)
                    adopted.append(item)
                    finished += not is_here
                elif not is_here:
                    self._disk.unlink(self.folder / name)
            elif known.get(stem) in ENDED and suffix in (MEDIA_SUFFIX, SIDECAR_SUFFIX):
                self._disk.unlink(self.folder / name)
        self._disk.sync_folder(self.folder)
        taken = {item.name for item in adopted}
        adopted += [
            self._undeclared(stem)
            for stem, suffix in map(_parts, sorted(present))
            if suffix == MEDIA_SUFFIX and stem not in known and stem not in taken and _sequence(stem) is not None
        ]
        self._queue.add(adopted)
        return Recovery(len(adopted), finished, tuple(self._note_lost(present)))

    def _note_lost(self, present: set[str]) -> Iterable[str]:
        for item in [each for each in self._queue.in_states(HELD) if each.name + MEDIA_SUFFIX not in present]:
            if not self.media(item).exists():
                self._queue.end(item, State.LOST, reason="its file is not in the spool folder")
                yield item.name

    def _finish(self, item: Item) -> bool:
        """Carry out an intention that a power cut interrupted, if the very same file is still in its folder."""
        if not _is_same(item.document["source"]):
            return False
        self._disk.sync_file(Path(item.document["source"]["path"]))
        self._move(item)
        return True

    def _item(self, stem: str) -> Item | None:
        """Return the item of a sidecar, None for one that cannot be read."""
        sequence, epoch = _sequence(stem), stem.partition("-")[2]
        try:
            document = json.loads(self._sidecar(stem).read_bytes())
            size_bytes = int(document["source"]["size_bytes"])
            if sequence is None or not {"key", "project", "file_name", "is_copy", "sidecar"} <= document.keys():
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Item(sequence, epoch, size_bytes, document)

    def _undeclared(self, stem: str) -> Item:
        """Return the item of a file without a readable sidecar; its key follows from its name."""
        sequence, epoch = _sequence(stem) or 0, stem.partition("-")[2]
        document = {
            "key": f"{self._serial}-{epoch}-{sequence}",
            "project": self._project,
            "file_name": stem,
            "tags": [],
            "attributes": {},
        }
        size_bytes = (self.folder / (stem + MEDIA_SUFFIX)).stat().st_size
        return Item(sequence, epoch, size_bytes, document)

    def _sidecar(self, name: str) -> Path:
        return self.folder / (name + SIDECAR_SUFFIX)


def _identity(file: FoundFile) -> dict[str, Any]:
    return {"path": file.path, "size_bytes": file.size_bytes, "modified_ns": file.modified_ns}


def _is_same(source: Mapping[str, Any]) -> bool:
    """Return whether the file at a path is the one that was found there. FAT gives new inodes at each mount."""
    try:
        status = os.lstat(source["path"])
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (source["size_bytes"], source["modified_ns"])


def _parts(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    return stem, dot + suffix


def _sequence(name: str) -> int | None:
    number = name.partition("-")[0]
    return int(number) if len(number) == 12 and number.isascii() and number.isdigit() else None
