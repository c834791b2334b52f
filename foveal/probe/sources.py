"""Range sources: memory, a local file, an HTTPS address. An S3 source follows the same protocol."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from http.client import HTTPConnection

    from foveal.probe.window import RangeSource


class SourceError(Exception):
    """The object could not be read; no statement about its bytes.

    `reason` is `not_found`, `access_denied`, `not_a_file` or `unreachable`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class MemorySource:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


class FileSource:
    """A local regular file. Raises SourceError if it cannot be opened or is not a regular file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        import stat

        try:
            # A named pipe would block for ever: open it without waiting, then refuse what is no file.
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            raise SourceError("not_found", "no such file") from None
        except PermissionError:
            raise SourceError("access_denied", "permission denied") from None
        except (OSError, ValueError) as error:
            raise SourceError("unreachable", getattr(error, "strerror", None) or str(error)) from None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise SourceError("not_a_file", "not a regular file")
        self._file: BinaryIO = os.fdopen(descriptor, "rb", buffering=0)
        self.size = status.st_size

    def read(self, offset: int, length: int) -> bytes:
        parts = []
        self._file.seek(offset)
        while length > 0:
            try:
                part = self._file.read(length)
            except OSError as error:
                raise SourceError("unreachable", error.strerror or str(error)) from None
            if not part:
                break
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        self._file.close()


class HttpsSource:
    """An object at an `https://` (or, where allowed, `http://`) address, read by Range requests.

    One connection is kept alive. At most `max_redirects` redirects are followed, to the same scheme
    only. A server that ignores Range is read as far as the range reaches and no further.
    """

    def __init__(
        self, url: str, *, timeout_seconds: float = 20.0, max_redirects: int = 3, allow_http: bool = False
    ) -> None:
        self._schemes = ("https", "http") if allow_http else ("https",)
        self._timeout_seconds = timeout_seconds
        self._redirects_left = max_redirects
        self._connection: HTTPConnection | None = None
        self._point_at(url)
        self.size = -1

    def read(self, offset: int, length: int) -> bytes:
        from http.client import HTTPException

        try:
            return self._read(offset, length)
        except (OSError, HTTPException, ValueError) as error:
            raise SourceError("unreachable", type(error).__name__) from None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _point_at(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            parts.port  # noqa: B018  a port that is no number raises here
        except ValueError:
            raise SourceError("unreachable", "not an address") from None
        if parts.scheme not in self._schemes or not parts.hostname:
            raise SourceError("unreachable", f"only {' and '.join(self._schemes)} addresses are read")
        self._parts = parts
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _connect(self) -> HTTPConnection:
        from http.client import HTTPConnection, HTTPSConnection

        if self._connection is None:
            kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
            assert self._parts.hostname is not None
            self._connection = kind(self._parts.hostname, self._parts.port, timeout=self._timeout_seconds)
        return self._connection

    def _read(self, offset: int, length: int) -> bytes:
        from urllib.parse import urljoin

        while True:
            connection = self._connect()
            range_header = f"bytes={offset}-{offset + length - 1}"
            connection.request("GET", self._target, headers={"Range": range_header, "Accept-Encoding": "identity"})
            reply = connection.getresponse()
            if reply.status in (301, 302, 303, 307, 308) and self._redirects_left > 0:
                self._redirects_left -= 1
                location = reply.getheader("Location", "")
                self.close()
                self._connection = None
                self._point_at(urljoin(self._parts.geturl(), location))
                continue
            break
        if reply.status == 206:
            total = (reply.getheader("Content-Range") or "").rpartition("/")[2]
            self.size = int(total) if total.isdecimal() else self.size
            return reply.read(length)
        if reply.status == 200:
            self.size = int(reply.getheader("Content-Length") or -1)
            skipped = 0
            while skipped < offset and (part := reply.read(min(1 << 16, offset - skipped))):
                skipped += len(part)
            data = reply.read(length)
            self.close()
            self._connection = None
            return data
        if reply.status == 416:
            self.size = 0 if offset == 0 else self.size
            reply.read(1 << 16)
            return b""
        self.close()
        self._connection = None
        reasons = {401: "access_denied", 403: "access_denied", 404: "not_found", 410: "not_found"}
        raise SourceError(reasons.get(reply.status, "unreachable"), f"HTTP status {reply.status}")


class CountedSource:
    """Forwards reads and counts requests and bytes."""

    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self.size = source.size
        self.requests = 0
        self.bytes_read = 0

    def read(self, offset: int, length: int) -> bytes:
        self.requests += 1
        data = self._source.read(offset, length)
        self.bytes_read += len(data)
        self.size = self._source.size
        return data
