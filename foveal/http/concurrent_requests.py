"""Concurrent requests from one thread: many are sent, each on its own connection, before the first response is read.

Threads that wait for sockets take turns with the interpreter lock, which costs more than the requests themselves
(`python -m bench.ingest`). Nothing is retried here: requests without a response are left to
`foveal.aws.retries.send_with_retries`.
"""

import time
from collections import deque
from collections.abc import Generator, Iterable
from itertools import islice
from typing import Final

from foveal.http.connection import Connection
from foveal.http.pool import ConnectionPool
from foveal.http.protocol import HttpRequest, HttpResponse
from foveal.http.proxy import ProxyError

MAX_IN_FLIGHT: Final = 32
GROUP_SIZE: Final = 16
"""How many requests are made and sent, or responses received, in a row: the code of each stays in the CPU's caches."""
MAX_WAIT_SECONDS: Final = 2.0
MIN_WAIT_SECONDS: Final = 0.05


def send_concurrently(
    pool: ConnectionPool, requests: Iterable[HttpRequest], timeout_seconds: float, max_body_bytes: int
) -> Generator[HttpResponse | None, None, None]:
    """Yield the response to each request, in order; None when its only attempt had none of up to `max_body_bytes`.

    Up to 32 requests are in flight. Once a response takes more than two seconds, or after `timeout_seconds`, nothing
    more is sent, and of the requests in flight only responses that have arrived are read: one slow object must not
    delay the others, and a slow server must not get every request twice.
    """
    in_flight = _InFlight(pool, time.monotonic() + timeout_seconds, max_body_bytes)
    remaining = iter(requests)
    try:
        while group := list(islice(remaining, GROUP_SIZE)):
            for request in group:
                in_flight.send(request)
            while len(in_flight) > MAX_IN_FLIGHT - GROUP_SIZE:
                yield in_flight.receive()
        while len(in_flight):
            yield in_flight.receive()
    finally:
        in_flight.cancel()


class _InFlight:
    """The requests in flight, oldest first."""

    def __init__(self, pool: ConnectionPool, ends_at: float, max_body_bytes: int) -> None:
        self._pool, self._ends_at, self._max_body_bytes = pool, ends_at, max_body_bytes
        self._sent: deque[tuple[Connection | None, str]] = deque()

    def __len__(self) -> int:
        return len(self._sent)

    def send(self, request: HttpRequest) -> None:
        connection = None
        if time.monotonic() < self._ends_at:
            try:
                connection = self._pool.take_idle() or self._pool.connect()
                connection.send(request)
            except OSError as error:
                self._fail(connection, error)
                connection = None
        self._sent.append((connection, request.method))

    def receive(self) -> HttpResponse | None:
        connection, method = self._sent.popleft()
        if connection is None:
            return None
        timeout_seconds = min(MAX_WAIT_SECONDS, max(MIN_WAIT_SECONDS, self._ends_at - time.monotonic()))
        try:
            response = connection.receive(method, timeout_seconds, self._max_body_bytes)
        except OSError as error:
            self._fail(connection, error)
            return None
        self._pool.release(connection)
        return response

    def cancel(self) -> None:
        for connection, _ in self._sent:
            if connection is not None:
                connection.close()

    def _fail(self, connection: Connection | None, error: OSError) -> None:
        if connection is not None:
            connection.close()
        if isinstance(error, TimeoutError | ProxyError):
            self._ends_at = 0.0
