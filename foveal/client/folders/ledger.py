"""Ledger of a run: how many files are open, the memory that small ones take, their second tries, and their outcomes."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Final

from foveal.client.folders.report import Outcome, Summary
from foveal.client.folders.settings import MIB
from foveal.client.folders.walk import FoundFile

MAX_OPEN_FILES: Final = 4_000
MAX_KEPT_BYTES, MAX_KEPT_FILE_BYTES = 64 * MIB, 1 * MIB


class Ledger:
    """Accounts of all threads of a run. Outcomes are handed on one at a time; `has_failed` ends every wait."""

    def __init__(self, on_outcome: Callable[[Outcome], None]) -> None:
        self.summary = Summary()
        self._on_outcome = on_outcome
        self._changed = threading.Condition()
        self._open, self._kept_bytes, self._is_broken = 0, 0, False
        self._tries: Counter[tuple[str, str]] = Counter()

    def open(self) -> None:
        """Count a file as found and open; wait while there are too many."""
        with self._changed:
            self._changed.wait_for(lambda: self._open < MAX_OPEN_FILES or self._is_broken)
            self._open += 1
            self.summary.found += 1

    def end(self, outcome: Outcome) -> None:
        """Note the outcome of an open file."""
        with self._changed:
            self._open -= 1
            self._report(outcome)
            self._changed.notify_all()

    def pass_over(self, outcome: Outcome) -> None:
        """Note a file that was found and never opened."""
        with self._changed:
            self.summary.found += 1
            self._report(outcome)

    def give_up(self) -> None:
        """End every wait: a thread of the run has ended by an error of this program."""
        with self._changed:
            self._is_broken = True
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until no file is open."""
        with self._changed:
            while not self._changed.wait_for(lambda: not self._open or self._is_broken, timeout=1.0):
                pass  # an interrupt is heard between waits only

    def keep(self, size_bytes: int) -> int:
        """Return the bytes of a file that may be kept in memory: all of a small one while there is room, or none."""
        with self._changed:
            is_kept = size_bytes <= MAX_KEPT_FILE_BYTES and self._kept_bytes + size_bytes <= MAX_KEPT_BYTES
            self._kept_bytes += size_bytes if is_kept else 0
            return size_bytes if is_kept else 0

    def release(self, kept_bytes: int) -> None:
        """Give memory back."""
        with self._changed:
            self._kept_bytes -= kept_bytes

    def may_again(self, file: FoundFile, why: str, limit: int) -> bool:
        """Count a further try of a file for one reason; return whether the limit allows it."""
        with self._changed:
            self._tries[file.relative, why] += 1
            return self._tries[file.relative, why] <= limit

    def _report(self, outcome: Outcome) -> None:
        self.summary.add(outcome)
        self._on_outcome(outcome)
