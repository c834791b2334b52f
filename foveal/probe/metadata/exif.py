"""EXIF (CIPA DC-008, EXIF 3.0): orientation, camera, exposure, time with zone, position.

EXIF is a guest in other formats and often damaged: a field that cannot be read is absent, it never
fails the picture that carries it.
"""

from __future__ import annotations

import struct
from math import isfinite

from foveal.probe.clean_text import clean_text
from foveal.probe.containers.ifd import Directory, Read
from foveal.probe.errors import ProbeError
from foveal.probe.facts import Facts
from foveal.probe.metadata.times import parse_time

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825


def read_exif(data: bytes, facts: Facts, *, with_orientation: bool = True, directory: str = "main") -> Directory | None:
    """Set facts from an EXIF block that begins with its TIFF header, and return its first directory.

    A damaged block is ignored. `with_orientation=False` where the container has its own way to turn the picture (HEIF
    `irot`). `directory` is the kind of the first directory: `main`, or `exif` or `gps` where each has its own block.
    """
    data = data.removeprefix(b"Exif\0\0")
    if data[:4] not in (b"II*\0", b"MM\0*"):
        return None
    order = "<" if data[:2] == b"II" else ">"

    def read(offset: int, length: int) -> bytes:
        return data[offset : offset + length]

    try:
        first = Directory(read, order, struct.unpack_from(order + "I", data, 4)[0])
    except (ProbeError, struct.error):
        return None
    if directory == "exif":
        _read_shot(first, facts)
    elif directory == "gps":
        _read_position(first, facts)
    else:
        read_main(first, facts, read, order, with_orientation=with_orientation)
    return first


def read_main(main: Directory, facts: Facts, read: Read, order: str, *, with_orientation: bool = True) -> None:
    """Set facts from a main directory and the EXIF and GPS directories that it points to."""
    if with_orientation:
        orientation = main.number(0x0112)
        if orientation is not None and 1 <= orientation <= 8:
            facts.orientation = orientation
    camera = facts.camera
    camera.make = clean_text(main.raw(0x010F) or b"") or camera.make
    camera.model = clean_text(main.raw(0x0110) or b"") or camera.model
    exif = _linked(main, _EXIF_IFD, read, order)
    if exif is not None:
        _read_shot(exif, facts)
    gps = _linked(main, _GPS_IFD, read, order)
    if gps is not None:
        _read_position(gps, facts)


def _linked(main: Directory, tag: int, read: Read, order: str) -> Directory | None:
    offset = main.number(tag)
    if not offset:
        return None
    try:
        return Directory(read, order, offset)
    except ProbeError:
        return None


def _read_shot(exif: Directory, facts: Facts) -> None:
    camera = facts.camera
    camera.exposure_time_seconds = _positive(exif, 0x829A)
    camera.f_number = _positive(exif, 0x829D)
    camera.focal_length_mm = _positive(exif, 0x920A)
    camera.focal_length_35mm = exif.number(0xA405) or None
    camera.lens_make = clean_text(exif.raw(0xA433) or b"")
    camera.lens_model = clean_text(exif.raw(0xA434) or b"")
    camera.iso = _iso(exif)
    taken = clean_text(exif.raw(0x9003) or b"")
    if taken:
        subseconds = clean_text(exif.raw(0x9291) or b"")
        facts.captured_at = parse_time(taken, subseconds, clean_text(exif.raw(0x9011) or b""))


def _iso(exif: Directory) -> int | None:
    """Return PhotographicSensitivity; if it is saturated at 65535, the value that SensitivityType names."""
    iso = exif.number(0x8827)
    if iso == 65535:
        named = {1: 0x8831, 2: 0x8832, 3: 0x8833, 4: 0x8831, 5: 0x8831, 6: 0x8832, 7: 0x8831}
        iso = exif.number(named.get(exif.number(0x8830) or 0, 0)) or iso
    return iso if iso and iso < 2**31 else None


def _positive(directory: Directory, tag: int) -> float | None:
    values = directory.reals(tag)
    return _rounded(values[0]) if values and isfinite(values[0]) and values[0] > 0 else None


def _rounded(value: float) -> float:
    """Round to twelve significant digits, the precision of a 32-bit rational."""
    return float(f"{value:.12g}")


def _read_position(gps: Directory, facts: Facts) -> None:
    latitude = _degrees(gps, 0x0002, 0x0001, (b"N", b"S"), 90)
    longitude = _degrees(gps, 0x0004, 0x0003, (b"E", b"W"), 180)
    if latitude is not None and longitude is not None:
        facts.location = (longitude, latitude)
    altitude = next(iter(gps.reals(0x0006)), None)
    if facts.location is not None and altitude is not None and isfinite(altitude):
        below = (gps.number(0x0005) or 0) in (1, 3)
        facts.altitude_metres = _rounded(-altitude if below else altitude)


def _degrees(gps: Directory, tag: int, ref_tag: int, refs: tuple[bytes, bytes], limit: int) -> float | None:
    parts, ref = gps.reals(tag), (gps.raw(ref_tag) or b"")[:1].upper()
    if not parts or ref not in refs:
        return None
    # Some writers give degrees alone, or leave seconds as 0/0.
    shares = [part if isfinite(part) else 0.0 for part in (*parts[1:3], 0.0, 0.0)[:2]]
    degrees = parts[0] + shares[0] / 60 + shares[1] / 3600
    if not isfinite(degrees) or not 0 <= degrees <= limit:
        return None
    return round(-degrees if ref == refs[1] else degrees, 8)
