"""Journal of a folder's uploads: which files are done, so that a second run reads only what is new.

It lies in the user's state folder, never in the folder that is uploaded. A lost tail costs a question to the API, never
a second asset: the API knows every file by its idempotency key.
"""

import hashlib
import os
import queue
import sqlite3
import threading
from pathlib import Path

import platformdirs

from foveal.client.folders.walk import FoundFile

COMMIT_SECONDS = 0.25
_TABLE = """CREATE TABLE IF NOT EXISTS done (
    path BLOB PRIMARY KEY, size_bytes INTEGER, modified_ns INTEGER, inode INTEGER, asset_id TEXT) WITHOUT ROWID"""


def journal_path(api_url: str, project: str, root: Path) -> Path:
    """Return where the journal of a folder lies: one for each API, project and folder."""
    name = hashlib.sha256("\0".join((api_url, project, str(root.resolve()))).encode("utf-8", "surrogateescape"))
    return platformdirs.user_state_path("foveal", appauthor=False) / "uploads" / f"{name.hexdigest()[:32]}.db"


class Journal:
    """Files that are done. Reads are of the walking thread; writes go through one thread, a transaction each 250 ms."""

    def __init__(self, path: Path) -> None:
        """Open or make a journal. One that is broken is put aside and begun anew.

        Raises sqlite3.OperationalError for one that cannot be opened or written now.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._reader = _open(path)
        except sqlite3.OperationalError:  # locked, or the disk is full: the journal itself is sound
            raise
        except sqlite3.DatabaseError:
            path.replace(path.with_suffix(".broken"))
            self._reader = _open(path)
        self._path = path
        self._waiting: queue.SimpleQueue[tuple[FoundFile, str] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
        self._writer.start()

    def done(self, file: FoundFile) -> str | None:
        """Return the asset of a file that is done and has not changed since."""
        row = self._reader.execute(
            "SELECT asset_id FROM done WHERE path = ? AND size_bytes = ? AND modified_ns = ? AND inode = ?",
            (os.fsencode(file.relative), file.size_bytes, file.modified_ns, file.inode),
        ).fetchone()
        return None if row is None else str(row[0])

    def add(self, file: FoundFile, asset_id: str) -> None:
        """Note that a file is done."""
        self._waiting.put((file, asset_id))

    def close(self) -> None:
        """Write what waits, and close; a second call does nothing."""
        if self._writer.is_alive():
            self._waiting.put(None)
            self._writer.join()
            self._reader.close()

    def _write(self) -> None:
        connection, is_open = _open(self._path), True
        while is_open:
            batch = [self._waiting.get()]
            end = threading.Event()
            if batch[0] is not None:
                end.wait(COMMIT_SECONDS)
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            is_open = None not in batch
            with connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO done VALUES (?, ?, ?, ?, ?)",
                    [
                        (os.fsencode(file.relative), file.size_bytes, file.modified_ns, file.inode, asset_id)
                        for file, asset_id in filter(None, batch)
                    ],
                )
        connection.close()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    with connection:
        connection.execute(_TABLE)
    return connection
