"""One keep-alive HTTP/1.1 connection: socket, TLS, tunnel through a proxy."""

import socket
import ssl
import time
from collections.abc import Callable
from typing import Final

from foveal.http.protocol import HttpRequest, HttpResponse, ResponseParser, encode_request
from foveal.http.proxy import Proxy, ProxyError

PROXY_AUTHENTICATION_REQUIRED: Final = 407
_RECEIVE_BYTES: Final = 128 * 1024


class Connection:
    """An open connection, for one thread at a time. Every method raises OSError when there is no response."""

    def __init__(
        self,
        host: str,
        *,
        tls: ssl.SSLContext | None,
        proxy: Proxy | None = None,
        connect_timeout_seconds: float,
        read_timeout_seconds: float,
    ) -> None:
        name, port = _name_and_port(host, 443 if tls else 80)
        self._host, self._proxy, self._read_timeout_seconds = host, proxy, read_timeout_seconds
        self.is_reusable = True
        self._target_prefix, self._proxy_headers = "", dict[str, str]()
        self._socket = _open_socket(name, port, proxy, connect_timeout_seconds)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if proxy is not None and tls is not None:
                self._open_tunnel(proxy, f"[{name}]:{port}" if ":" in name else f"{name}:{port}")
            elif proxy is not None:
                self._target_prefix, self._proxy_headers = f"http://{host}", proxy.headers
            if tls is not None:
                self._socket = tls.wrap_socket(self._socket, server_hostname=name)
            self._socket.settimeout(read_timeout_seconds)
        except BaseException:
            self._socket.close()
            raise

    def send(self, request: HttpRequest) -> None:
        """Send a request; receive its response before the next one is sent. Raises ValueError, see encode_request."""
        data = encode_request(request, self._host, target_prefix=self._target_prefix, extra_headers=self._proxy_headers)
        self._socket.sendall(data)

    def receive(
        self,
        method: str,
        timeout_seconds: float | None = None,
        max_body_bytes: int | None = None,
        on_body: Callable[[HttpResponse, bytes], None] | None = None,
    ) -> HttpResponse:
        """Return the response to the request that was sent; `is_reusable` tells whether another request may follow.

        `timeout_seconds` limits the time of the whole response; without it only the time between two packets is
        limited. Raises ConnectionError when the server has closed the connection, TimeoutError, and InvalidResponse,
        for a body of more than `max_body_bytes` too.

        `on_body` takes the body as it arrives, piece by piece, each time with the head of the response; the response
        then holds no body. What it raises ends the connection's use.
        """
        ends_at = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        parser = ResponseParser(method, max_body_bytes, streams_body=on_body is not None)
        data = self._receive(ends_at)
        if not data:
            raise ConnectionResetError("closed by the server")
        while True:
            parser.feed(data)
            if on_body is not None and parser.head is not None:
                for piece in parser.take_body():
                    on_body(parser.head, piece)
            if parser.response is not None:
                break
            data = self._receive(ends_at)
        self.is_reusable = parser.is_reusable
        if ends_at is not None:
            self._socket.settimeout(self._read_timeout_seconds)
        if parser.response.status == PROXY_AUTHENTICATION_REQUIRED and self._proxy is not None:
            raise ProxyError(f"the proxy {self._proxy} answered {PROXY_AUTHENTICATION_REQUIRED}")
        return parser.response

    def close(self) -> None:
        self._socket.close()

    def _open_tunnel(self, proxy: Proxy, authority: str) -> None:
        """Have the proxy connect to the server (RFC 9110, section 9.3.6)."""
        self._socket.sendall(encode_request(HttpRequest("CONNECT", authority, proxy.headers), authority))
        parser = ResponseParser("CONNECT")
        try:
            while parser.response is None:
                parser.feed(self._socket.recv(_RECEIVE_BYTES))
        except OSError as error:
            raise ProxyError(f"no answer of the proxy {proxy} to CONNECT: {type(error).__name__}") from None
        if not 200 <= parser.response.status < 300:
            raise ProxyError(f"the proxy {proxy} answered {parser.response.status} to CONNECT")

    def _receive(self, ends_at: float | None) -> bytes:
        """Return at least one byte, or none when the server has closed the connection."""
        if ends_at is not None:
            left = ends_at - time.monotonic()
            if left <= 0:
                raise TimeoutError("the response did not arrive in time")
            self._socket.settimeout(min(left, self._read_timeout_seconds))
        return self._socket.recv(_RECEIVE_BYTES)


def _open_socket(name: str, port: int, proxy: Proxy | None, timeout_seconds: float) -> socket.socket:
    if proxy is None:
        return socket.create_connection((name, port), timeout_seconds)
    try:
        return socket.create_connection((proxy.host, proxy.port), timeout_seconds)
    except OSError as error:
        raise ProxyError(f"no connection to the proxy {proxy}: {type(error).__name__}") from None


def _name_and_port(host: str, default: int) -> tuple[str, int]:
    name, colon, port = host.rpartition(":")
    if not colon or port.endswith("]"):
        return host.strip("[]"), default
    return name.strip("[]"), int(port)
