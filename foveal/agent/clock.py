"""Clock of a device, which may be wrong by years: whether to trust it, and how far it is off a server's `Date`."""

import ctypes
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

BUILT_AT: Final = datetime(2026, 11, 29, tzinfo=UTC)
"""No correct clock shows an earlier time: this module did not exist."""
MAX_OFFSET_SECONDS: Final = 120.0
TIMESYNC: Final = Path("/run/systemd/timesync")
UNSYNCHRONISED: Final = "unsynchronised"
_TIME_ERROR: Final = 5
_TIMEX_BYTES: Final = 512


class Clock:
    """Time of the machine, compared with that of servers where an answer of them is known."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        kernel_state: Callable[[], bool | None] | None = None,
    ) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._kernel_state = kernel_state or kernel_is_synchronised
        self._lock = threading.Lock()
        self._seen: tuple[float, float] | None = None

    def now(self) -> datetime:
        """Return the time of the machine."""
        return datetime.fromtimestamp(self._wall(), UTC)

    def observe(self, date: str | None) -> None:
        """Take the header `Date` of an answer (RFC 9110, 6.6.1); other text is ignored."""
        try:
            seen = parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return
        with self._lock:
            self._seen = (seen, self._monotonic())

    @property
    def offset_seconds(self) -> float | None:
        """Seconds to add to the machine's time to get the server's; None before an answer."""
        with self._lock:
            if self._seen is None:
                return None
            seen, at = self._seen
        return seen + (self._monotonic() - at) - self._wall()

    def server_now(self) -> datetime:
        """Return the time of the server, that of the machine when it is not known."""
        return self.now() + timedelta(seconds=self.offset_seconds or 0.0)

    @property
    def is_synchronised(self) -> bool:
        """Tell whether the machine's time can be trusted, by the build time, a server, or else the kernel."""
        if self.now() < BUILT_AT:
            return False
        offset = self.offset_seconds
        return self._kernel_state() is not False if offset is None else abs(offset) <= MAX_OFFSET_SECONDS


def kernel_is_synchronised(timesync: Path = TIMESYNC) -> bool | None:
    """Return whether the kernel's clock is synchronised (adjtimex(2), TIME_ERROR); None where nothing tells.

    A sandbox may forbid that call; then systemd-timesyncd tells by a file (systemd-timesyncd.service(8)).
    """
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        state = -1
    if state >= 0:
        return bool(state != _TIME_ERROR)
    return (timesync / "synchronized").exists() if timesync.is_dir() else None
