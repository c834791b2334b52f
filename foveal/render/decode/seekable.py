"""Seekable files over bytes that lie elsewhere, read part by part."""

import io
from abc import abstractmethod
from typing import Any


class SeekableParts(io.RawIOBase):
    """A seekable file of known size whose bytes come from `_part`."""

    def __init__(self, size_bytes: int) -> None:
        self._size, self._position = size_bytes, 0

    @abstractmethod
    def _part(self, end: int) -> bytes:
        """Return some bytes from the position on, at most up to `end`; none at the end of the file."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        end = self._size if size is None or size < 0 else min(self._size, self._position + size)
        parts = []
        while self._position < end:
            part = self._part(end)
            if not part:
                break
            parts.append(part)
            self._position += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
