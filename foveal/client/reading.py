"""Reading bytes over signed URLs: kept-alive connections, and ranges that go on where a connection broke."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from foveal.http.connection import Connection
from foveal.http.pool import ConnectionPool, connection_pool
from foveal.http.protocol import HttpRequest, HttpResponse

DEFAULT_MAX_RESUMES: Final = 5
_TEMPORARY: Final = frozenset({408, 429, 500, 502, 503, 504})


class ReadError(Exception):
    """The bytes cannot be read; `status` is that of the HTTP answer, None if none arrived."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(reason)

    @property
    def is_temporary(self) -> bool:
        """Tell whether the same request may succeed later (no answer, 408, 429, 5xx)."""
        return self.status is None or self.status in _TEMPORARY


class _WriteFailed(Exception):
    """`write` raised an OSError, which must not be taken for one of the connection."""

    def __init__(self, error: OSError) -> None:
        self.error = error
        super().__init__(str(error))


class Reading:
    """One object that is being read: the bytes that have arrived, and the ETag and size of what they belong to.

    `received_bytes` and `etag` of an earlier reading let this one go on after it.
    """

    def __init__(self, url: str, write: Callable[[bytes], object], received_bytes: int = 0, etag: str | None = None):
        self.received_bytes, self.etag = received_bytes, etag
        self.size_bytes: int | None = None
        parts = urlsplit(url)
        self._pool = connection_pool(parts.scheme, parts.netloc)
        self._target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        self._write = write
        self._is_checked = False

    def run(self, max_resumes: int = DEFAULT_MAX_RESUMES) -> None:
        """Write all bytes that are missing, in order.

        A connection that breaks is followed by a request for the remaining range (RFC 9110, 14.2) of the same bytes
        (`If-Range`, 13.1.5). Raises ReadError: an answer that is no success, an object that was replaced meanwhile,
        more than `max_resumes` breaks without a byte between them. What `write` raises is passed on.
        """
        failures = 0
        while self.size_bytes is None or self.received_bytes < self.size_bytes:
            before = self.received_bytes
            try:
                self._exchange()
            except _WriteFailed as failed:
                raise failed.error from None
            except OSError as error:
                failures = 1 if self.received_bytes > before else failures + 1
                if failures > max_resumes:
                    reason = str(error) or type(error).__name__
                    raise ReadError(f"the connection broke {failures} times: {reason}") from error
            else:
                return

    def _exchange(self) -> None:
        """Send one request and write the bytes of its answer. A connection that was idle may have been closed."""
        before = self.received_bytes
        while (idle := self._pool.take_idle()) is not None:
            try:
                self._receive(self._pool, idle)
            except ConnectionError:
                if self.received_bytes > before:
                    raise
            else:
                return
        self._receive(self._pool, self._pool.connect())

    def _receive(self, pool: ConnectionPool, connection: Connection) -> None:
        self._is_checked = False
        try:
            connection.send(HttpRequest("GET", self._target, self._headers()))
            head = connection.receive("GET", on_body=self._take)
        except BaseException:
            connection.close()
            raise
        if not self._is_checked:
            self._check(head)
        pool.release(connection)

    def _headers(self) -> dict[str, str]:
        if not self.received_bytes:
            return {}
        condition = {"If-Range": self.etag} if self.etag else {}
        return {"Range": f"bytes={self.received_bytes}-", **condition}

    def _take(self, head: HttpResponse, piece: bytes) -> None:
        if not self._is_checked:
            self._check(head)
        try:
            self._write(piece)
        except OSError as error:
            raise _WriteFailed(error) from error
        self.received_bytes += len(piece)

    def _check(self, head: HttpResponse) -> None:
        """Check an answer's head against what has arrived. Raises ReadError."""
        if head.status not in (200, 206):
            raise ReadError(f"HTTP {head.status}", head.status)
        etag, length = head.headers.get("etag"), head.headers.get("content-length", "")
        if self.received_bytes:
            if head.status != 206 or (self.etag and etag and etag != self.etag):
                raise ReadError("the object was replaced while it was read", 412)
            unit, _, size = head.headers.get("content-range", "").rpartition("/")
            if not unit.startswith(f"bytes {self.received_bytes}-"):
                raise ReadError(f"the answer is another range: {unit or 'none'}", 416)
            self.size_bytes = int(size) if size.isascii() and size.isdigit() else None
        elif length.isascii() and length.isdigit():
            self.size_bytes = int(length)
        self.etag = self.etag or etag
        self._is_checked = True


def read(url: str) -> bytes:
    """Return all bytes of an object. Raises ReadError."""
    pieces: list[bytes] = []
    Reading(url, pieces.append).run()
    return b"".join(pieces)
