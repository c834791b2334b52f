"""Power cuts: records the writes of an agent, and builds each disk that a cut could have left behind.

Model: bytes are durable after fsync of their file, names after fsync of their folder, and a rename, which is atomic,
after fsync of both. What is not durable may be there or not, in any combination; unsynced bytes may be there up to any
sector of 512 bytes. SQLite's commits are atomic and durable (`synchronous=FULL`), as its own tests show ("Atomic Commit
In SQLite"); beside that the database may be lost, damaged or old.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foveal.agent.disk import Disk
from foveal.agent.queue import DATABASE_NAME, Item, Queue

SECTOR_BYTES = 512


@dataclass
class Inode:
    """Bytes of a file: all that were written, and how many of them are durable."""

    data: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    modified_ns: int = 0


@dataclass(frozen=True)
class NameChange:
    """A name that appears (with its inode), moves (with its source) or goes."""

    kind: str
    path: Path
    inode: Inode | None = None
    source: Path | None = None

    @property
    def folders(self) -> set[Path]:
        return {self.path.parent} | ({self.source.parent} if self.source else set())


Operation = tuple[str, Any]


class Recorder(Disk):
    """A disk that does everything, and writes down what it did."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._names: dict[Path, Inode] = {}
        self._open: dict[int, Inode] = {}

    def create(self, path: Path, mode: int = 0o640) -> int:
        descriptor = super().create(path, mode)
        inode = self._open[descriptor] = self._names[path] = Inode()
        self.operations.append(("name", NameChange("add", path, inode)))
        return descriptor

    def write(self, descriptor: int, data: bytes) -> None:
        super().write(descriptor, data)
        self.operations.append(("write", (self._open[descriptor], bytes(data))))

    def sync(self, descriptor: int) -> None:
        self.operations.append(("sync", self._open[descriptor]))

    def close(self, descriptor: int) -> None:
        super().close(descriptor)
        del self._open[descriptor]

    def sync_file(self, path: Path) -> None:
        self.operations.append(("sync", self._names[path]))

    def sync_folder(self, path: Path) -> None:
        self.operations.append(("sync folder", path))

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        self._names[target] = self._names.pop(source)
        self.operations.append(("name", NameChange("move", target, None, source)))

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        if self._names.pop(path, None) is not None:
            self.operations.append(("name", NameChange("remove", path)))

    def produce(self, path: Path, data: bytes, modified_ns: int, *, is_careful: bool) -> None:
        """Write a file as a camera does, which syncs what it writes, or does not."""
        temporary = path.with_name(path.name + ".tmp")
        descriptor = self.create(temporary)
        self.write(descriptor, data)
        if is_careful:
            self.sync(descriptor)
        self.close(descriptor)
        os.utime(temporary, ns=(modified_ns, modified_ns))
        self._names[temporary].modified_ns = modified_ns
        self.rename(temporary, path)
        if is_careful:
            self.sync_folder(path.parent)


class RecordedQueue(Queue):
    """A queue whose commits are operations of `recorder`, which a test sets."""

    recorder: Recorder

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._record()

    def add(self, items: Any) -> None:
        kept: list[Item] = list(items)
        super().add(kept)
        self._record()
        self.recorder.operations += [("acknowledged", item.document["file_name"]) for item in kept]

    def end(self, item: Item, *arguments: Any, **named: Any) -> None:
        super().end(item, *arguments, **named)
        self._record()

    def _record(self) -> None:
        self.recorder.operations.append(("database", self._connection.serialize()))


@dataclass
class Disks:
    """Disks after a number of operations; `build` writes one of them to where the agent had run."""

    root: Path
    names: dict[Path, Inode] = field(default_factory=dict)
    pending: list[tuple[NameChange, set[Path]]] = field(default_factory=list)
    databases: list[bytes] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    calls: list[Operation] = field(default_factory=list)

    def apply(self, operation: Operation) -> None:
        """Take one more operation."""
        match operation:
            case "name", change:
                self.pending.append((change, set(change.folders)))
            case "write", (inode, data):
                inode.data += data
            case "sync", inode:
                inode.durable = bytes(inode.data)
            case "sync folder", folder:
                self._sync(folder)
            case "database", image:
                self.databases.append(image)
            case "acknowledged", name:
                self.acknowledged.append(name)
            case "begin" | "put", _:
                self.calls.append(operation)

    def survivals(self) -> Iterator[list[NameChange]]:
        """Yield sets of the name changes that a cut may have kept: none, all, each alone, all but each."""
        changes = [change for change, _ in self.pending]
        yield changes
        if changes:
            yield []
        if len(changes) > 1:
            for number in range(len(changes)):
                yield [changes[number]]
                yield changes[:number] + changes[number + 1 :]

    def build(self, kept: list[NameChange], database: str, torn_at: int) -> None:
        """Write a disk. `torn_at`: sectors of unsynced bytes that arrived; `database`: kept, lost, old or damaged."""
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in ("inbox", "copied", "state/spool"):
            (self.root / folder).mkdir(parents=True)
        names = dict(self.names)
        for change in kept:
            _change(names, change)
        for path, inode in names.items():
            held = max(len(inode.durable), min(len(inode.data), torn_at * SECTOR_BYTES))
            path.write_bytes(bytes(inode.data[:held]))
            if inode.modified_ns:
                os.utime(path, ns=(inode.modified_ns, inode.modified_ns))
        image = self._image(database)
        if image is not None:
            (self.root / "state" / DATABASE_NAME).write_bytes(image)

    def _image(self, database: str) -> bytes | None:
        if not self.databases or database == "lost":
            return None
        if database == "old":
            return self.databases[max(0, len(self.databases) - 4)]
        image = self.databases[-1]
        return image if database == "kept" else image[: len(image) // 2 // SECTOR_BYTES * SECTOR_BYTES]

    def _sync(self, folder: Path) -> None:
        left = []
        for change, folders in self.pending:
            folders.discard(folder)
            if folders:
                left.append((change, folders))
            else:
                _change(self.names, change)
        self.pending = left


def _change(names: dict[Path, Inode], change: NameChange) -> None:
    if change.kind == "add":
        assert change.inode is not None
        names[change.path] = change.inode
    elif change.kind == "remove":
        names.pop(change.path, None)
    elif change.source in names:
        names[change.path] = names.pop(change.source)
