"""Fingerprints of a picture: a ThumbHash for placeholders and a perceptual hash for near-duplicates.

ThumbHash: Evan Wallace, "ThumbHash: A very compact representation of an image placeholder" (rgbaToThumbHash); at most
25 bytes, which hold the aspect ratio, the average colour, transparency and the lowest frequencies. It is equal to that
of the reference but for terms that are 0 up to rounding, which lie between two steps of the scale.

The perceptual hash is pHash by DCT in the form of `imagehash.phash`: the picture in gray, 32×32 pixels, the 8×8 lowest
frequencies of its DCT-II, a bit for each that is above their median, row by row, the first one the highest. Copies in
other sizes, formats and qualities differ in a few bits of 64.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from foveal.render.drawing import Fingerprint

Channel = npt.NDArray[np.float64]

MAX_THUMBHASH_SIDE: Final = 100
_SIDE: Final = 32
_FREQUENCIES: Final = 8
MIN_CONTRAST: Final = 0.5
"""Least amplitude, in levels of 255, of the strongest frequency of a picture that has a perceptual hash: the bits of a
plain area are noise, and all plain areas would be near-duplicates of each other."""


def fingerprint(picture: Image.Image) -> Fingerprint:
    """Return the fingerprint of a picture of mode RGB, RGBA, L or LA."""
    return Fingerprint(thumbhash(picture), perceptual_hash(picture))


def perceptual_hash(picture: Image.Image) -> bytes | None:
    """Return the perceptual hash, 8 bytes; None for a picture without structure, such as a plain area."""
    opaque = picture
    if picture.mode in ("RGBA", "LA"):
        opaque = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    gray = opaque.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    basis = _cosines(_SIDE, _FREQUENCIES)
    lowest = basis @ np.asarray(gray, dtype=np.float64) @ basis.T
    amplitudes = np.abs(lowest) * 4 / _SIDE**2
    amplitudes[0, 0] = 0.0
    if amplitudes.max() < MIN_CONTRAST:
        return None
    is_above: npt.NDArray[np.bool_] = lowest > np.median(lowest)
    return np.packbits(is_above).tobytes()


def thumbhash(picture: Image.Image) -> bytes:
    """Return the ThumbHash of a picture, which is made smaller first."""
    small = picture.convert("RGBA")
    if max(small.size) > MAX_THUMBHASH_SIDE:
        small.thumbnail((MAX_THUMBHASH_SIDE, MAX_THUMBHASH_SIDE), Image.Resampling.BOX)
    return of_rgba(np.asarray(small))


def of_rgba(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return the ThumbHash of `(height, width, 4)` pixels, of which neither side has more than 100."""
    height, width, _ = pixels.shape
    alpha = pixels[..., 3] / 255.0
    weighted = [alpha / 255.0 * pixels[..., at] for at in range(3)]
    opacity = float(alpha.sum())
    averages = [float(each.sum()) / opacity if opacity else 0.0 for each in weighted]
    has_alpha = opacity < width * height
    red, green, blue = (mean * (1 - alpha) + each for mean, each in zip(averages, weighted, strict=True))
    most = 5 if has_alpha else 7  # fewer bits of luminance where there is transparency
    across, down = (max(1, _rounded(most * side / max(width, height))) for side in (width, height))
    luminance = _encoded((red + green + blue) / 3, max(3, across), max(3, down))
    yellow_blue = _encoded((red + green) / 2 - blue, 3, 3)
    red_green = _encoded(red - green, 3, 3)
    is_landscape = width > height
    header: int = (
        _rounded(63 * luminance.constant)
        | _rounded(31.5 + 31.5 * yellow_blue.constant) << 6
        | _rounded(31.5 + 31.5 * red_green.constant) << 12
        | _rounded(31 * luminance.scale) << 18
        | has_alpha << 23
    )
    shape: int = (
        (down if is_landscape else across)
        | _rounded(63 * yellow_blue.scale) << 3
        | _rounded(63 * red_green.scale) << 9
        | is_landscape << 15
    )
    head = header.to_bytes(3, "little") + shape.to_bytes(2, "little")
    channels = [luminance, yellow_blue, red_green]
    if has_alpha:
        transparency = _encoded(alpha, 5, 5)
        head += bytes([_rounded(15 * transparency.constant) | _rounded(15 * transparency.scale) << 4])
        channels.append(transparency)
    return head + _nibbles([_rounded(15 * each) for channel in channels for each in channel.varying])


class _Encoded:
    """A channel as its constant term, and its varying terms from 0 to 1 of a scale."""

    def __init__(self, terms: Sequence[float]) -> None:
        self.constant, varying = terms[0], terms[1:]
        self.scale = max(map(abs, varying), default=0.0)
        self.varying = [0.5 + 0.5 / self.scale * each if self.scale else each for each in varying]


def _encoded(channel: Channel, across: int, down: int) -> _Encoded:
    """Return the terms of the DCT in the triangle of the lowest frequencies, row by row."""
    height, width = channel.shape
    terms = _cosines(height, down) @ channel @ _cosines(width, across).T / (width * height)
    return _Encoded([float(terms[y, x]) for y in range(down) for x in range(across) if x * down < across * (down - y)])


def _cosines(length: int, count: int) -> Channel:
    """Return `(count, length)` samples of the first cosines of the DCT-II."""
    samples: Channel = np.cos(np.pi / length * np.arange(count)[:, None] * (np.arange(length) + 0.5))
    return samples


def _nibbles(values: Sequence[int]) -> bytes:
    """Return numbers of four bits as bytes, the lower half first."""
    padded = [*values, 0] if len(values) % 2 else values
    return bytes(low | high << 4 for low, high in zip(padded[::2], padded[1::2], strict=True))


def _rounded(value: float) -> int:
    """Return the nearest whole number, the greater one of two, as JavaScript's `Math.round` does."""
    return int(np.floor(value + 0.5))
