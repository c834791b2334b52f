"""One keep-alive HTTP/1.1 connection: socket and TLS."""

import socket
import ssl
import time
from typing import Final

from foveal.aws.http.protocol import HttpRequest, HttpResponse, ResponseParser, encode_request

_RECEIVE_BYTES: Final = 128 * 1024


class Connection:
    """An open connection, for one thread at a time. Every method raises OSError when there is no response."""

    def __init__(
        self,
        host: str,
        *,
        tls: ssl.SSLContext | None,
        connect_timeout_seconds: float,
        read_timeout_seconds: float,
    ) -> None:
        name, port = _name_and_port(host, 443 if tls else 80)
        self._host, self._read_timeout_seconds = host, read_timeout_seconds
        self.is_reusable = True
        self._socket = socket.create_connection((name, port), connect_timeout_seconds)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                self._socket = tls.wrap_socket(self._socket, server_hostname=name)
            self._socket.settimeout(read_timeout_seconds)
        except BaseException:
            self._socket.close()
            raise

    def send(self, request: HttpRequest) -> None:
        """Send a request; receive its response before the next one is sent. Raises ValueError, see encode_request."""
        self._socket.sendall(encode_request(request, self._host))

    def receive(
        self, method: str, timeout_seconds: float | None = None, max_body_bytes: int | None = None
    ) -> HttpResponse:
        """Return the response to the request that was sent; `is_reusable` tells whether another request may follow.

        `timeout_seconds` limits the time of the whole response; without it only the time between two packets is
        limited. Raises ConnectionError when the server has closed the connection, TimeoutError, and InvalidResponse,
        for a body of more than `max_body_bytes` too.
        """
        ends_at = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        parser = ResponseParser(method, max_body_bytes)
        data = self._receive(ends_at)
        if not data:
            raise ConnectionResetError("closed by the server")
        parser.feed(data)
        while parser.response is None:
            parser.feed(self._receive(ends_at))
        self.is_reusable = parser.is_reusable
        if ends_at is not None:
            self._socket.settimeout(self._read_timeout_seconds)
        return parser.response

    def close(self) -> None:
        self._socket.close()

    def _receive(self, ends_at: float | None) -> bytes:
        """Return at least one byte, or none when the server has closed the connection."""
        if ends_at is not None:
            left = ends_at - time.monotonic()
            if left <= 0:
                raise TimeoutError("the response did not arrive in time")
            self._socket.settimeout(min(left, self._read_timeout_seconds))
        return self._socket.recv(_RECEIVE_BYTES)


def _name_and_port(host: str, default: int) -> tuple[str, int]:
    name, colon, port = host.rpartition(":")
    if not colon or port.endswith("]"):
        return host.strip("[]"), default
    return name.strip("[]"), int(port)
