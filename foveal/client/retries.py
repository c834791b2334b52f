"""Retries: which outcome of a call is tried again, and after how long. Full jitter; `Retry-After` is respected."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from foveal.client.calls import Call

REFUSED_STATUSES: Final = frozenset({429, 503})
"""The call was not carried out."""
UNKNOWN_STATUSES: Final = frozenset({408, 500, 502, 504})
"""The call may have been carried out."""
MAX_RETRY_AFTER_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Limits of retries: `max_retries` after the first try; waits of at most `base_seconds` x 2^n, up to `max_seconds`.

    `chance` gives the share of the longest wait that is waited, from 0 to 1: full jitter spreads the clients that
    failed together ("Exponential Backoff And Jitter", AWS Architecture Blog).
    """

    max_retries: int = 4
    base_seconds: float = 0.5
    max_seconds: float = 20.0
    chance: Callable[[], float] = random.random

    def wait_after_status(self, call: Call, retries: int, status: int, retry_after: str | None) -> float | None:
        """Return the seconds to wait before the call is sent again; None if its answer stands.

        `retries` counts those that were made. `Retry-After` is in seconds (RFC 9110, 10.2.3); a wait of more than two
        minutes is left to the caller.
        """
        is_tried_again = status in REFUSED_STATUSES or (status in UNKNOWN_STATUSES and call.is_repeatable)
        if not is_tried_again or retries >= self.max_retries:
            return None
        asked = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else 0.0
        return None if asked > MAX_RETRY_AFTER_SECONDS else asked + self._jitter(retries)

    def wait_after_error(self, call: Call, retries: int, *, was_sent: bool) -> float | None:
        """Return the seconds to wait after a failed connection or a response that did not arrive; None to give up."""
        return None if was_sent and not call.is_repeatable else self.wait_after_fault(retries)

    def wait_after_fault(self, retries: int) -> float | None:
        """Return the seconds to wait after a fault of what may be sent again; None to give up."""
        return None if retries >= self.max_retries else self._jitter(retries)

    def _jitter(self, retries: int) -> float:
        return self.chance() * min(self.max_seconds, self.base_seconds * float(2**retries))
