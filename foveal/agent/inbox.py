"""Inbox: a folder whose files the agent takes over, once they are complete.

A file is complete when its writer closed it or moved it in (`IN_CLOSE_WRITE`, `IN_MOVED_TO`), or when two looks at it,
`settle_seconds` apart, show the same size and time: at start, after an overflow of the kernel's queue, and always in
folders that are polled, such as network mounts, which report no writes of other machines.
"""

import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foveal.agent.settings import Folder
from foveal.client.files import is_media_name
from foveal.client.folders.settings import UploadSettings
from foveal.client.folders.walk import FoundFile, walk

SIDECAR_SUFFIX: Final = ".json"
MAX_SIDECAR_BYTES: Final = 256 * 1024
MAX_HINTS: Final = 10_000
RESCAN_SECONDS: Final = 60.0
"""Time between scans of a watched folder: for files that could not be taken over, and in case it was mounted anew."""
UNFINISHED: Final = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".filepart", ".swp", "~")
"""Ends of the names of files that are still being written."""


class SidecarError(ValueError):
    """The sidecar of a file cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A complete file, with the path of its sidecar, if it has one."""

    file: FoundFile
    sidecar: Path | None


@dataclass(slots=True)
class _Look:
    """Status of a file when it was looked at, and the time."""

    size_bytes: int
    modified_ns: int
    at: float


class Inbox:
    """One folder. Hints come from the watcher's thread; all else is of one thread."""

    def __init__(self, folder: Folder, clock: Callable[[], float]) -> None:
        self.folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._hints: dict[str, None] = {}
        self._needs_scan = True
        self._looks: dict[str, _Look] = {}
        self._scan_at = 0.0
        self.is_missing = False

    def hint(self, path: str) -> None:
        """Note that a file was closed or moved in; beyond `MAX_HINTS` the folder is scanned instead."""
        with self._lock:
            if len(self._hints) < MAX_HINTS:
                self._hints[path] = None
            else:
                self._needs_scan = True

    def scan_soon(self) -> None:
        """Let the whole folder be looked at: events were lost, or a folder appeared in it."""
        with self._lock:
            self._needs_scan = True

    def scan_later(self) -> None:
        """Look at the folder again after a while: a file could not be taken over."""
        self._scan_at = self._clock() + self.folder.settle_seconds

    def arrivals(self, on_folder: Callable[[str], None] = lambda _: None) -> Iterator[Arrival]:
        """Yield files that are complete now, hinted ones first. Files that stay there come again after a next look.

        `on_folder` is called with the folder and each of its subfolders before its names are read.
        """
        with self._lock:
            hints, self._hints = list(self._hints), {}
        for path in hints:
            found = self._found(path)
            if found is not None:
                self._looks.pop(path, None)
                yield self._arrival(found)
        if self._is_due():
            yield from self._scan(on_folder)

    def _is_due(self) -> bool:
        with self._lock:
            wanted, self._needs_scan = self._needs_scan, False
        return wanted or self._clock() >= self._scan_at

    def _scan(self, on_folder: Callable[[str], None]) -> Iterator[Arrival]:
        root, now, settle_seconds = self.folder.path, self._clock(), self.folder.settle_seconds
        self._scan_at = now + settle_seconds
        looks: dict[str, _Look] = {}
        try:
            for folder in _folders(root):
                on_folder(folder)
            for file in walk(root, UploadSettings()):
                if not isinstance(file, FoundFile) or not _is_wanted(file.path) or not file.size_bytes:
                    continue
                before = self._looks.get(file.path)
                if before is None or (before.size_bytes, before.modified_ns) != (file.size_bytes, file.modified_ns):
                    before = _Look(file.size_bytes, file.modified_ns, now)
                looks[file.path] = before
                if now - before.at >= settle_seconds:
                    yield self._arrival(file)
        except OSError:
            self.is_missing = True
            self._looks = {}
            return
        self.is_missing = False
        self._looks = looks
        is_settled = all(now - look.at >= settle_seconds for look in looks.values())
        if self.folder.watch == "inotify" and is_settled:
            self._scan_at = now + RESCAN_SECONDS

    def _found(self, path: str) -> FoundFile | None:
        """Return a hinted file, None for one that is not taken."""
        relative = os.path.relpath(path, self.folder.path)
        if not _is_wanted(path) or any(part.startswith(".") for part in Path(relative).parts):
            return None
        try:
            status = os.lstat(path)
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            return None
        return FoundFile(relative, path, status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)

    def _arrival(self, file: FoundFile) -> Arrival:
        sidecar = Path(file.path + SIDECAR_SUFFIX)
        return Arrival(file, sidecar if sidecar.is_file() and not sidecar.is_symlink() else None)


def read_sidecar(path: Path | None) -> dict[str, Any]:
    """Return `tags` and `attributes` of a sidecar, `photo.jpg.json` beside `photo.jpg`. Raises SidecarError."""
    if path is None:
        return {"tags": [], "attributes": {}}
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SIDECAR_BYTES + 1)
        found = json.loads(data)
    except (OSError, ValueError) as error:
        raise SidecarError(f"{path}: {error}") from error
    if len(data) > MAX_SIDECAR_BYTES:
        raise SidecarError(f"{path}: a sidecar has at most {MAX_SIDECAR_BYTES} bytes")
    if not isinstance(found, dict) or found.keys() - {"tags", "attributes"}:
        raise SidecarError(f'{path}: an object with "tags" and "attributes" is expected')
    tags, attributes = found.get("tags", []), found.get("attributes", {})
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags) or not isinstance(attributes, dict):
        raise SidecarError(f"{path}: tags are a list of texts, attributes an object")
    return {"tags": tags, "attributes": attributes}


def _is_wanted(path: str) -> bool:
    name = path.rpartition("/")[2]
    return not name.startswith(".") and not name.lower().endswith((*UNFINISHED, SIDECAR_SUFFIX)) and is_media_name(name)


def _folders(root: Path) -> Iterator[str]:
    """Yield a folder and its subfolders, without hidden ones and links. Raises OSError for the root alone."""
    waiting = [os.fspath(root)]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listed:
                inner = [each.path for each in listed if each.is_dir(follow_symlinks=False)]
        except OSError:
            if folder == os.fspath(root):
                raise
            continue
        yield folder
        waiting += [each for each in inner if not each.rpartition("/")[2].startswith(".")]
