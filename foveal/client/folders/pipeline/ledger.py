"""Ledger of a run: how many files are open, the memory that small ones take, their second tries, and their outcomes."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from foveal.client.folders.journal import Journal
from foveal.client.folders.report import Outcome, Progress, State, Summary
from foveal.client.folders.settings import MIB
from foveal.client.folders.walk import FoundFile

MAX_OPEN_FILES: Final = 4_000
MAX_KEPT_BYTES, MAX_KEPT_FILE_BYTES = 48 * MIB, 1 * MIB
NOTE_SECONDS: Final = 0.1


class Ledger:
    """Accounts of all threads of a run.

    One thread notes outcomes in batches, first in the journal, then by `on_outcome`. A file is open until then, so that
    a run without open files has reported all of them. `asked_bytes` counts files that ended with an asset in this run.
    """

    def __init__(
        self,
        journal: Journal,
        on_outcome: Callable[[Outcome], None],
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self.summary = Summary()
        self.is_walked = False
        self.asked_bytes = 0
        self._journal, self._on_outcome, self._on_progress = journal, on_outcome, on_progress
        self._found_bytes = self._sent_bytes = self._spared_bytes = 0
        self._changed, self._room = threading.Condition(), threading.Condition()
        self._lock, self._is_closed = threading.Lock(), threading.Event()
        self._open, self._kept_bytes, self._is_full, self._is_broken = 0, 0, False, False
        self._tries: Counter[tuple[str, str]] = Counter()
        self._ended: deque[tuple[Outcome, FoundFile | None]] = deque()

    def open(self, size_bytes: int = 0) -> None:
        """Count a file as found and open; wait while there are too many."""
        with self._changed:
            if self._open >= MAX_OPEN_FILES:
                self._changed.wait_for(lambda: self._open < MAX_OPEN_FILES or self._is_broken)
            self._open += 1
            self._found_bytes += size_bytes
            self.summary.found += 1

    def end(self, outcome: Outcome, file: FoundFile | None = None) -> None:
        """Give an open file its outcome; `file` is the row of the journal, for one that is done."""
        self._ended.append((outcome, file))  # atomic: no thread waits for another here

    def sent(self, size_bytes: int) -> None:
        """Count bytes that S3 has acknowledged."""
        with self._lock:
            self._sent_bytes += size_bytes

    def spare(self, size_bytes: int) -> None:
        """Count bytes of found files that need not be sent: they are there already, or their file failed."""
        with self._lock:
            self._spared_bytes += size_bytes

    def progress(self) -> Progress:
        """Return the state of the run."""
        summary = self.summary
        left = max(0, self._found_bytes - self._sent_bytes - self._spared_bytes)
        return Progress(
            summary.found, summary.done, summary.skipped, summary.failed, self._sent_bytes, left, self.is_walked
        )

    def note_outcomes(self) -> None:
        """Note outcomes as they come, until the ledger is closed, and tell of the progress ten times a second."""
        while not self._is_closed.wait(NOTE_SECONDS):
            self._note()
            self._on_progress(self.progress())
        self._note()

    def _note(self) -> None:
        batch = [self._ended.popleft() for _ in range(len(self._ended))]
        if not batch:
            return
        self._journal.add((file, str(outcome.asset_id)) for outcome, file in batch if file is not None)
        for outcome, _ in batch:
            self.summary.add(outcome)
            self.asked_bytes += outcome.size_bytes if outcome.asset_id else 0
            if outcome.state is not State.DONE:
                self.spare(outcome.size_bytes)
            self._on_outcome(outcome)
        with self._changed:
            self._open -= len(batch)
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until no file is open."""
        with self._changed:
            while not self._changed.wait_for(lambda: not self._open or self._is_broken, timeout=1.0):
                pass  # an interrupt is heard between waits only

    def give_up(self) -> None:
        """End every wait: a thread of the run has ended by an error of this program."""
        with self._changed:
            self._is_broken = True
            self._changed.notify_all()
        with self._room:
            self._room.notify_all()

    def close(self) -> None:
        """End `note_outcomes`."""
        self._is_closed.set()

    def keep(self, size_bytes: int) -> int:
        """Return the bytes of a file that are kept in memory: all of a small one, once there is room, or none.

        Readers that met the limit go on together when half of the memory is free: a wake-up for each file costs more
        than reading it.
        """
        if size_bytes > MAX_KEPT_FILE_BYTES:
            return 0
        with self._room:
            if self._kept_bytes + size_bytes > MAX_KEPT_BYTES:
                self._is_full = True
                self._room.wait_for(lambda: not self._is_full or self._is_broken)
            self._kept_bytes += size_bytes
        return size_bytes

    def release(self, kept_bytes: int) -> None:
        """Give memory back."""
        with self._room:
            self._kept_bytes -= kept_bytes
            if self._is_full and self._kept_bytes <= MAX_KEPT_BYTES // 2:
                self._is_full = False
                self._room.notify_all()

    def may_again(self, file: FoundFile, why: str, limit: int) -> bool:
        """Count a further try of a file for one reason; return whether the limit allows it."""
        with self._lock:
            self._tries[file.relative, why] += 1
            return self._tries[file.relative, why] <= limit
