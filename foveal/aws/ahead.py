"""Many small requests at once from one thread: all are sent before the first answer is waited for.

Threads that wait for sockets hand the interpreter to each other, which costs more than the requests themselves
(`python -m bench.ingest`). Here nothing is tried twice: what brought no answer is left to `http.send_with_retries`.
"""

import time
from collections import deque
from collections.abc import Generator, Iterable
from itertools import islice
from typing import Final

from foveal.aws.connection import Connection, HttpRequest, HttpResponse
from foveal.aws.http import Host

MAX_IN_FLIGHT: Final = 32
STEP: Final = 16
"""How many are made, sent or received in a row: the code of each then stays in the CPU's caches."""
PATIENCE_SECONDS: Final = 2.0
GRACE_SECONDS: Final = 0.05


def send_ahead(
    to: Host, requests: Iterable[HttpRequest], seconds: float, at_most_bytes: int
) -> Generator[HttpResponse | None, None, None]:
    """Yield the answer to each request, in order; None where its only attempt brought none of up to `at_most_bytes`.

    Up to 32 requests are on their way, each on a connection of its own. Once one has let wait for two seconds, or
    `seconds` are over, nothing more is sent, and of what is on its way only what has come by then is read: one slow
    object must not hold up the others, and a slow server is not asked everything twice.
    """
    flight = _Flight(to, time.monotonic() + seconds, at_most_bytes)
    waiting = iter(requests)
    try:
        while group := list(islice(waiting, STEP)):
            for request in group:
                flight.launch(request)
            while len(flight) > MAX_IN_FLIGHT - STEP:
                yield flight.land()
        while len(flight):
            yield flight.land()
    finally:
        flight.cancel()


class _Flight:
    """The requests that are on their way, oldest first."""

    def __init__(self, to: Host, ends_at: float, at_most_bytes: int) -> None:
        self._to, self._ends_at, self._at_most_bytes = to, ends_at, at_most_bytes
        self._sent: deque[tuple[Connection | None, str]] = deque()

    def __len__(self) -> int:
        return len(self._sent)

    def launch(self, request: HttpRequest) -> None:
        connection = None
        if time.monotonic() < self._ends_at:
            try:
                connection = self._to.kept() or self._to.connect()
                connection.send(request)
            except OSError as error:
                self._give_up(connection, error)
                connection = None
        self._sent.append((connection, request.method))

    def land(self) -> HttpResponse | None:
        connection, method = self._sent.popleft()
        if connection is None:
            return None
        within = min(PATIENCE_SECONDS, max(GRACE_SECONDS, self._ends_at - time.monotonic()))
        try:
            answer = connection.receive(method, within, self._at_most_bytes)
        except OSError as error:
            self._give_up(connection, error)
            return None
        self._to.give_back(connection)
        return answer

    def cancel(self) -> None:
        for connection, _ in self._sent:
            if connection is not None:
                connection.close()

    def _give_up(self, connection: Connection | None, error: OSError) -> None:
        if connection is not None:
            connection.close()
        if isinstance(error, TimeoutError):
            self._ends_at = 0.0
