"""Content of a file that is to be uploaded: its CRC-64/NVME, and its bytes in blocks."""

import base64
import hashlib
import os
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from awscrt import checksums

from foveal.client.folders.walk import FoundFile

BLOCK_BYTES = 1024 * 1024


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

    def key(self, root_name: str) -> str:
        """Idempotency key: the same bytes at the same place are one asset, from whichever machine they come.

        Paths are compared in Unicode's form C, since file systems decompose names (macOS).
        """
        place = unicodedata.normalize("NFC", self.file.relative)
        digest = hashlib.sha256()
        for part in (root_name, place, str(self.file.size_bytes), self.checksum):
            digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
        return "u1." + base64.b32encode(digest.digest()[:20]).decode().lower()


def read_content(file: FoundFile, keep_bytes: int) -> Content:
    """Read a file once; keep its bytes if there are at most `keep_bytes`.

    Raises UnreadableFileError, and FileChangedError if it was written to since the walk, or meanwhile.
    """
    crc, size = 0, 0
    kept: list[bytes] | None = [] if 0 < file.size_bytes <= keep_bytes else None
    try:
        with Path(file.path).open("rb", buffering=0) as opened:
            while block := opened.read(BLOCK_BYTES):
                crc = checksums.crc64nvme(block, crc)
                size += len(block)
                if kept is not None:
                    kept.append(block)
            status = os.fstat(opened.fileno())
    except OSError as error:
        raise UnreadableFileError(error.strerror or str(error)) from error
    if (size, status.st_size, status.st_mtime_ns) != (file.size_bytes, file.size_bytes, file.modified_ns):
        raise FileChangedError
    if file.inode not in (0, status.st_ino):  # another file in its place, or a link; Windows lists no inodes
        raise FileChangedError
    return Content(file, crc, b"".join(kept) if kept is not None else None)


def blocks(content: Content, start: int, size_bytes: int) -> Iterator[bytes]:
    """Yield a range of the bytes. Raises UnreadableFileError, and FileChangedError if the file became shorter."""
    if content.data is not None:
        yield content.data[start : start + size_bytes]
        return
    try:
        opened = Path(content.file.path).open("rb", buffering=0)  # noqa: SIM115  the errors of opening alone
        opened.seek(start)
    except OSError as error:
        raise UnreadableFileError(error.strerror or str(error)) from error
    with opened:
        while size_bytes:
            try:
                block = opened.read(min(BLOCK_BYTES, size_bytes))
            except OSError as error:
                raise UnreadableFileError(error.strerror or str(error)) from error
            if not block:
                raise FileChangedError
            size_bytes -= len(block)
            yield block
