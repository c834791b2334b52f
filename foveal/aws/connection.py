"""One keep-alive HTTP/1.1 connection (RFC 9112), as far as AWS and a client of it need.

`http.client` reads the headers of an answer with the parser for e-mail: two thirds of the CPU time of a small request,
and the largest import of a function that makes one (`bench.ingest` measures both).
"""

import re
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Final, NamedTuple

_RECEIVE_BYTES: Final = 128 * 1024
_MAX_HEAD_BYTES: Final = 64 * 1024
_MAX_HEADERS: Final = 200
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f]")


class BadAnswer(OSError):
    """What came is not an HTTP answer, ended before its length, or is longer than it may be."""


class HttpRequest(NamedTuple):
    """One signed request; `target` is the path and query exactly as they were signed."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


class HttpResponse(NamedTuple):
    """A whole answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Connected when made; used by one thread at a time. Every method raises OSError when there is no answer."""

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
        self._rest = b""
        self._ends_at: float | None = None
        self._at_most_bytes: int | None = None
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

    def exchange(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return its answer. Afterwards `is_reusable` tells whether another one may follow.

        Raises ConnectionError when the other side has closed the connection, BadAnswer, TimeoutError; ValueError for a
        request that cannot be sent as one.
        """
        self.send(request)
        return self.receive(request.method)

    def send(self, request: HttpRequest) -> None:
        """Send a request; its answer is to be received before the next one is sent."""
        self._socket.sendall(self._head(request) + request.body)

    def receive(
        self, method: str, within_seconds: float | None = None, at_most_bytes: int | None = None
    ) -> HttpResponse:
        """Return the answer to a request that was sent.

        `within_seconds` bounds the wait for all of it; without, only silence ends the wait. Raises BadAnswer, with
        nothing of the body read, for one longer than `at_most_bytes`.
        """
        self._ends_at = None if within_seconds is None else time.monotonic() + within_seconds
        self._at_most_bytes = at_most_bytes
        status, version, headers = self._read_head()
        while 100 <= status < 200:
            status, version, headers = self._read_head()
        self.is_reusable = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        body = self._read_body(method, status, headers)
        self.is_reusable = self.is_reusable and not self._rest
        if within_seconds is not None:
            self._socket.settimeout(self._read_timeout_seconds)
        return HttpResponse(status, headers, body)

    def close(self) -> None:
        self._socket.close()

    def _head(self, request: HttpRequest) -> bytes:
        lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {self._host}", "Accept-Encoding: identity"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        if request.body or request.method in ("PUT", "POST"):
            lines.append(f"Content-Length: {len(request.body)}")
        if _UNSAFE.search("".join(lines)) or " " in request.target:
            raise ValueError("a control character or space in the request line or a header")
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1")

    def _read_head(self) -> tuple[int, str, dict[str, str]]:
        data = self._rest or self._receive()
        if not data:
            raise ConnectionResetError("closed by the other side")
        while (end := data.find(b"\r\n\r\n", 0, _MAX_HEAD_BYTES)) < 0:
            more = self._receive()
            if not more or len(data) >= _MAX_HEAD_BYTES:
                raise BadAnswer("no HTTP answer, or headers without end")
            data += more
        self._rest = data[end + 4 :]
        start, *lines = data[:end].decode("latin-1").split("\r\n")
        version, _, rest = start.partition(" ")
        if version not in ("HTTP/1.1", "HTTP/1.0") or not rest[:3].isdigit() or len(lines) > _MAX_HEADERS:
            raise BadAnswer("no HTTP answer, or too many headers")
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise BadAnswer("a header without a name")
            headers[name.lower()] = value.strip()
        return int(rest[:3]), version, headers

    def _read_body(self, method: str, status: int, headers: Mapping[str, str]) -> bytes:
        if method == "HEAD" or status in (204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        if "content-length" in headers:
            return self._read_exactly(_length(headers["content-length"], 10))
        self.is_reusable = False
        return self._read_to_the_end()

    def _read_chunks(self) -> bytes:
        chunks = []
        while length := _length(self._read_line().split(b";")[0].decode("latin-1"), 16):
            chunks.append(self._read_exactly(length))
            self._read_line()
        while self._read_line():
            pass  # a trailer
        return b"".join(chunks)

    def _read_exactly(self, length: int) -> bytes:
        self._count(length)
        parts, missing = [self._rest], length - len(self._rest)
        while missing > 0:
            part = self._receive()
            if not part:
                raise BadAnswer("the answer ended early")
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts)
        self._rest = data[length:]
        return data[:length]

    def _read_to_the_end(self) -> bytes:
        parts = [self._rest]
        while parts[-1] or len(parts) == 1:
            self._count(len(parts[-1]))
            parts.append(self._receive())
        self._rest = b""
        return b"".join(parts)

    def _read_line(self) -> bytes:
        """Return a line without its end."""
        while (end := self._rest.find(b"\n")) < 0:
            more = self._receive()
            if not more or len(self._rest) > _MAX_HEAD_BYTES:
                raise BadAnswer("a line without end")
            self._rest += more
        line, self._rest = self._rest[:end], self._rest[end + 1 :]
        return line.rstrip(b"\r")

    def _count(self, length: int) -> None:
        if self._at_most_bytes is not None:
            self._at_most_bytes -= length
            if self._at_most_bytes < 0:
                raise BadAnswer("a longer answer than was asked for")

    def _receive(self) -> bytes:
        """Return what has come, at least a byte; nothing where the other side has closed."""
        if self._ends_at is not None:
            left = self._ends_at - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer did not come in time")
            self._socket.settimeout(min(left, self._read_timeout_seconds))
        return self._socket.recv(_RECEIVE_BYTES)


def _length(text: str, base: int) -> int:
    try:
        length = int(text, base)
    except ValueError:
        raise BadAnswer("a length that is no number") from None
    if length < 0:
        raise BadAnswer("a negative length")
    return length


def _name_and_port(host: str, default: int) -> tuple[str, int]:
    name, colon, port = host.rpartition(":")
    if not colon or port.endswith("]"):
        return host.strip("[]"), default
    return name.strip("[]"), int(port)
