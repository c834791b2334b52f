"""EBML elements (RFC 8794): traversal by size, bounded reads of values."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from foveal.probe.clean_text import clean_text
from foveal.probe.errors import hostile, malformed, truncated
from foveal.probe.window import Window

MAX_ELEMENTS = 4096
_MAX_VALUE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Element:
    """One element: identifier and the offsets of body and end (`end` is None for an unknown size)."""

    id: int
    body: int
    end: int | None


def element_at(window: Window, offset: int) -> Element | None:
    """Return the element at an offset; None at the end of the object."""
    head = window.upto(offset, 12)
    if not head:
        return None
    id_length = 9 - head[0].bit_length()
    if id_length > 4:
        raise malformed("an invalid element identifier")
    if len(head) <= id_length:
        raise truncated("an element that ends early")
    size_length = 9 - head[id_length].bit_length()
    if size_length > 8:
        raise malformed("an invalid element size")
    if len(head) < id_length + size_length:
        raise truncated("an element that ends early")
    body = offset + id_length + size_length
    mask = (1 << 7 * size_length) - 1
    size = int.from_bytes(head[id_length : id_length + size_length], "big") & mask
    return Element(int.from_bytes(head[:id_length], "big"), body, None if size == mask else body + size)


def children(window: Window, parent: Element) -> Iterator[Element]:
    """Yield the elements inside `parent`, which has a size; an element of unknown size is the last one."""
    if parent.end is None:
        raise malformed("an element of unknown size that must have one")
    end = min(parent.end, window.size)
    offset = parent.body
    for _ in range(MAX_ELEMENTS):
        if offset >= end:
            return
        element = element_at(window, offset)
        if element is None:
            return
        if element.end is not None and element.end > end:
            raise (truncated if end == window.size else malformed)("an element larger than the one that holds it")
        yield element
        if element.end is None:
            return
        offset = element.end
    raise hostile(f"more than {MAX_ELEMENTS} elements side by side")


def read_bytes(window: Window, element: Element) -> bytes:
    """Return the body, or the beginning of a long one."""
    size = (element.end or element.body) - element.body
    return window.read(element.body, min(size, _MAX_VALUE_BYTES))


def read_number(window: Window, element: Element) -> int:
    return int.from_bytes(read_bytes(window, element)[:8], "big")


def read_real(window: Window, element: Element) -> float:
    data = read_bytes(window, element)
    if len(data) not in (4, 8):
        return 0.0
    value = float(struct.unpack(">f" if len(data) == 4 else ">d", data)[0])
    return value if isfinite(value) else 0.0


def read_text(window: Window, element: Element) -> str:
    return clean_text(read_bytes(window, element)) or ""
