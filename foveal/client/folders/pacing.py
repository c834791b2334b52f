"""Pace of the senders: how many send at once, and how many bytes a second."""

import threading
import time
from collections.abc import Callable, Iterator

Rate = Callable[[], int | None]
FIRST_CONNECTIONS = 8
REFUSAL_PAUSE_SECONDS = 1.0
PIECES_A_SECOND, MIN_PIECE_BYTES, MAX_PIECE_BYTES = 50, 1024, 64 * 1024
MAX_NAP_SECONDS = 0.25  # so that a change of the rate is heard


class Gate:
    """Senders in use: one more after each round of successes, half as many after a refusal (AIMD, RFC 5681).

    Senders are numbered from 0, and those below `allowed` are in use; a check costs them no lock.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._allowed = float(min(FIRST_CONNECTIONS, most))
        self._halved_at = float("-inf")
        self._is_open = False
        self._condition = threading.Condition()

    @property
    def allowed(self) -> int:
        """Senders that may send at once."""
        return int(self._allowed)

    def admits(self, number: int) -> bool:
        """Tell whether a sender is in use now."""
        return number < self._allowed or self._is_open

    def wait(self, number: int) -> None:
        """Wait until a sender is in use."""
        with self._condition:
            self._condition.wait_for(lambda: self.admits(number))

    def succeeded(self) -> None:
        """Count a success: as many as are allowed make one place more."""
        if self._allowed >= self._most:
            return
        with self._condition:
            before = int(self._allowed)
            self._allowed = min(self._most, self._allowed + 1 / self._allowed)
            if int(self._allowed) != before:
                self._condition.notify_all()

    def refused(self) -> None:
        """Halve the places, as S3 asks by `SlowDown`; what many senders hear at once counts as one refusal."""
        with self._condition:
            now = self._clock()
            if now - self._halved_at >= REFUSAL_PAUSE_SECONDS:
                self._allowed, self._halved_at = max(1.0, self._allowed / 2), now

    def open(self) -> None:
        """Let every sender pass, because the run ends."""
        with self._condition:
            self._is_open = True
            self._condition.notify_all()


class Throttle:
    """Limit of bytes a second over all senders; `rate` gives it, None for no limit, and may change meanwhile.

    Bytes pass in the order in which they are asked for. Time in which nobody sends gives no credit.
    """

    def __init__(
        self,
        rate: Rate,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._rate, self._clock, self._sleep = rate, clock, sleep
        self._asked = self._passed = 0.0
        self._seen_at = clock()
        self._lock = threading.Lock()

    def pieces(self, block: bytes | memoryview) -> Iterator[bytes | memoryview]:
        """Yield a block in pieces, each when it may be sent: whole without a limit, else some fifty a second."""
        rate = self._rate()
        if rate is None:
            yield block
            return
        size = max(MIN_PIECE_BYTES, min(MAX_PIECE_BYTES, rate // PIECES_A_SECOND))
        view = memoryview(block)
        for start in range(0, len(view), size):
            piece = view[start : start + size]
            self._wait(len(piece))
            yield piece

    def _wait(self, count: int) -> None:
        with self._lock:
            self._advance()
            start, self._asked = self._asked, self._asked + count
        while True:
            with self._lock:
                rate = self._advance()
                missing = start - self._passed
            if rate is None or missing < 1:  # less than a byte: the rest of a division
                return
            self._sleep(min(missing / rate, MAX_NAP_SECONDS))

    def _advance(self) -> int | None:
        """Let the bytes pass for which there was time since the last call, at the rate of now."""
        now, rate = self._clock(), self._rate()
        passed = self._asked if rate is None else self._passed + rate * (now - self._seen_at)
        self._passed, self._seen_at = min(self._asked, passed), now
        return rate
