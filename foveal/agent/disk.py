"""Disk: the writes of the agent beside those of SQLite, with the calls that make them durable.

A file is durable after fsync of the file and of the folder that names it (man 2 fsync); a rename is atomic, and durable
after fsync of both folders. After a failed fsync the bytes count as lost and are written anew ("PostgreSQL's fsync
surprise", LWN 2018). A test records and replays these methods.
"""

import os
from pathlib import Path

BLOCK_BYTES = 1024 * 1024
TEMPORARY_SUFFIX = ".tmp"


class Disk:
    """Writes to the file system; each method raises OSError."""

    def make_folder(self, path: Path) -> None:
        """Make a folder with its parents, and make its name durable."""
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            self.sync_folder(path.parent)

    def create(self, path: Path, mode: int = 0o640) -> int:
        """Open a new or emptied file for writing and return its descriptor."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)

    def write(self, descriptor: int, data: bytes) -> None:
        """Write all bytes."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def sync(self, descriptor: int) -> None:
        """Make the bytes of an open file durable."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Close a descriptor."""
        os.close(descriptor)

    def sync_file(self, path: Path) -> None:
        """Make the bytes of a file durable that another program has written."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file another name, in place of a file that has it; durable after `sync_folder` of both folders."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Remove a file, if it is there; durable after `sync_folder`."""
        path.unlink(missing_ok=True)

    def write_file(self, path: Path, data: bytes) -> None:
        """Write a whole file under its name, or not at all; the name is durable after `sync_folder`."""
        temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
        descriptor = self.create(temporary)
        try:
            self.write(descriptor, data)
            self.sync(descriptor)
        finally:
            self.close(descriptor)
        self.rename(temporary, path)

    def copy_file(self, source: Path, target: Path) -> int:
        """Copy a file of another file system and return its size; the name is durable after `sync_folder`."""
        temporary, size = target.with_name(target.name + TEMPORARY_SUFFIX), 0
        descriptor = self.create(temporary)
        try:
            with source.open("rb", buffering=0) as opened:
                while block := opened.read(BLOCK_BYTES):
                    self.write(descriptor, block)
                    size += len(block)
            self.sync(descriptor)
        except BaseException:
            self.close(descriptor)
            self.unlink(temporary)
            raise
        self.close(descriptor)
        self.rename(temporary, target)
        return size

    def reserve(self, path: Path, size_bytes: int) -> None:
        """Make a file that holds space for later (posix_fallocate)."""
        descriptor = self.create(path)
        try:
            os.posix_fallocate(descriptor, 0, size_bytes)
        finally:
            self.close(descriptor)
