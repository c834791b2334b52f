"""Pyramids of reduced pictures: tiled TIFF, whole slides of Aperio (SVS) and Hamamatsu (NDPI), OME-TIFF."""

from __future__ import annotations

import re
from collections.abc import Collection
from math import isfinite
from typing import Any

from foveal.probe.containers.ifd import Directory
from foveal.probe.readers.tiff.layout import (
    DESCRIPTION,
    HEIGHT,
    MASK,
    REDUCED,
    RESOLUTION_UNIT,
    TILE_HEIGHT,
    TILE_WIDTH,
    WIDTH,
    X_RESOLUTION,
    subfile,
)

MAX_LEVELS = 32
_HAMAMATSU, _LENS = 65420, 65421
_APERIO = re.compile(rb"\|\s*(AppMag|MPP)\s*=\s*(\d{1,6}(?:\.\d{1,12})?)")
_OME_SIZE = re.compile(
    rb"""\b(Size[XYZCT]|PhysicalSizeX)\s*=\s*["'](\d{1,12}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?)["']"""
)
_OME_UNIT = re.compile(rb"""\bPhysicalSizeXUnit\s*=\s*["']([^"']{1,16})["']""")
_MICROMETRES = {b"nm": 1e-3, b"mm": 1e3, b"cm": 1e4, b"m": 1e6}
_OME_AXES = {b"SizeZ": "slices", b"SizeC": "channels", b"SizeT": "times"}


def vendor_of(directory: Directory) -> str | None:
    """Return `aperio`, `hamamatsu` or `ome` by the first directory; None for others."""
    description = directory.raw(DESCRIPTION) or b""
    if description.startswith(b"Aperio"):
        return "aperio"
    if _HAMAMATSU in directory.entries:
        return "hamamatsu"
    if re.search(rb"<(?:OME:)?OME[\s>]", description[:2048]):
        return "ome"
    return None


def is_level(directory: Directory, vendor: str | None) -> bool:
    """Return whether a directory after the first one is a level: a reduced picture, neither label, macro nor mask."""
    if vendor == "hamamatsu":
        return next(iter(directory.reals(_LENS)), 0.0) > 0
    is_tiled = TILE_WIDTH in directory.entries
    if vendor == "aperio":
        return is_tiled
    return is_tiled and subfile(directory) & (REDUCED | MASK) == REDUCED


def size_of(directory: Directory) -> tuple[int, int]:
    """Return width and height of a level, 0 for what it does not state."""
    return directory.number(WIDTH) or 0, directory.number(HEIGHT) or 0


def pyramid(full: Directory, levels: Collection[tuple[int, int]], vendor: str | None) -> dict[str, Any] | None:
    """Return the pyramid of a picture by the sizes of its levels, with the vendor's scale; None for a plain one."""
    sizes = {size_of(full), *levels}
    stated: dict[str, Any] = {"vendor": vendor}
    if vendor == "aperio":
        numbers = dict(_APERIO.findall(full.raw(DESCRIPTION) or b""))
        stated |= {"magnification": _real(numbers.get(b"AppMag")), "microns_per_pixel": _real(numbers.get(b"MPP"))}
    elif vendor == "hamamatsu":
        stated |= {"magnification": _lens(full), "microns_per_pixel": _by_resolution(full)}
    elif vendor == "ome":
        stated |= _ome(full.raw(DESCRIPTION) or b"")
    elif len(sizes) < 2:
        return None
    shown = sorted(size for size in sizes if min(size) > 0)[::-1][:MAX_LEVELS]
    stated["levels"] = [{"width": width, "height": height} for width, height in shown]
    stated |= {"tile_width": full.number(TILE_WIDTH), "tile_height": full.number(TILE_HEIGHT)}
    return {name: value for name, value in stated.items() if value is not None}


def _real(text: bytes | None) -> float | None:
    number = float(text) if text else 0.0
    return number if isfinite(number) and number > 0 else None


def _lens(directory: Directory) -> float | None:
    lens = next(iter(directory.reals(_LENS)), 0.0)
    return lens if isfinite(lens) and 0 < lens < 1e6 else None


def _by_resolution(directory: Directory) -> float | None:
    """Return micrometres per pixel by pixels per centimetre (unit 3) or inch (2)."""
    resolution = next(iter(directory.reals(X_RESOLUTION)), 0.0)
    unit = {2: 25_400.0, 3: 10_000.0}.get(directory.number(RESOLUTION_UNIT) or 2)
    return round(unit / resolution, 9) if unit and isfinite(resolution) and resolution > 0 else None


def _ome(description: bytes) -> dict[str, Any]:
    """Return scale and further axes of the first `Pixels` element of OME-XML, which is never parsed as XML."""
    numbers: dict[bytes, bytes] = {}
    for name, value in _OME_SIZE.findall(description):
        numbers.setdefault(name, value)
    axes = {_OME_AXES[name]: int(float(numbers[name])) for name in _OME_AXES if _real(numbers.get(name))}
    size, unit = _real(numbers.get(b"PhysicalSizeX")), _OME_UNIT.search(description)
    if size is not None:
        size = round(size * _MICROMETRES.get(unit[1] if unit else b"", 1.0), 12)
    return {**axes, "microns_per_pixel": size}
