"""Keep-alive connections to AWS, and the one way in which a call is retried."""

import functools
import os
import random
import ssl
import threading
import time
from collections.abc import Callable
from typing import Final

from foveal.aws.connection import Connection, HttpRequest, HttpResponse
from foveal.aws.errors import THROTTLING_CODES, TRANSIENT_CODES, Throttled, Unreachable

__all__ = ["Host", "HttpRequest", "HttpResponse", "host", "send_with_retries"]

CONNECT_TIMEOUT_SECONDS: Final = 3.0
READ_TIMEOUT_SECONDS: Final = 20.0
MAX_ATTEMPTS: Final = 4
MAX_BACK_OFF_SECONDS: Final = 2.0
MAX_IDLE_CONNECTIONS: Final = 32
MAX_IDLE_SECONDS: Final = 15.0


class Host:
    """Connections to one origin: borrowed by one thread at a time, closed when idle for too long."""

    def __init__(self, scheme: str, host: str) -> None:
        self._scheme, self._host = scheme, host
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Connection]] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the answer of one attempt. Raises OSError when there is none.

        A kept connection may have been closed by the other side; that is found out only by using it, so the request
        is sent once more on a new one.
        """
        kept = self.kept()
        if kept is not None:
            try:
                return self._exchange(kept, request)
            except ConnectionError:
                kept.close()
        return self._exchange(self.connect(), request)

    def kept(self) -> Connection | None:
        """Return a kept connection, the caller's until it is given back or closed; None where there is none."""
        with self._lock:
            while self._idle:
                since, connection = self._idle.pop()
                if time.monotonic() - since < MAX_IDLE_SECONDS:
                    return connection
                connection.close()
        return None

    def connect(self) -> Connection:
        """Return a new connection. Raises OSError."""
        return Connection(
            self._host,
            tls=_tls() if self._scheme == "https" else None,
            connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
            read_timeout_seconds=READ_TIMEOUT_SECONDS,
        )

    def give_back(self, connection: Connection) -> None:
        """Keep a connection whose last answer was read, or close it."""
        if connection.is_reusable:
            with self._lock:
                if len(self._idle) < MAX_IDLE_CONNECTIONS:
                    self._idle.append((time.monotonic(), connection))
                    return
        connection.close()

    def _exchange(self, connection: Connection, request: HttpRequest) -> HttpResponse:
        try:
            answer = connection.exchange(request)
        except BaseException:
            connection.close()
            raise
        self.give_back(connection)
        return answer


@functools.lru_cache(maxsize=16)
def host(scheme: str, name: str) -> Host:
    """Return the connections to an origin, shared by the whole execution environment."""
    return Host(scheme, name)


def send_with_retries(
    operation: str,
    to: Host,
    sign: Callable[[], HttpRequest],
    error_code: Callable[[HttpResponse], str],
    sleep: Callable[[float], None] = time.sleep,
) -> HttpResponse:
    """Return the answer, after up to four attempts with full-jitter back-off on faults that may pass.

    Each attempt is signed anew. Raises Unreachable when the last one got no answer, Throttled when it was throttled;
    any other answer, also an error, is the caller's to read.
    """
    for attempt in range(1, MAX_ATTEMPTS + 1):
        is_last = attempt == MAX_ATTEMPTS
        try:
            response = to.send(sign())
        except OSError as error:
            if is_last:
                raise Unreachable(operation, type(error).__name__) from None
        else:
            code = error_code(response)
            if response.status < 500 and response.status != 429 and code not in TRANSIENT_CODES:
                return response
            if is_last:
                if code in THROTTLING_CODES or response.status == 429:
                    raise Throttled(operation, code, response.status)
                return response
        sleep(random.uniform(0, min(MAX_BACK_OFF_SECONDS, 0.1 * 2**attempt)))  # noqa: S311 - jitter, not a secret
    raise AssertionError("the last attempt returns or raises")


@functools.lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Return a context that verifies; `AWS_CA_BUNDLE` names an operator's own authorities, as in every AWS SDK."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
