"""Small pictures that tests make and read back."""

import io
from typing import Any

import numpy as np
from PIL import Image

CORNERS = {"top_left": (255, 0, 0), "top_right": (0, 255, 0), "bottom_left": (0, 0, 255), "bottom_right": (255, 255, 0)}
TOLERANCE = 12


def quartered(width: int = 120, height: int = 80) -> Image.Image:
    """Four colours, one for each corner: every turn and mirror of it is another picture."""
    image = Image.new("RGB", (width, height))
    image.paste(CORNERS["top_left"], (0, 0, width // 2, height // 2))
    image.paste(CORNERS["top_right"], (width // 2, 0, width, height // 2))
    image.paste(CORNERS["bottom_left"], (0, height // 2, width // 2, height))
    image.paste(CORNERS["bottom_right"], (width // 2, height // 2, width, height))
    return image


def saved(image: Image.Image, format: str, **options: Any) -> io.BytesIO:
    output = io.BytesIO()
    image.save(output, format, **options)
    output.seek(0)
    return output


def is_near(one: Any, other: Any, tolerance: int = TOLERANCE) -> bool:
    return bool(np.abs(np.asarray(one, float)[..., :3] - np.asarray(other, float)[..., :3]).max() <= tolerance)


def corners_of(image: Image.Image) -> dict[str, tuple[int, ...]]:
    """The colour in the middle of each quarter."""
    rgb = np.asarray(image.convert("RGB"))
    x, y = (image.width // 4, 3 * image.width // 4), (image.height // 4, 3 * image.height // 4)
    places = {
        "top_left": (x[0], y[0]),
        "top_right": (x[1], y[0]),
        "bottom_left": (x[0], y[1]),
        "bottom_right": (x[1], y[1]),
    }
    return {name: tuple(int(value) for value in rgb[y, x]) for name, (x, y) in places.items()}


def is_upright(image: Image.Image) -> bool:
    return all(is_near(found, CORNERS[name]) for name, found in corners_of(image).items())
