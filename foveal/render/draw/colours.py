"""Stable colour of each label, and black or white text by contrast."""

import colorsys
import hashlib
import re
from collections.abc import Mapping
from typing import Final

Colour = tuple[int, int, int]
HUES: Final = 36
_HEX: Final = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})\Z")


def colour_of(label: str | None, chosen: Mapping[str, str]) -> Colour:
    """Return the colour that the label schema gives to a label, else one made from the label's text alone."""
    given = _HEX.match(chosen.get(label or "", ""))
    if given:
        return int(given[1], 16), int(given[2], 16), int(given[3], 16)
    digest = hashlib.sha256((label or "").encode()).digest()
    hue = digest[0] % HUES / HUES
    lightness, saturation = (0.45, 0.55, 0.62)[digest[1] % 3], (0.75, 0.95)[digest[2] % 2]
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def text_on(colour: Colour) -> Colour:
    """Return black or white, whichever has the higher contrast (WCAG 2.2, relative luminance)."""
    luminance = sum(weight * _linear(each) for weight, each in zip((0.2126, 0.7152, 0.0722), colour, strict=True))
    return (0, 0, 0) if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else (255, 255, 255)


def hexadecimal(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
