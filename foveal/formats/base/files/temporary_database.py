"""Tables of a reader on disk, so that memory does not grow with the file: a temporary database of SQLite.

Text is stored as bytes, since names of files and keys in JSON may hold halves of surrogate pairs. Threads may share a
database; it goes with the last reference to it.
"""

import sqlite3
import threading
import weakref
from collections.abc import Callable
from typing import Any, Final

from foveal.formats.base.model.items import ExternalId, FormatError

CACHE_KIB: Final = 4 * 1024


class TemporaryDatabase:
    """A database with the given tables and functions of one value. Methods raise FormatError where the disk is full."""

    def __init__(self, tables: str, **functions: Callable[[Any], Any]) -> None:
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # "" is one on disk
        self._connection.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-{CACHE_KIB}; BEGIN; {tables}"
        )
        for name, function in functions.items():
            self._connection.create_function(name, 1, function, deterministic=True)
        self._lock = threading.Lock()
        self.close = weakref.finalize(self, self._connection.close)

    def run(self, statement: str, *values: Any) -> int:
        """Run a statement; return the number of rows that it changed."""
        try:
            with self._lock:
                return self._connection.execute(statement, values).rowcount
        except sqlite3.Error as error:
            raise FormatError("no_space", f"The temporary index cannot be written: {error}.") from error

    def one(self, query: str, *values: Any) -> Any:
        """Return the first row of a query, or None."""
        with self._lock:
            return self._connection.execute(query, values).fetchone()

    def all(self, query: str, *values: Any) -> list[Any]:
        """Return the rows of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()


class Firsts:
    """The place at which each of many keys came first."""

    def __init__(self) -> None:
        self._database = TemporaryDatabase("CREATE TABLE firsts (key PRIMARY KEY, place INTEGER) WITHOUT ROWID;")

    def add(self, key: ExternalId, place: int = 0) -> int | None:
        """Note a key; return the place at which it came before, or None where it comes first."""
        stored = to_bytes(key) if isinstance(key, str) else key
        if self._database.run("INSERT OR IGNORE INTO firsts VALUES (?, ?)", stored, place):
            return None
        return int(self._database.one("SELECT place FROM firsts WHERE key = ?", stored)[0])


def to_bytes(text: str) -> bytes:
    """Return text as it is stored."""
    return text.encode("utf-8", "surrogatepass")


def to_text(stored: bytes) -> str:
    """Return stored text."""
    return stored.decode("utf-8", "surrogatepass")
