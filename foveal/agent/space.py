"""Space on the disk: when the agent takes no more files, what it deletes instead, and a reserve for SQLite.

A file of the same file system is moved and takes no room, so it is taken while few wait even on a full disk: sending
makes room. The reserve is a file that is given up when the disk is full, so that the queue can still be written.
"""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from foveal.agent.disk import Disk
from foveal.agent.queue import Item, Queue, State
from foveal.agent.settings import SpoolSettings
from foveal.agent.spool import Spool

RESERVE_SHARE: Final = 0.05
MAX_RESERVE_BYTES: Final = 32 * 1024 * 1024
MIN_WAITING: Final = 20
"""Files that may wait in any case, if they take no room."""
RESERVE_NAME: Final = "reserve"
"""Name of the reserve in the state folder."""


class Space:
    """Decides on each file whether there is room, by the policy `when_full`."""

    def __init__(
        self,
        settings: SpoolSettings,
        spool: Spool,
        queue: Queue,
        disk: Disk,
        note: Callable[[str, str], None],
        usage: Callable[[Path], tuple[int, int]] | None = None,
    ) -> None:
        self._settings, self._spool, self._queue, self._disk, self._note = settings, spool, queue, disk, note
        self._usage = usage or file_system_usage
        self._reserve = spool.folder.parent / RESERVE_NAME
        self._lock = threading.Lock()
        self.is_full = False

    def admits(self, size_bytes: int, *, is_copy: bool, busy: Iterable[int] = ()) -> bool:
        """Return whether a file may be taken over; make room for it first if the policy says so.

        `busy` are the numbers of files that are being sent, which are not dropped.
        """
        lacking = self._lacking(size_bytes, is_copy=is_copy)
        if lacking > 0 and self._settings.when_full != "reject":
            lacking = self._drop(lacking, size_bytes, set(busy), is_copy=is_copy)
        is_full = lacking > 0
        if is_full != self.is_full:
            self.is_full = is_full
            self._note("full" if is_full else "room", f"policy {self._settings.when_full}")
        return not is_full or (not is_copy and self._queue.waiting() < MIN_WAITING)

    def keep_reserve(self) -> None:
        """Make the reserve if it is absent and there is ample room; a failure leaves things as they are."""
        total, free = self._usage(self._spool.folder)
        size = int(min(total * RESERVE_SHARE, MAX_RESERVE_BYTES))
        if not self._reserve.exists() and free > 3 * size:
            try:
                self._disk.reserve(self._reserve, size)
            except OSError:
                self._disk.unlink(self._reserve)

    def give_up_reserve(self) -> bool:
        """Free the reserve, because a write failed; return whether there was one."""
        if not self._reserve.exists():
            return False
        self._disk.unlink(self._reserve)
        return True

    def drop_expired(self, before: str) -> None:
        """Delete copies of files that were uploaded before an instant (ISO 8601)."""
        for item in self._queue.in_states([State.UPLOADED], changed_before=before):
            self._queue.end(item, State.DONE)
            self._spool.remove(item)

    def document(self) -> dict[str, object]:
        """Return the state as JSON values."""
        total, free = self._usage(self._spool.folder)
        return {
            "total_bytes": total,
            "free_bytes": free,
            "is_full": self.is_full,
            "when_full": self._settings.when_full,
        }

    def _lacking(self, size_bytes: int, *, is_copy: bool) -> int:
        """Return the bytes that have to go before a file may come, 0 for none."""
        total, free = self._usage(self._spool.folder)
        used = total - free + (size_bytes if is_copy else 0)
        share = min(self._settings.watermark, 1 - RESERVE_SHARE)
        limit = self._settings.max_size
        own = self._queue.held_bytes() + size_bytes - limit if limit is not None else 0
        return max(0, used - int(total * share), own)

    def _drop(self, lacking: int, size_bytes: int, busy: set[int], *, is_copy: bool) -> int:
        """Delete files until nothing is lacking; return what still is."""
        states = [State.UPLOADED] + ([State.WAITING] if self._settings.when_full == "drop-oldest" else [])
        for state in states:
            for item in self._queue.in_states([state]):
                if lacking <= 0:
                    return 0
                if item.sequence in busy:
                    continue
                self._drop_one(item)
                lacking = self._lacking(size_bytes, is_copy=is_copy)
        return lacking

    def _drop_one(self, item: Item) -> None:
        is_loss = item.state is State.WAITING
        self._queue.end(item, State.DROPPED if is_loss else State.DONE, reason="the disk was full" if is_loss else None)
        self._spool.remove(item)
        self._note("dropped" if is_loss else "copy dropped", f"{item.document['file_name']} ({item.key})")


def file_system_usage(folder: Path) -> tuple[int, int]:
    """Return size of a folder's file system and bytes that are free to this user."""
    status = os.statvfs(folder)
    return status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize
