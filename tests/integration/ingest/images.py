"""Small real images."""

import io
from typing import Any, Final

from PIL import Image


def image(width: int, height: int, name: str = "JPEG", **options: Any) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height), (120, 40, 200)).save(data, name, **options)
    return data.getvalue()


JPEG: Final = image(320, 240)


def image_with_camera(make: str) -> bytes:
    """Return a JPEG whose EXIF names this make of camera."""
    exif = Image.Exif()
    exif[0x010F] = make
    return image(16, 16, "JPEG", exif=exif)
