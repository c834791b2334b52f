"""One keep-alive HTTP/1.1 connection (RFC 9112), as far as AWS and a client of it need.

`http.client` reads the headers of an answer with the parser for e-mail: two thirds of the CPU time of a small request,
and the largest import of a function that makes one (bench/ingest.py measures both).
"""

import re
import socket
import ssl
from collections.abc import Mapping
from io import BufferedReader
from typing import Final, NamedTuple, cast

_BUFFER_BYTES: Final = 128 * 1024
_MAX_LINE_BYTES: Final = 64 * 1024
_MAX_HEADERS: Final = 200
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f]")


class BadAnswer(OSError):
    """What came is not an HTTP answer, or ended before its length."""


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
        self._host = host
        self.is_reusable = True
        self._socket = socket.create_connection((name, port), connect_timeout_seconds)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                self._socket = tls.wrap_socket(self._socket, server_hostname=name)
            self._socket.settimeout(read_timeout_seconds)
            self._reader = cast("BufferedReader", self._socket.makefile("rb", buffering=_BUFFER_BYTES))
        except BaseException:
            self._socket.close()
            raise

    def exchange(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return its answer. Afterwards `is_reusable` tells whether another one may follow.

        Raises ConnectionError when the other side has closed the connection, BadAnswer, TimeoutError; ValueError for a
        request that cannot be sent as one.
        """
        self._socket.sendall(self._head(request) + request.body)
        status, version, headers = self._read_head()
        while 100 <= status < 200:
            status, version, headers = self._read_head()
        self.is_reusable = version == b"HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return HttpResponse(status, headers, self._read_body(request.method, status, headers))

    def close(self) -> None:
        self._reader.close()
        self._socket.close()

    def _head(self, request: HttpRequest) -> bytes:
        lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {self._host}", "Accept-Encoding: identity"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        if request.body or request.method in ("PUT", "POST"):
            lines.append(f"Content-Length: {len(request.body)}")
        if any(_UNSAFE.search(line) for line in lines) or " " in request.target:
            raise ValueError("a control character or space in the request line or a header")
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1")

    def _read_head(self) -> tuple[int, bytes, dict[str, str]]:
        start = self._read_line()
        if not start:
            raise ConnectionResetError("closed by the other side")
        version, _, rest = start.partition(b" ")
        if version not in (b"HTTP/1.1", b"HTTP/1.0") or not rest[:3].isdigit():
            raise BadAnswer("no HTTP answer")
        headers: dict[str, str] = {}
        while (line := self._read_line()) not in (b"\r\n", b"\n"):
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or len(headers) == _MAX_HEADERS:
                raise BadAnswer("a header without a name, or too many")
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
        return self._reader.read()

    def _read_chunks(self) -> bytes:
        chunks = []
        while length := _length(self._read_line().split(b";")[0].decode("latin-1"), 16):
            chunks.append(self._read_exactly(length))
            self._read_line()
        while (trailer := self._read_line()) not in (b"\r\n", b"\n"):
            if not trailer:
                raise BadAnswer("the answer ended early")
        return b"".join(chunks)

    def _read_exactly(self, length: int) -> bytes:
        data = self._reader.read(length)
        if len(data) != length:
            raise BadAnswer("the answer ended early")
        return data

    def _read_line(self) -> bytes:
        """Return a line with its end; nothing only where the connection was closed before any of it."""
        line = self._reader.readline(_MAX_LINE_BYTES)
        if line and not line.endswith(b"\n"):
            raise BadAnswer("a line without end")
        return line


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
