"""Content of a file that is to be uploaded: its CRC-64/NVME, and its bytes in blocks.

A file is opened by its path and then compared with what the walk found, by device and inode: whatever took its place,
or that of a folder above it, is another file. Opening neither follows a link nor waits for the other end of a FIFO.
"""

import base64
import errno
import hashlib
import os
import struct
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from awscrt import checksums

from foveal.client.folders.walk import NO_FOLLOW, FoundFile

BLOCK_BYTES = 1024 * 1024
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class FileChangedError(Exception):
    """The file is not what it was when the folder was walked."""


class UnreadableFileError(Exception):
    """The file cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file with the CRC-64/NVME of its bytes; `data` holds the bytes of a small file."""

    file: FoundFile
    crc64nvme: int
    data: bytes | None

    @property
    def checksum(self) -> str:
        """Checksum as S3 writes it: eight bytes, base64."""
        return base64.b64encode(struct.pack(">Q", self.crc64nvme)).decode()

    @property
    def place(self) -> str:
        """Path in the folder in Unicode's form C (UAX 15), since some file systems decompose names (macOS)."""
        return unicodedata.normalize("NFC", self.file.relative)

    def key(self, root_name: str) -> str:
        """Idempotency key: the same bytes at the same place are one asset, from whichever machine they come."""
        digest = hashlib.sha256()
        for part in (root_name, self.place, str(self.file.size_bytes), self.checksum):
            digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
        return "u1." + base64.b32encode(digest.digest()[:20]).decode().lower()


def read_content(file: FoundFile, keep_bytes: int) -> Content:
    """Read a file once; keep its bytes if there are at most `keep_bytes`.

    Raises UnreadableFileError, and FileChangedError if it was written to since the walk, or meanwhile.
    """
    with _opened(file) as descriptor:
        data = None
        if 0 < file.size_bytes <= keep_bytes:
            data = _whole(descriptor, file.size_bytes)
            crc, size = checksums.crc64nvme(data), len(data)
        else:
            crc = size = 0
            for block in _blocks(descriptor, file.size_bytes + 1):
                crc = checksums.crc64nvme(block, crc)
                size += len(block)
        if size != file.size_bytes or not file.is_same(os.fstat(descriptor)):
            raise FileChangedError
    return Content(file, crc, data)


def blocks(content: Content, start: int, size_bytes: int) -> Iterator[bytes | memoryview]:
    """Yield a range of the bytes; a block is overwritten by the next one.

    Raises UnreadableFileError, and FileChangedError if another file is in its place or it became shorter.
    """
    if content.data is not None:
        yield content.data if size_bytes == len(content.data) else content.data[start : start + size_bytes]
        return
    with _opened(content.file) as descriptor:
        os.lseek(descriptor, start, os.SEEK_SET)
        for block in _blocks(descriptor, size_bytes):
            size_bytes -= len(block)
            yield block
    if size_bytes:
        raise FileChangedError


@contextmanager
def _opened(file: FoundFile) -> Iterator[int]:
    """Open a file that is still the one of the walk. Raises UnreadableFileError for every OSError in the block."""
    try:
        descriptor = os.open(file.path, _FLAGS | (0 if file.is_followed else NO_FOLLOW))
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link is in its place
            raise FileChangedError from error
        raise UnreadableFileError(error.strerror or str(error)) from error
    try:
        if not file.is_same(os.fstat(descriptor)):
            raise FileChangedError
        yield descriptor
    except OSError as error:
        raise UnreadableFileError(error.strerror or str(error)) from error
    finally:
        os.close(descriptor)


def _whole(descriptor: int, size_bytes: int) -> bytes:
    """Return the bytes up to the end of the file, at most one more than `size_bytes`."""
    data = os.read(descriptor, size_bytes + 1)
    while len(data) < size_bytes and (more := os.read(descriptor, size_bytes + 1 - len(data))):
        data += more
    return data


def _blocks(descriptor: int, size_bytes: int) -> Iterator[memoryview]:
    """Yield at most so many bytes from where the file stands, in one buffer."""
    buffer = memoryview(bytearray(min(BLOCK_BYTES, size_bytes)))
    with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
        while size_bytes and (count := file.readinto(buffer[:size_bytes])):
            size_bytes -= count
            yield buffer[:count]
