"""Back-off: full jitter from a second to five minutes ("Exponential Backoff And Jitter", AWS Architecture Blog)."""

import random
import threading
from collections.abc import Callable
from typing import Final

FIRST_SECONDS: Final = 1.0
MAX_SECONDS: Final = 300.0


def jitter(failures: int, chance: Callable[[], float] = random.random) -> float:
    """Return the seconds to wait after so many failures in a row."""
    return chance() * min(MAX_SECONDS, FIRST_SECONDS * float(2 ** min(failures, 20)))


class Backoff:
    """Wait that all senders have in common while the service cannot be reached; a new link ends it."""

    def __init__(self, clock: Callable[[], float], chance: Callable[[], float] = random.random) -> None:
        self._clock, self._chance = clock, chance
        self._changed = threading.Condition()
        self._failures, self._until = 0, 0.0
        self.reason: str | None = None  # of the last failure

    def failed(self, reason: str) -> None:
        """Count a failure; several within one wait are one."""
        with self._changed:
            self.reason = reason
            if self._clock() >= self._until:
                self._failures += 1
                self._until = self._clock() + jitter(self._failures, self._chance)

    def reset(self) -> None:
        """End the wait: something has passed, or the link is new."""
        with self._changed:
            self._failures, self._until = 0, 0.0
            self._changed.notify_all()

    def succeeded(self) -> None:
        """Note that the service answered."""
        self.reason = None
        if self._failures:
            self.reset()

    def wait(self, longest: float) -> bool:
        """Wait for the end of the back-off, at most `longest` seconds; return whether it has ended."""
        with self._changed:
            left = self._until - self._clock()
            if left > 0:
                self._changed.wait(min(left, longest))
            return self._clock() >= self._until
