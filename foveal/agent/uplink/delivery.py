"""Delivery of one batch: its verdicts on single files, and the reasons that hold up all of them."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from foveal.agent.queue import Item
from foveal.client.folders.content import Content, FileChangedError, UnreadableFileError, read_content
from foveal.client.folders.walk import FoundFile

MAX_KEPT_BYTES = 256 * 1024
"""Smaller files are read once, for the checksum and the upload."""


class HeldUpError(Exception):
    """No file can be sent now, and none is to blame: no line, a login page, or an API that refuses the device."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind, self.reason = kind, reason


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of one file: arrived, refused for good, or to be tried again; `counts` takes a try off its budget."""

    is_done: bool
    is_final: bool
    reason: str | None = None
    asset_id: str | None = None
    counts: bool = True


def arrived(asset_id: str | None) -> Verdict:
    """Return the verdict on a file that is there."""
    return Verdict(True, True, None, asset_id)


def refused(reason: str) -> Verdict:
    """Return the verdict on a file that no further try can help."""
    return Verdict(False, True, reason)


def again(reason: str, *, counts: bool = True) -> Verdict:
    """Return the verdict on a file that is tried again later."""
    return Verdict(False, False, reason, counts=counts)


class Route(Protocol):
    """A way to the bucket."""

    def deliver(self, batch: list[tuple[Item, Path]], tell: Callable[[Item, Verdict], None]) -> None:
        """Send the files of one project and tell a verdict on each. Raises HeldUpError; the rest are then untold."""

    def close(self) -> None:
        """Close the connections."""


def read(item: Item, path: Path) -> Content | Verdict:
    """Return a spooled file with its checksum, or the verdict on one that cannot be read."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            return refused("it is not a regular file")
        name = str(item.document["file_name"])
        size, modified, inode, volume = status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev
        return read_content(FoundFile(name, os.fspath(path), size, modified, inode, volume), MAX_KEPT_BYTES)
    except FileChangedError:
        return again("it is still being written")
    except (OSError, UnreadableFileError) as error:
        return again(f"it cannot be read: {error}")
