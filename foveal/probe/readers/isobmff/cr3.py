"""Canon CR3 (github.com/lclevy/canon_cr3): EXIF in boxes of the movie, the full-size JPEG in the first track."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from foveal.probe.containers.bmff import Box, body, boxes, children
from foveal.probe.errors import ProbeError, Reason, malformed
from foveal.probe.facts import MIN_PREVIEW_BYTES, Facts, Preview
from foveal.probe.metadata.exif import read_exif
from foveal.probe.picture_size import set_size
from foveal.probe.window import KIB, Window

_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_WIDTH, _HEIGHT = 0x100, 0x101
_METADATA = {b"CMT1": "main", b"CMT2": "exif", b"CMT4": "gps"}
_MAX_METADATA_BYTES = 64 * KIB
_MAX_ENTRY_BYTES = 1024


def read_cr3(window: Window, moov: Box, facts: Facts) -> None:
    """Set size, orientation, camera, time and place of the raw picture, and the place of the embedded JPEG."""
    facts.set_kind("image", "cr3", "image/x-canon-cr3")
    size: tuple[int | None, int | None] = (None, None)
    for box in boxes(window, moov.body, moov.end):
        if box.kind == b"uuid" and window.read(box.body - 16, 16) == _CANON:
            for child in boxes(window, box.body, box.end):
                if child.kind in _METADATA and child.size <= _MAX_METADATA_BYTES:
                    main = read_exif(body(window, child, _MAX_METADATA_BYTES), facts, directory=_METADATA[child.kind])
                    if child.kind == b"CMT1" and main is not None:
                        size = main.number(_WIDTH), main.number(_HEIGHT)
        elif box.kind == b"trak" and facts.preview is None:
            facts.preview = _jpeg_of(window, box)
    if size[0] is None or size[1] is None:
        raise malformed("a raw file without the size of its picture")
    set_size(facts, size[0], size[1])
    facts.num_channels, facts.colour_space, facts.has_alpha, facts.is_animated = 1, "cfa", False, False
    facts.codec = "craw"


def _jpeg_of(window: Window, trak: Box) -> Preview | None:
    """Return the only sample of a track whose entry says that it is a JPEG; None for other tracks."""
    try:
        table = _descend(window, trak, b"mdia", b"minf", b"stbl")
        tables = children(window, table) if table else {}
        entry = body(window, tables[b"stsd"], _MAX_ENTRY_BYTES) if b"stsd" in tables else b""
        places = tables.get(b"co64") or tables.get(b"stco")
        if b"JPEG" not in entry or places is None or b"stsz" not in tables:
            return None
        each, _, first = struct.unpack(">4xIII", body(window, tables[b"stsz"], 16).ljust(16, b"\0"))
        data = body(window, places, 16)[8:]
        offset = int.from_bytes(data[: 8 if places.kind == b"co64" else 4], "big")
    except ProbeError as error:
        if error.reason not in (Reason.MALFORMED, Reason.TRUNCATED):
            raise
        return None
    length = each or first
    return Preview(offset, length) if offset and MIN_PREVIEW_BYTES <= length <= window.size - offset else None


def _descend(window: Window, box: Box, *kinds: bytes) -> Box | None:
    found: Box | None = box
    for kind in kinds:
        found = next(_of_kind(window, found, kind), None) if found else None
    return found


def _of_kind(window: Window, box: Box, kind: bytes) -> Iterator[Box]:
    return (child for child in boxes(window, box.body, box.end) if child.kind == kind)
