"""Queue of the agent: one row for each file that was taken over, in SQLite, durable at each commit.

WAL with `synchronous=FULL`: with NORMAL a power cut may roll back commits (sqlite.org, "PRAGMA synchronous"). SQLite's
own writes do not go through `disk`; a database that is lost, damaged or old is made good from the spool folder.
"""

import enum
import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from foveal.agent.disk import Disk

DATABASE_NAME: Final = "queue.db"
MAX_ENDED_ROWS: Final = 1_000
"""Rows of files that have ended, and events, that are kept for `foveal agent status`."""
PAGE_ROWS: Final = 500
_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS item (
        sequence INTEGER PRIMARY KEY, epoch TEXT NOT NULL, state TEXT NOT NULL, size_bytes INTEGER NOT NULL,
        document TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL DEFAULT 0,
        reason TEXT, asset_id TEXT, changed_at TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS item_state ON item (state, sequence)",
    "CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT)",
)


class State(enum.StrEnum):
    """State of a file. Only those of `HELD` have their bytes in the spool folder."""

    WAITING = "waiting"
    UPLOADED = "uploaded"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"
    LOST = "lost"


HELD: Final = (State.WAITING, State.UPLOADED, State.FAILED)
ENDED: Final = (State.DONE, State.DROPPED, State.LOST)


@dataclass(frozen=True, slots=True)
class Item:
    """A file that was taken over. `document` has what a begin declares of it, and where it came from."""

    sequence: int
    epoch: str
    size_bytes: int
    document: dict[str, Any] = field(repr=False)
    state: State = State.WAITING
    tries: int = 0
    reason: str | None = None

    @property
    def name(self) -> str:
        """Name of its files in the spool folder, without suffix."""
        return f"{self.sequence:012d}-{self.epoch}"

    @property
    def key(self) -> str:
        """Idempotency key of its upload."""
        return str(self.document["key"])

    @property
    def project(self) -> str:
        """Project that it is uploaded to."""
        return str(self.document["project"])


class Queue:
    """The rows, safe for use by several threads. Every method raises sqlite3.Error when the disk fails."""

    def __init__(self, path: Path) -> None:
        """Open a database, or make it. Raises sqlite3.DatabaseError for a damaged one (quick_check)."""
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, timeout=30, isolation_level=None)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA cache_size = -1024")
            verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            with self._transaction() as run:
                for statement in _TABLES:
                    run.execute(statement)
                run.execute("UPDATE item SET not_before = 0 WHERE not_before > 0")  # a clock of an earlier boot
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    def add(self, items: Iterable[Item]) -> None:
        """Add files, all or none; when this returns they are acknowledged."""
        rows = [
            (each.sequence, each.epoch, each.state, each.size_bytes, _text(each.document), _now()) for each in items
        ]
        with self._transaction() as run:
            run.executemany(
                "INSERT INTO item (sequence, epoch, state, size_bytes, document, changed_at) VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )

    def due(self, now: float, limit: int, busy: Collection[int], max_size_bytes: int | None = None) -> list[Item]:
        """Return the first files that wait, in the order in which they came, without those in `busy`.

        Args:
            now: Monotonic clock; files that are put off until later are left out.
            limit: Most files to return.
            busy: Sequence numbers of files that are being sent.
            max_size_bytes: Leave out larger files; None takes all.
        """
        most = max_size_bytes if max_size_bytes is not None else 2**62
        with self._lock:
            rows = self._connection.execute(
                f"{_SELECT} WHERE state = ? AND not_before <= ? AND size_bytes <= ? ORDER BY sequence LIMIT ?",
                (State.WAITING, now, most, limit + len(busy)),
            ).fetchall()
        return [item for item in map(_item, rows) if item.sequence not in busy][:limit]

    def in_states(self, states: Collection[State], changed_before: str = "9") -> Iterator[Item]:
        """Yield the files in some states, oldest first; a page at a time, so that memory stays small."""
        after, places = -1, ", ".join("?" * len(states))
        while True:
            with self._lock:
                rows = self._connection.execute(
                    f"{_SELECT} WHERE state IN ({places}) AND sequence > ? AND changed_at < ? "
                    "ORDER BY sequence LIMIT ?",
                    (*states, after, changed_before, PAGE_ROWS),
                ).fetchall()
            yield from map(_item, rows)
            if len(rows) < PAGE_ROWS:
                return
            after = rows[-1][0]

    def known(self) -> dict[str, State]:
        """Return the state of every row by the name of its files."""
        with self._lock:
            rows = self._connection.execute("SELECT sequence, epoch, state FROM item").fetchall()
        return {f"{sequence:012d}-{epoch}": State(state) for sequence, epoch, state in rows}

    def end(self, item: Item, state: State, *, reason: str | None = None, asset_id: str | None = None) -> None:
        """Set the state in which a file ends; `waiting` puts it back into the queue."""
        with self._transaction() as run:
            run.execute(
                "UPDATE item SET state = ?, reason = ?, asset_id = coalesce(?, asset_id), changed_at = ?, "
                "tries = iif(? = 'waiting', 0, tries), not_before = 0 WHERE sequence = ?",
                (state, reason, asset_id, _now(), state, item.sequence),
            )

    def put_off(self, item: Item, until: float, reason: str, *, counts: bool) -> None:
        """Let a file wait until the monotonic clock shows `until`; `counts` takes a try off its budget."""
        with self._transaction() as run:
            run.execute(
                "UPDATE item SET not_before = ?, reason = ?, tries = tries + ? WHERE sequence = ?",
                (until, reason, int(counts), item.sequence),
            )

    def forget_delays(self) -> None:
        """Let every file be sent at once."""
        with self._transaction() as run:
            run.execute("UPDATE item SET not_before = 0 WHERE not_before > 0")

    def prune(self) -> None:
        """Remove the oldest rows of files that have ended, whose files must be gone from the disk."""
        places = ", ".join("?" * len(ENDED))
        with self._transaction() as run:
            run.execute(
                f"DELETE FROM item WHERE state IN ({places}) AND sequence <= (SELECT sequence FROM item "  # noqa: S608  `places` are question marks
                f"WHERE state IN ({places}) ORDER BY sequence DESC LIMIT 1 OFFSET ?)",
                (*ENDED, *ENDED, MAX_ENDED_ROWS),
            )
            run.execute("DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?", (MAX_ENDED_ROWS,))

    def last_sequence(self) -> int:
        """Return the highest number of a row, 0 without rows."""
        return self._number("SELECT coalesce(max(sequence), 0) FROM item")

    def held_bytes(self) -> int:
        """Return the bytes in the spool folder by the rows."""
        places = ", ".join("?" * len(HELD))
        return self._number(f"SELECT coalesce(sum(size_bytes), 0) FROM item WHERE state IN ({places})", *HELD)  # noqa: S608  question marks

    def waiting(self) -> int:
        """Return how many files wait."""
        return self._number("SELECT count(*) FROM item WHERE state = ?", State.WAITING)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return files and bytes by state."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT state, count(*), sum(size_bytes) FROM item GROUP BY state"
            ).fetchall()
        found = {state: {"files": files, "bytes": size} for state, files, size in rows}
        return {state: found.get(state, {"files": 0, "bytes": 0}) for state in State}

    def note(self, kind: str, detail: str) -> None:
        """Add an event."""
        with self._transaction() as run:
            run.execute("INSERT INTO event (at, kind, detail) VALUES (?, ?, ?)", (_now(), kind, detail))

    def events(self, limit: int) -> list[dict[str, str]]:
        """Return the newest events, newest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT at, kind, detail FROM event ORDER BY id DESC LIMIT ?", (limit,)
            ).fetchall()
        return [{"at": at, "kind": kind, "detail": detail} for at, kind, detail in rows]

    def _number(self, query: str, *arguments: Any) -> int:
        with self._lock:
            return int(self._connection.execute(query, arguments).fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def open_queue(folder: Path, disk: Disk) -> tuple[Queue, str | None]:
    """Return the queue of a state folder, and why its database was put aside, if it was.

    Raises sqlite3.OperationalError for one that cannot be opened or written now, such as on a full disk.
    """
    path = folder / DATABASE_NAME
    try:
        return Queue(path), None
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                disk.rename(part, part.with_name(f"broken-{part.name}"))
        disk.sync_folder(folder)
        return Queue(path), str(error)


_SELECT: Final = "SELECT sequence, epoch, size_bytes, document, state, tries, reason FROM item"


def _item(row: tuple[Any, ...]) -> Item:
    sequence, epoch, size_bytes, document, state, tries, reason = row
    return Item(sequence, epoch, size_bytes, json.loads(document), State(state), tries, reason)


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
