"""Item tables of a meta box: kinds, places, references, properties (ISO/IEC 14496-12, 8.11; 23008-12, 9.3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from foveal.probe.containers.bmff import Box, body, boxes, children
from foveal.probe.errors import hostile, malformed
from foveal.probe.window import KIB, Window

_MAX_META_BYTES = 2 * KIB * KIB
_MAX_ITEMS = 20_000
_MAX_PROPERTIES = 256
_SIZES = {0: "0s", 4: "I", 8: "Q"}
"""struct codes of the location fields by size in bytes; a field of no bytes is an empty string, read as 0."""


@dataclass(slots=True)
class Items:
    """The tables of one meta box."""

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    content_types: dict[int, bytes] = field(default_factory=dict)
    places: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    """Item to its extents: (construction method, offset, length)."""
    references: list[tuple[bytes, int, tuple[int, ...]]] = field(default_factory=list)
    properties: list[Box] = field(default_factory=list)
    uses: dict[int, list[int]] = field(default_factory=dict)
    data_start: int | None = None

    def of(self, item: int) -> list[Box]:
        """Return the properties of an item, in the order in which transformations are applied."""
        indexes = self.uses.get(item, [])
        if max(indexes, default=0) > len(self.properties):
            raise malformed("a property that there is not")
        return [self.properties[index - 1] for index in indexes if index]


def read_items(window: Window, meta: Box) -> Items:
    """Read all tables. Raises ProbeError: `hostile` above the limits of real pictures, `malformed` if broken."""
    if meta.size > _MAX_META_BYTES:
        raise hostile(f"an item table of {meta.size} bytes")
    window.read(meta.body, meta.size)  # one range, before the many small pieces of it
    found = children(window, meta, 4)
    items = Items()
    if b"pitm" in found:
        data = body(window, found[b"pitm"], 8)
        items.primary = int.from_bytes(data[4:8] if data[:1] == b"\1" else data[4:6], "big")
    if b"idat" in found:
        items.data_start = found[b"idat"].body
    if b"iinf" in found:
        _read_kinds(window.read(found[b"iinf"].body, found[b"iinf"].size), items)
    if b"iloc" in found:
        _read_places(window.read(found[b"iloc"].body, found[b"iloc"].size), items)
    if b"iref" in found:
        _read_references(window, found[b"iref"], items)
    if b"iprp" in found:
        for box in boxes(window, found[b"iprp"].body, found[b"iprp"].end):
            if box.kind == b"ipco":
                items.properties = list(boxes(window, box.body, box.end))
            elif box.kind == b"ipma":
                _read_uses(window.read(box.body, box.size), items)
    return items


def _unpack(format_: str, data: bytes, offset: int) -> tuple[Any, ...]:
    """Unpack big-endian fields of a table. Raises ProbeError (`malformed`) past its end."""
    try:
        return struct.unpack_from(">" + format_, data, offset)
    except struct.error:
        raise malformed("an item table that ends early") from None


def _bounded(count: int) -> int:
    if count > _MAX_ITEMS:
        raise hostile(f"{count} items")
    return count


def _read_kinds(data: bytes, items: Items) -> None:
    at = 8 if data[:1] != b"\0" else 6
    while at + 8 <= len(data):
        size, name = _unpack("I4s", data, at)
        if not 8 <= size <= len(data) - at:
            raise malformed("an item table that ends early")
        entry = data[at + 8 : at + size]
        at += size
        if name != b"infe" or len(entry) < 12 or entry[0] < 2:
            continue
        wide = 4 if entry[0] == 3 else 2
        item = int.from_bytes(entry[4 : 4 + wide], "big")
        items.kinds[item] = entry[6 + wide : 10 + wide]
        if items.kinds[item] == b"mime":
            _, _, named = entry[10 + wide : 256].partition(b"\0")
            items.content_types[item] = named.partition(b"\0")[0]


def _read_places(data: bytes, items: Items) -> None:
    version, sizes = _unpack("B3xH", data, 0)
    codes = [_SIZES.get(sizes >> shift & 15) for shift in (12, 8, 4, 0)]
    offset_code, length_code, base_code, index_code = codes
    if offset_code is None or length_code is None or base_code is None or index_code is None or version > 2:
        raise malformed("an item table of a form that there is not")
    number = "I" if version == 2 else "H"
    head = f"{number}{'H' if version else '0s'}2x{base_code}H"
    extent = f"{index_code if version else '0s'}{offset_code}{length_code}"
    at, head_bytes, extent_bytes = (
        6 + struct.calcsize(number),
        struct.calcsize(">" + head),
        struct.calcsize(">" + extent),
    )
    for _ in range(_bounded(_unpack(number, data, 6)[0])):
        item, method, base, count = _unpack(head, data, at)
        at += head_bytes
        extents = []
        for _ in range(_bounded(count)):
            _, offset, length = _unpack(extent, data, at)
            at += extent_bytes
            extents.append(((method or 0) & 15, (base or 0) + (offset or 0), length or 0))
        items.places[item] = extents


def _read_references(window: Window, iref: Box, items: Items) -> None:
    number = "I" if window.read(iref.body, 1) != b"\0" else "H"
    for box in boxes(window, iref.body + 4, iref.end):
        data = window.read(box.body, box.size)
        source, count = _unpack(f"{number}H", data, 0)
        items.references.append((box.kind, source, _unpack(f"{count}{number}", data, struct.calcsize(f">{number}H"))))


def _read_uses(data: bytes, items: Items) -> None:
    version, flags, count = _unpack("BxxBI", data, 0)
    head, wide, mask = "IB" if version else "HB", bool(flags & 1), 0x7FFF if flags & 1 else 0x7F
    at, head_bytes = 8, struct.calcsize(">" + head)
    for _ in range(_bounded(count)):
        item, number = _unpack(head, data, at)
        indexes = _unpack(f"{number}{'H' if wide else 'B'}", data, at + head_bytes)
        at += head_bytes + number * (2 if wide else 1)
        used = items.uses.setdefault(item, [])
        if len(used) + number > _MAX_PROPERTIES:
            raise hostile(f"more than {_MAX_PROPERTIES} properties of one item")
        used += [index & mask for index in indexes]
