"""Cache of bytes in a folder, which processes share: whole files under hashed names, oldest use removed first."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

DEFAULT_MAX_BYTES: Final = 10 * 1024**3
_SLACK: Final = 64
"""A process counts what it adds, and looks at the folder again after a 64th of the limit."""


class DiskCache:
    """Keeps up to `max_bytes`, plus a 64th for each process that adds to it.

    A name stands for bytes that never change. Files appear whole (written aside, then renamed); one that another
    process removed is fetched again.
    """

    def __init__(self, folder: str | Path, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.folder, self.max_bytes = Path(folder), max_bytes
        self._added = max_bytes  # the first addition looks at the folder

    def get(self, name: str, fetch: Callable[[], bytes]) -> bytes:
        """Return the bytes of a name, from the folder or else from `fetch`, whose errors are passed on."""
        path = self._path(name)
        try:
            data = path.read_bytes()
        except OSError:  # not there, or a folder that cannot be used: it costs the cache, not the training
            data = fetch()
            self._add(path, data)
            return data
        with suppress(OSError):
            os.utime(path)
        return data

    def _path(self, name: str) -> Path:
        digest = hashlib.sha256(name.encode()).hexdigest()
        return self.folder / digest[:2] / digest[2:42]

    def _add(self, path: Path, data: bytes) -> None:
        if len(data) > self.max_bytes // 2:
            return
        draft = path.with_suffix(f".{os.getpid()}.{id(data)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(data)
            draft.replace(path)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            self._evict(self.max_bytes // 2)  # the disk may be full
            return
        self._added += len(data)
        if self._added > self.max_bytes // _SLACK:
            self._evict(self.max_bytes)
            self._added = 0

    def _evict(self, max_bytes: int) -> None:
        """Remove the files that were not used for the longest time until the rest has at most `max_bytes`."""
        files: list[tuple[int, int, str]] = []
        for folder in self.folder.glob("??"):
            with suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    with suppress(OSError):
                        status = entry.stat()
                        files.append((status.st_mtime_ns, status.st_size, entry.path))
        excess = sum(size for _, size, _ in files) - max_bytes
        for _, size, path in sorted(files):
            if excess <= 0:
                return
            Path(path).unlink(missing_ok=True)
            excess -= size
