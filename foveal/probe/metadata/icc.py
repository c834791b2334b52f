"""Name of an ICC profile (ICC.1, section 10: `desc` tag)."""

from __future__ import annotations

import struct

from foveal.probe.clean_text import clean, clean_text

_MAX_TAGS = 100


def profile_name(data: bytes) -> str | None:
    """Return the profile's description from its first bytes; None if it is not within them."""
    if len(data) < 132 or data[36:40] != b"acsp":
        return None
    (count,) = struct.unpack_from(">I", data, 128)
    for index in range(min(count, _MAX_TAGS)):
        entry = data[132 + 12 * index : 144 + 12 * index]
        if len(entry) == 12 and entry[:4] == b"desc":
            offset, size = struct.unpack(">II", entry[4:])
            return _description(data[offset : offset + size])
    return None


def _description(tag: bytes) -> str | None:
    if tag[:4] == b"desc" and len(tag) >= 12:
        (length,) = struct.unpack_from(">I", tag, 8)
        return clean_text(tag[12 : 12 + length])
    if tag[:4] == b"mluc" and len(tag) >= 28:
        length, offset = struct.unpack_from(">II", tag, 20)
        return clean(tag[offset : offset + min(length, 512)].decode("utf-16-be", "replace"))
    return None
