"""Grouping of records by asset, for files that name an asset again and again: a temporary database on disk.

Groups come in the order in which their keys were first seen, the records of each in the order in which they were added.
Memory does not grow with the number of records.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final, Self

from foveal.formats.base.model.items import FormatError

_CACHE_KIB: Final = 8 * 1024
_RECENT_KEYS: Final = 10_000


class Groups:
    """Records by key. Use it as a context manager: the database goes when it is left."""

    def __init__(self) -> None:
        self._recent: dict[str, int] = {}
        self._database = sqlite3.connect("", isolation_level=None)  # "" is a temporary database on disk
        self._database.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-{_CACHE_KIB}; BEGIN;"
            "CREATE TABLE keys (number INTEGER PRIMARY KEY, name TEXT UNIQUE);"
            "CREATE TABLE records (key INTEGER, place TEXT, text TEXT);"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM keys").fetchone()[0])

    def __contains__(self, key: str) -> bool:
        return self._number(key) is not None

    def add(self, key: str, place: str = "", text: str | None = None) -> None:
        """Add a record to the group of a key. Raises FormatError for text that is not Unicode (lone surrogates)."""
        try:
            number = self._number(key)
            if number is None:
                added = self._database.execute("INSERT INTO keys (name) VALUES (?)", (key,)).lastrowid
                number = self._remembered(key, added or 0)
            self._database.execute("INSERT INTO records VALUES (?, ?, ?)", (number, place, text))
        except UnicodeEncodeError:
            raise FormatError("not_unicode", f"{place}: the text holds half of a surrogate pair.") from None
        except sqlite3.Error as error:
            raise FormatError("no_space", f"The temporary index cannot be written: {error}.") from error

    def of(self, key: str) -> list[tuple[str, str | None]]:
        """Return place and text of the records of one key."""
        number = self._number(key)
        if number is None:
            return []
        self._database.execute("CREATE INDEX IF NOT EXISTS by_key ON records (key)")
        return self._database.execute(
            "SELECT place, text FROM records WHERE key = ? ORDER BY rowid", (number,)
        ).fetchall()

    def __iter__(self) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
        """Yield each key with place and text of its records."""
        rows: Iterable[tuple[int, str, str, Any]] = self._database.execute(
            "SELECT keys.number, name, place, text FROM keys JOIN records ON key = number ORDER BY key, records.rowid"
        )
        for (_, name), group in groupby(rows, key=lambda row: (row[0], row[1])):
            yield name, [(place, text) for _, _, place, text in group]

    def _number(self, key: str) -> int | None:
        if key in self._recent:
            return self._recent[key]
        try:
            found = self._database.execute("SELECT number FROM keys WHERE name = ?", (key,)).fetchone()
        except UnicodeEncodeError:
            return None
        return self._remembered(key, found[0]) if found else None

    def _remembered(self, key: str, number: int) -> int:
        if len(self._recent) >= _RECENT_KEYS:
            self._recent.clear()
        self._recent[key] = number
        return number
