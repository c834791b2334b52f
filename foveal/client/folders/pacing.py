"""Pace of the senders: how many send at once, and how many bytes a second."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FIRST_CONNECTIONS = 8


class Gate:
    """Senders in use: one more after each round of successes, half as many after a refusal (AIMD, RFC 5681)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(min(FIRST_CONNECTIONS, most))
        self._inside = 0
        self._condition = threading.Condition()

    @property
    def allowed(self) -> int:
        """Senders that may send at once."""
        return int(self._allowed)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Wait for a place, and hold it."""
        with self._condition:
            self._condition.wait_for(lambda: self._inside < int(self._allowed))
            self._inside += 1
        try:
            yield
        finally:
            with self._condition:
                self._inside -= 1
                self._condition.notify_all()

    def succeeded(self) -> None:
        """Count a success: as many as are allowed make one place more."""
        with self._condition:
            self._allowed = min(self._most, self._allowed + 1 / self._allowed)
            self._condition.notify_all()

    def refused(self) -> None:
        """Halve the places, as S3 asks by `SlowDown`."""
        with self._condition:
            self._allowed = max(1.0, self._allowed / 2)


class Throttle:
    """Limit of bytes a second over all senders; None for no limit."""

    def __init__(
        self,
        bytes_per_second: int | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._rate, self._clock, self._sleep = bytes_per_second, clock, sleep
        self._free_at = clock()
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        """Wait until so many bytes may be sent."""
        if self._rate is None:
            return
        with self._lock:
            now = self._clock()
            begin = max(now, self._free_at)
            self._free_at = begin + count / self._rate
        if begin > now:
            self._sleep(begin - now)
