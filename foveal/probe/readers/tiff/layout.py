"""Layout of TIFF and BigTIFF files: byte order, directories, and reads that stay within the plan."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from foveal.probe.containers.ifd import Directory
from foveal.probe.errors import ProbeError, Reason, malformed, truncated
from foveal.probe.window import Window

MAX_CHAIN_ENTRIES = 200_000
_TABLE_BYTES = 4096
_MAX_CHILDREN = 16
SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
DESCRIPTION, STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES = 270, 273, 274, 277, 278, 279
X_RESOLUTION, PLANAR, RESOLUTION_UNIT = 282, 284, 296
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 322, 323, 324, 325
SUB_DIRECTORIES, EXTRA_SAMPLES, JPEG_OFFSET, JPEG_BYTES, PROFILE = 330, 338, 513, 514, 34675
EXIF, DNG = 0x8769, 50706
REDUCED, MASK = 1, 4
"""Bits of the subfile type."""


@dataclass(frozen=True, slots=True)
class Tiff:
    """An opened file: its window, byte order (`<` or `>`), and whether it is a BigTIFF."""

    window: Window
    order: str
    big: bool
    first: int
    """Offset of the first directory."""

    @classmethod
    def open(cls, window: Window) -> Tiff:
        """Read the header of TIFF, BigTIFF, or of the raw formats that differ from TIFF in their magic number alone."""
        head = window.read(0, 8)
        order = "<" if head[:2] == b"II" else ">"
        if head[2:4] not in (b"+\0", b"\0+"):
            return cls(window, order, False, struct.unpack_from(order + "I", head, 4)[0])
        if head[4:8] != (b"\x08\0\0\0" if order == "<" else b"\0\x08\0\0"):
            raise malformed("an invalid BigTIFF header")
        return cls(window, order, True, struct.unpack(order + "Q", window.read(8, 8))[0])

    def directory(self, offset: int) -> Directory:
        """Return the directory at an offset. Raises ProbeError: `truncated` or `malformed` for one outside."""
        if not 8 <= offset < self.window.size:
            raise (truncated if offset >= self.window.size else malformed)(f"a directory at {offset}")
        self.window.upto(offset, _TABLE_BYTES)  # the table is worth a request of its own, single values are not
        return Directory(self.read, self.order, offset, big=self.big)

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes within the plan; none for those that would need an unplanned request."""
        return self.window.upto(offset, length) if self.window.can_plan(offset, length) else b""

    def children(self, directory: Directory) -> Iterator[Directory]:
        """Yield the sub-directories within the plan."""
        for offset in directory.numbers(SUB_DIRECTORIES)[:_MAX_CHILDREN]:
            if self.window.can_plan(offset, _TABLE_BYTES):
                yield self.directory(offset)

    def following(self, directory: Directory) -> Iterator[Directory | None]:
        """Yield the directories of the chain after `directory`; lastly None if the chain leaves the plan."""
        seen = {self.first}
        entries = directory.count
        while offset := directory.next_offset():
            is_known = offset in seen or not 8 <= offset < self.window.size
            if is_known or not self.window.can_plan(offset, _TABLE_BYTES) or entries > MAX_CHAIN_ENTRIES:
                yield None
                return
            seen.add(offset)
            try:
                directory = self.directory(offset)
            except ProbeError as error:
                if error.reason is not Reason.TOO_MANY_READS:
                    raise
                yield None
                return
            entries += directory.count
            yield directory


def subfile(directory: Directory) -> int:
    """Return the bits of the subfile type: REDUCED, MASK."""
    return directory.number(SUBFILE) or 0
