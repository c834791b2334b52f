"""Boxes of the ISO base media file format (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from foveal.probe.errors import hostile, malformed, truncated
from foveal.probe.window import Window

MAX_BOXES = 4096
_HEADER = struct.Struct(">I4s")


class Box(NamedTuple):
    """One box: kind and the offsets of its body and end in the object."""

    kind: bytes
    start: int
    body: int
    end: int

    @property
    def size(self) -> int:
        """Size of the body in bytes."""
        return self.end - self.body


def boxes(window: Window, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets without reading their bodies.

    Raises ProbeError: `malformed` for a box that leaves its parent, `truncated` for one that leaves the
    object, `hostile` for more than MAX_BOXES.
    """
    offset = start
    for _ in range(MAX_BOXES):
        if end - offset < 8:  # QuickTime ends some containers with a 32-bit zero
            return
        box = _box(window, offset, end)
        yield box
        offset = box.end
    raise hostile(f"more than {MAX_BOXES} boxes side by side")


def _box(window: Window, offset: int, end: int) -> Box:
    size, kind = _HEADER.unpack(window.read(offset, 8))
    body = offset + 8
    if size < 2:
        if size == 1:
            (size,) = struct.unpack(">Q", window.read(body, 8))
            body += 8
        else:
            size = end - offset
    if kind == b"uuid":
        body += 16
    stop = offset + size
    if stop < body:
        raise malformed(f"a box of {size} bytes")
    if stop > end:
        if end >= window.size:
            raise truncated(f"a box ends at {stop}, the object at {window.size}")
        raise malformed("a box larger than the one that holds it")
    return Box(kind, offset, body, stop)


def children(window: Window, box: Box, skip: int = 0) -> dict[bytes, Box]:
    """Return the first box of each kind inside `box`, after `skip` bytes of its own fields."""
    found: dict[bytes, Box] = {}
    for child in boxes(window, box.body + skip, box.end):
        found.setdefault(child.kind, child)
    return found


def version_and_flags(window: Window, box: Box) -> tuple[int, int]:
    """Return version and flags of a full box."""
    (word,) = struct.unpack(">I", window.read(box.body, 4))
    return word >> 24, word & 0xFFFFFF


def body(window: Window, box: Box, limit: int) -> bytes:
    """Return at most the first `limit` bytes of the body."""
    return window.read(box.body, min(box.size, limit))
