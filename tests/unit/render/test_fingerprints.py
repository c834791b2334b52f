"""Fingerprints: ThumbHash equal to the reference, perceptual hashes near for copies and far for other pictures."""

import base64
import io
import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from foveal.render.drawing import Fingerprint, Made
from foveal.render.fingerprints import fingerprint, of_rgba, perceptual_hash, thumbhash
from foveal.render.isolation import messages

SAMPLES = sorted((Path(__file__).parents[3] / "local/samples").glob("*.jpg"))


def noise(seed: int, width: int, height: int, has_alpha: bool) -> np.ndarray[Any, np.dtype[np.uint8]]:
    chance = random.Random(seed)
    pixels = [[[chance.randrange(256) for _ in range(4)] for _ in range(width)] for _ in range(height)]
    made = np.array(pixels, dtype=np.uint8)
    made[..., 0] = made[..., 0] // 4 + np.linspace(0, 150, width).astype(np.uint8)
    if not has_alpha:
        made[..., 3] = 255
    return made


@pytest.mark.parametrize(
    ("seed", "width", "height", "has_alpha", "expected"),
    [
        (1, 100, 75, False, "ntcFJZCAd3d3eIh3eHiHeHB3CIeI"),
        (2, 40, 100, False, "ntcFIxBweIh4iHeHcHgIeHg="),
        (3, 64, 64, False, "ntcFJxCAd3d4eHiIeHiHeHd3CGh4cHgI"),
        (4, 100, 20, True, "3teFEYgIcId3d3iQiAh4d5eDqFpmYMc="),
        (5, 31, 57, True, "nteFEwYIgIeHiHiAiQh3dwnXg/ichSo="),
        (6, 9, 5, False, "4LcJHJKAu3WmiJeEZJeUAwaWpw=="),
    ],
)
def test_thumbhash_equals_that_of_the_reference(
    seed: int, width: int, height: int, has_alpha: bool, expected: str
) -> None:
    """The vectors are from `rgbaToThumbHash` of the npm package thumbhash 0.1.1."""
    assert base64.b64encode(of_rgba(noise(seed, width, height, has_alpha))).decode() == expected


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
@pytest.mark.parametrize("size", [(1, 1), (2000, 1), (640, 480), (1, 700)])
def test_thumbhash_of_any_picture_has_at_most_25_bytes(mode: str, size: tuple[int, int]) -> None:
    found = thumbhash(Image.new(mode, size, 77 if mode == "L" else None))
    assert 5 <= len(found) <= messages.MAX_THUMBHASH_BYTES


def encoded(picture: Image.Image, format: str, **options: Any) -> Image.Image:
    output = io.BytesIO()
    picture.save(output, format, **options)
    return Image.open(output).convert("RGB")


def scaled(picture: Image.Image, factor: float) -> Image.Image:
    return picture.resize((round(picture.width * factor), round(picture.height * factor)))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "half the size": lambda picture: scaled(picture, 0.5),
    "a quarter of the size": lambda picture: scaled(picture, 0.25),
    "larger": lambda picture: scaled(picture, 1.7),
    "JPEG of quality 30": lambda picture: encoded(picture, "JPEG", quality=30),
    "WebP": lambda picture: encoded(picture, "WEBP", quality=60),
    "64 colours": lambda picture: picture.quantize(64).convert("RGB"),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.1),
    "without colour": lambda picture: picture.convert("L"),
    "a small JPEG": lambda picture: encoded(scaled(picture, 0.3), "JPEG", quality=50),
}


def distance(one: Image.Image, other: Image.Image) -> int:
    hashes = [perceptual_hash(picture) for picture in (one, other)]
    assert None not in hashes
    first, second = (int.from_bytes(each or b"") for each in hashes)
    return (first ^ second).bit_count()


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_copy_of_a_photo_is_within_four_bits(path: Path, name: str) -> None:
    photo = Image.open(path).convert("RGB")
    assert distance(photo, COPIES[name](photo)) <= 4


def test_other_photos_are_further_than_any_distance_that_can_be_asked_for() -> None:
    photos = [Image.open(path).convert("RGB") for path in SAMPLES]
    assert min(distance(one, other) for one, other in itertools.combinations(photos, 2)) > 16


@pytest.mark.parametrize("colour", ["black", "white", "#3366cc"])
def test_plain_area_has_no_perceptual_hash(colour: str) -> None:
    assert fingerprint(Image.new("RGB", (400, 300), colour)).perceptual_hash is None


@pytest.mark.parametrize(
    "made",
    [
        Made(b"file"),
        Made(b"", Fingerprint(b"t" * 25, b"12345678")),
        Made(b"file", Fingerprint(b"t", None)),
    ],
)
def test_derivative_passes_the_process_boundary_as_it_is(made: Made) -> None:
    assert messages.unpack(messages.pack(made)) == made


@pytest.mark.parametrize("payload", [b"", b"\x05", b"\x1a\x00" + b"t" * 26, b"\x05\x07" + b"t" * 12])
def test_payload_that_no_sound_process_sends_is_no_derivative(payload: bytes) -> None:
    assert messages.unpack(payload) is None
