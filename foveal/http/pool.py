"""Pools of keep-alive connections, one for each AWS endpoint."""

import functools
import os
import ssl
import threading
import time
from typing import Final

from foveal.http.connection import Connection
from foveal.http.protocol import HttpRequest, HttpResponse
from foveal.http.proxy import find_proxy

CONNECT_TIMEOUT_SECONDS: Final = 3.0
READ_TIMEOUT_SECONDS: Final = 20.0
MAX_IDLE_CONNECTIONS: Final = 32
MAX_IDLE_SECONDS: Final = 15.0


class ConnectionPool:
    """Connections to one origin. Each is used by one thread at a time and closed when it was idle for too long."""

    def __init__(self, scheme: str, host: str) -> None:
        self._scheme, self._host = scheme, host
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Connection]] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the response of one attempt. Raises OSError when there is none.

        The server may have closed an idle connection, which only its use shows; the request is then sent once more on
        a new connection.
        """
        idle = self.take_idle()
        if idle is not None:
            try:
                return self._exchange(idle, request)
            except ConnectionError:
                idle.close()
        return self._exchange(self.connect(), request)

    def take_idle(self) -> Connection | None:
        """Return an idle connection, which the caller releases or closes; None when there is none."""
        with self._lock:
            while self._idle:
                since, connection = self._idle.pop()
                if time.monotonic() - since < MAX_IDLE_SECONDS:
                    return connection
                connection.close()
        return None

    def connect(self) -> Connection:
        """Return a new connection, which the caller releases or closes. Raises OSError."""
        return Connection(
            self._host,
            tls=_tls() if self._scheme == "https" else None,
            proxy=find_proxy(self._scheme, self._host),
            connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
            read_timeout_seconds=READ_TIMEOUT_SECONDS,
        )

    def release(self, connection: Connection) -> None:
        """Keep a connection whose last response was read, or close it."""
        if connection.is_reusable:
            with self._lock:
                if len(self._idle) < MAX_IDLE_CONNECTIONS:
                    self._idle.append((time.monotonic(), connection))
                    return
        connection.close()

    def _exchange(self, connection: Connection, request: HttpRequest) -> HttpResponse:
        try:
            connection.send(request)
            response = connection.receive(request.method)
        except BaseException:
            connection.close()
            raise
        self.release(connection)
        return response


@functools.lru_cache(maxsize=16)
def connection_pool(scheme: str, host: str) -> ConnectionPool:
    """Return the pool of an origin, shared by the whole execution environment."""
    return ConnectionPool(scheme, host)


@functools.lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Return a verifying TLS context; `AWS_CA_BUNDLE` names other certificate authorities, as in every AWS SDK."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
