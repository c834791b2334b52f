"""HTTP/1.1 messages as bytes (RFC 9112), without sockets. Responses are parsed by httptools (llhttp of Node.js)."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_HEADERS: Final = 200
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f]")
_NOTHING: Final[Mapping[str, str]] = {}


class InvalidResponse(OSError):
    """Bytes that are no HTTP/1.1 response, a response that ends early, or one that is longer than allowed."""


class HttpRequest(NamedTuple):
    """A signed request; `target` is the path and query exactly as they were signed."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


class HttpResponse(NamedTuple):
    """A complete response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def encode_request(
    request: HttpRequest, host: str, *, target_prefix: str = "", extra_headers: Mapping[str, str] = _NOTHING
) -> bytes:
    """Return the bytes of a request to a host.

    `target_prefix` makes the target absolute, as a proxy needs it. Raises ValueError for a request that would be read
    as another one: control characters in the request line or a header, a space in the target.
    """
    lines = [
        f"{request.method} {target_prefix}{request.target} HTTP/1.1",
        f"Host: {host}",
        "Accept-Encoding: identity",
        *[f"{name}: {value}" for name, value in request.headers.items()],
        *[f"{name}: {value}" for name, value in extra_headers.items()],
    ]
    if request.body or request.method in ("PUT", "POST"):
        lines.append(f"Content-Length: {len(request.body)}")
    if _UNSAFE.search("".join(lines)) or " " in request.target:
        raise ValueError("a control character or space in the request line or a header")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + request.body


class ResponseParser:
    """Parser of one response, to be fed with bytes until `response` is there.

    With `streams_body` the body is handed out by `take_body`, and the response holds none.

    Raises InvalidResponse for a body of more than `max_body_bytes`, for more than 64 KiB of headers, and for more than
    200 of them.
    """

    def __init__(self, method: str, max_body_bytes: int | None = None, *, streams_body: bool = False) -> None:
        self.response: HttpResponse | None = None
        self.is_reusable = False
        """True when another request may follow on the same connection; valid with the response."""
        self._has_no_body = method in ("HEAD", "CONNECT")
        self._max_body_bytes, self._streams_body = max_body_bytes, streams_body
        self._is_head_complete = self._is_complete = self._has_surplus = False
        self._head_bytes = self._body_bytes = 0
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._status = 0
        self._parser = HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Parse what was received; no bytes stand for the end of the connection. Raises InvalidResponse."""
        if not data:
            self._end()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if not self._is_complete:  # after it, the error is in the surplus
                raise InvalidResponse("no HTTP response") from None
        self._check_limits(len(data))
        if self._is_complete:
            self._finish()

    def take_body(self) -> list[bytes]:
        """Return the pieces of a streamed body that have arrived since the last call."""
        pieces, self._body = self._body, []
        return pieces

    @property
    def head(self) -> HttpResponse | None:
        """The response without its body, once all of its headers are there."""
        return HttpResponse(self._status, self._headers, b"") if self._is_head_complete else None

    def on_message_begin(self) -> None:
        self._has_surplus = self._is_complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_head_complete:  # after it come trailers
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        if self._is_complete:
            return
        self._is_head_complete = True
        self._status = self._parser.get_status_code()
        self.is_reusable = self._parser.should_keep_alive()  # afterwards the parser no longer knows
        self._is_complete = self._has_no_body and self._status >= 200  # the parser does not know the method

    def on_body(self, data: bytes) -> None:
        if not self._is_complete:
            self._body.append(data)
            self._body_bytes += len(data)

    def on_message_complete(self) -> None:
        if self._is_complete:
            return
        if self._status < 200:  # an interim response; the final one follows
            self._is_head_complete = False
            self._headers = {}
        else:
            self._is_complete = True

    def _check_limits(self, received_bytes: int) -> None:
        if not self._is_head_complete:
            self._head_bytes += received_bytes
        if self._head_bytes > MAX_HEAD_BYTES or len(self._headers) > MAX_HEADERS:
            raise InvalidResponse("too many headers")
        if self._max_body_bytes is not None and not self._has_no_body:
            declared = self._headers.get("content-length", "") if self._is_head_complete else ""
            if max(self._body_bytes, int(declared) if declared.isdigit() else 0) > self._max_body_bytes:
                raise InvalidResponse("a longer response than allowed")

    def _end(self) -> None:
        """Complete a response whose body lasts until the connection ends."""
        is_delimited = "content-length" in self._headers or "transfer-encoding" in self._headers
        if not self._is_head_complete or is_delimited:
            raise InvalidResponse("the response ended early")
        self.is_reusable = False
        self._finish()

    def _finish(self) -> None:
        del self._parser  # a reference cycle, which would keep the body until the next garbage collection
        self.is_reusable = self.is_reusable and not self._has_surplus
        self.response = HttpResponse(self._status, self._headers, b"" if self._streams_body else b"".join(self._body))
