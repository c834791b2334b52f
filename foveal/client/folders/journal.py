"""Journal of a folder's uploads: which files are done, so that a second run reads only what is new.

It lies in the user's state folder, never in the folder that is uploaded, and only its owner can read it. A lost tail
costs a question to the API, never a second asset: the API knows every file by its idempotency key.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import platformdirs

from foveal.client.folders.walk import FoundFile

_TABLE = """CREATE TABLE IF NOT EXISTS done (
    path BLOB PRIMARY KEY, size_bytes INTEGER, modified_ns INTEGER, inode INTEGER, asset_id TEXT) WITHOUT ROWID"""


def journal_path(api_url: str, project: str, root: Path) -> Path:
    """Return where the journal of a folder lies: one for each API, project and folder."""
    name = hashlib.sha256("\0".join((api_url, project, str(root.resolve()))).encode("utf-8", "surrogateescape"))
    return platformdirs.user_state_path("foveal", appauthor=False) / "uploads" / f"{name.hexdigest()[:32]}.db"


class Journal:
    """Files that are done. One thread may read and another one write."""

    def __init__(self, path: Path) -> None:
        """Open or make a journal. One that is broken is put aside and begun anew.

        Raises sqlite3.OperationalError for one that cannot be opened or written now.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)  # names of files are private, also in a folder of an earlier version
        try:
            self._reader = _open(path)
        except sqlite3.OperationalError:  # locked, or the disk is full: the journal itself is sound
            raise
        except sqlite3.DatabaseError:
            path.replace(path.with_suffix(".broken"))
            self._reader = _open(path)
        self._writer = _open(path)

    def done(self, file: FoundFile) -> str | None:
        """Return the asset of a file that is done and has not changed since."""
        row = self._reader.execute(
            "SELECT asset_id FROM done WHERE path = ? AND size_bytes = ? AND modified_ns = ? AND inode = ?",
            (os.fsencode(file.relative), file.size_bytes, file.modified_ns, file.inode),
        ).fetchone()
        return None if row is None else str(row[0])

    def add(self, done: Iterable[tuple[FoundFile, str]]) -> None:
        """Note files that are done, with their assets, in one transaction."""
        rows = [
            (os.fsencode(file.relative), file.size_bytes, file.modified_ns, file.inode, asset_id)
            for file, asset_id in done
        ]
        with self._writer:
            self._writer.executemany("INSERT OR REPLACE INTO done VALUES (?, ?, ?, ?, ?)", rows)

    def close(self) -> None:
        """Close the journal; a second call does nothing."""
        self._reader.close()
        self._writer.close()


def _open(path: Path) -> sqlite3.Connection:
    if not path.exists():
        path.touch(mode=0o600)
    path.chmod(0o600)  # SQLite gives its -wal and -shm files the mode of the database
    connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    with connection:
        connection.execute(_TABLE)
    return connection
