"""Movie metadata: camera, time and location in the movie box."""

from __future__ import annotations

import re
import struct

from foveal.probe.clean_text import clean_text
from foveal.probe.containers.bmff import Box, body, boxes, children
from foveal.probe.facts import Facts
from foveal.probe.metadata.times import parse_time
from foveal.probe.window import Window

_MAX_XML_BYTES = 16 * 1024
_TAGS = {
    b"\xa9mak": "make", b"\xa9mod": "model", b"\xa9mdl": "model", b"\xa9xyz": "place", b"\xa9day": "time",
    b"make": "make", b"manufacturer": "make", b"model": "model", b"creationdate": "time", b"location.ISO6709": "place",
}  # fmt: skip

_POSITION = re.compile(
    r"([+-])(\d{1,6})([.,]\d{1,12})?([+-])(\d{1,7})([.,]\d{1,12})?([+-]\d{1,6}(?:\.\d{1,6})?)?", re.ASCII
)


def read_metadata(window: Window, box: Box, facts: Facts) -> None:
    """Set facts from a `udta` or `meta` box of the movie; the first value of each fact wins."""
    if box.kind == b"meta":
        _read_meta(window, box, facts)
        return
    held = sorted(boxes(window, box.body, box.end), key=lambda child: child.kind == b"meta")
    for child in held:  # QuickTime's own tags before those of iTunes
        if child.kind == b"meta":
            _read_meta(window, child, facts)
        elif child.kind in _TAGS and child.size > 4:  # QuickTime's text: its length and language first
            _take(_TAGS[child.kind], clean_text(body(window, child, 256)[4:]), facts)
        elif child.kind == b"date":
            _take("time", clean_text(body(window, child, 64)), facts)
        elif child.kind == b"loci":
            _read_location(body(window, child, 512), facts)
        elif child.kind == b"GPMF":
            _read_gopro(body(window, child, 4096), facts)


def _read_meta(window: Window, meta: Box, facts: Facts) -> None:
    """Read Apple's keyed metadata (names in `keys`, values in `ilst`), the plain one of iTunes, Sony's XML.

    QuickTime's `meta` is no full box.
    """
    is_full = meta.size >= 8 and window.read(meta.body, 4) == b"\0\0\0\0"
    found = children(window, meta, 4 if is_full else 0)
    if b"xml " in found:
        _read_sony(body(window, found[b"xml "], _MAX_XML_BYTES), facts)
    values = found.get(b"ilst")
    if values is None:
        return
    keys = found.get(b"keys")
    names = (
        [body(window, key, 128) for key in boxes(window, keys.body + 8, keys.end)] if keys and keys.size >= 8 else []
    )
    for item in boxes(window, values.body, values.end):
        index = int.from_bytes(item.kind, "big") - 1
        name = names[index] if 0 <= index < len(names) else item.kind
        name = name.removeprefix(b"com.apple.quicktime.").removeprefix(b"com.android.")
        if name in _TAGS and name != b"\xa9day":  # in iTunes' list: when it was published
            data = body(window, item, 512)
            if data[4:8] == b"data":
                _take(_TAGS[name], clean_text(data[16:]), facts)


def _take(field: str, value: str | None, facts: Facts) -> None:
    if value is None:
        return
    if field == "make":
        facts.camera.make = facts.camera.make or value
    elif field == "model":
        facts.camera.model = facts.camera.model or value
    elif field == "time" and facts.captured_at is None:
        facts.captured_at = parse_time(value)
    elif field == "place" and facts.location is None:
        _take_position(value, facts)


def _take_position(value: str, facts: Facts) -> None:
    """Parse ISO 6709, annex H: `+48.8584+002.2945+035/` in degrees, `+4851.5+00217.7/` with minutes, or seconds too."""
    found = _POSITION.match(value)
    if found is None:
        return
    units = (len(found[2]) + 1) // 2  # two digits each of degrees, minutes and seconds of latitude
    latitude, longitude = _degrees(found[1], found[2], found[3], units), _degrees(found[4], found[5], found[6], units)
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return
    facts.location = (longitude, latitude)
    facts.altitude_metres = float(found[7]) if found[7] else None


def _degrees(sign: str, digits: str, fraction: str | None, units: int) -> float | None:
    """Return the degrees of an angle whose last two digits, before its fraction, are of the smallest of its units."""
    if units > 1 and len(digits) < 2 * units:
        return None
    cuts = [len(digits) - 2 * (units - 1 - index) for index in range(units)]
    parts = [int(digits[begin:end]) for begin, end in zip([0, *cuts], cuts, strict=False)]
    if any(part >= 60 for part in parts[1:]):
        return None
    last = parts[-1] + float(f"0{fraction or '.0'}".replace(",", "."))
    degrees = sum(part / 60.0**power for power, part in enumerate([*parts[:-1], last]))
    return round(-degrees if sign == "-" else degrees, 12 if units == 1 else 8)


def _read_location(data: bytes, facts: Facts) -> None:
    """Read a `loci` box (3GPP TS 26.244, 8.10): degrees and metres in 16.16 after name and role; all zero is none."""
    at = data.find(b"\0", 6) + 2
    if facts.location is not None or not 8 <= at <= len(data) - 12:
        return
    longitude, latitude, altitude = (value / 65536 for value in struct.unpack_from(">3i", data, at))
    if abs(latitude) <= 90 and abs(longitude) <= 180 and (longitude, latitude, altitude) != (0, 0, 0):
        facts.location = (round(longitude, 6), round(latitude, 6))
        facts.altitude_metres = round(altitude, 3)


def _read_gopro(data: bytes, facts: Facts) -> None:
    """Return the model name in GoPro's metadata format: four characters, type, size, repeat."""
    at = data.find(b"MINF")
    if 0 <= at <= len(data) - 8 and data[at + 4 : at + 5] == b"c":
        length = data[at + 5] * int.from_bytes(data[at + 6 : at + 8], "big")
        _take("make", "GoPro", facts)
        _take("model", clean_text(data[at + 8 : at + 8 + min(length, 128)]), facts)


def _read_sony(data: bytes, facts: Facts) -> None:
    """Read Sony's non-real-time metadata, found by name and never expanded."""
    for field, pattern in (
        ("make", rb'<Device[^<>]{0,200}\bmanufacturer="([^"<>]{1,100})"'),
        ("model", rb'<Device[^<>]{0,200}\bmodelName="([^"<>]{1,100})"'),
        ("time", rb'<CreationDate[^<>]{0,50}\bvalue="([^"<>]{1,40})"'),
    ):
        found = re.search(pattern, data)
        if found is not None:
            _take(field, clean_text(found[1]), facts)
