"""GeoTIFF keys (OGC 19-008r4)."""

from __future__ import annotations

from math import isfinite
from typing import Any

from foveal.probe.clean_text import clean_text
from foveal.probe.containers.ifd import Directory

_DIRECTORY, _TEXTS = 34735, 34737
_NAMES = {1024: "model_type", 1025: "raster_type", 2048: "geographic_epsg", 3072: "projected_epsg"}
_CITATION = 1026
_NUMBERS = (("pixel_scale", 33550, 3), ("tie_point", 33922, 6), ("transformation", 34264, 16))


def georeference(directory: Directory) -> dict[str, Any] | None:
    """Return model and raster type, EPSG codes, citation, pixel scale, tie point, transformation; None without keys."""
    keys = directory.numbers(_DIRECTORY)
    if len(keys) < 4 or _DIRECTORY not in directory.entries:
        return None
    stated: dict[str, Any] = {}
    texts = directory.raw(_TEXTS) or b""
    for at in range(4, min(len(keys), 4 + 4 * keys[3]) - 3, 4):
        key, place, count, value = keys[at : at + 4]
        if key in _NAMES and place == 0:
            stated[_NAMES[key]] = value
        elif key == _CITATION and place == _TEXTS:
            stated["citation"] = clean_text(texts[value : value + count].rstrip(b"|"))
    for name, tag, most in _NUMBERS:
        values = directory.reals(tag)[:most]
        if values and all(map(isfinite, values)):
            stated[name] = [float(number) for number in values]
    return {name: value for name, value in stated.items() if value is not None} or None
