"""XMP (ISO 16684-1): the few properties that complete EXIF, found by name; the XML is never parsed or expanded."""

from __future__ import annotations

import re

from foveal.probe.clean_text import clean_text
from foveal.probe.facts import Facts
from foveal.probe.metadata.times import parse_time

MAX_XMP_BYTES = 64 * 1024


def read_xmp(data: bytes, facts: Facts) -> None:
    """Set camera and time if EXIF did not state them.

    Orientation is EXIF's alone (Metadata Working Group guidelines, 2.0): no viewer turns by XMP.
    """
    data = data[:MAX_XMP_BYTES]
    if b"hdrgm:Version" in data or b"HDRGainMap" in data:
        facts.hdr_format = "gain_map"
    facts.camera.make = facts.camera.make or _value(data, b"tiff:Make")
    facts.camera.model = facts.camera.model or _value(data, b"tiff:Model")
    facts.camera.lens_model = facts.camera.lens_model or _value(data, b"aux:Lens")
    if facts.captured_at is None:
        taken = _value(data, b"exif:DateTimeOriginal") or _value(data, b"photoshop:DateCreated")
        facts.captured_at = parse_time(taken) if taken else None


def _value(data: bytes, name: bytes) -> str | None:
    """Return a property written as an attribute or as a plain element."""
    found = re.search(re.escape(name) + rb"""(?:="([^"<>]{1,200})"|='([^'<>]{1,200})'|>([^<>]{1,200})<)""", data)
    return clean_text(next(part for part in found.groups() if part is not None)) if found else None
