"""Decoding of still images: upright, in sRGB, with 8 bits a channel, no larger than requested.

Memory is bounded before anything is decoded: JPEG is decoded at the smallest of its scales that is large enough, all
else only when its pixels fit the budget. Formats are found from the bytes, out of a short list.
"""

import io
import math
import warnings
from typing import IO, Any, Final

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, UnidentifiedImageError

from foveal.errors import Unrenderable
from foveal.render.decode import orientation
from foveal.render.decode.colour_space import ColourSpace

FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP", "JPEG2000")  # MPO is read as JPEG
SCALED_FORMATS: Final = frozenset({"JPEG", "MPO"})
MAX_DECODED_BYTES: Final = 512 * 1024 * 1024
MAX_COEFFICIENT_BYTES: Final = 1_250_000_000
"""A progressive JPEG holds all its coefficients (2 bytes each) until the last scan, however small it is shown."""
WIDE_MODES: Final = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I", "F"})
ROUNDING: Final = 1e-6  # of a pixel: relative coordinates are not exact
BYTES_PER_PIXEL: Final = 4  # Pillow keeps RGB in four bytes too
ORIENTATION_TAG: Final = 0x0112
Box = tuple[float, float, float, float]
Aperture = tuple[int, int, int, int]
WHOLE: Final[Box] = (0.0, 0.0, 1.0, 1.0)
UNTOLD: Final = ColourSpace()
MAX_GAMMA_DEVIATION: Final = 0.05  # how far a gamma may be from sRGB's and still look the same (libpng's threshold)

_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_DECODER_ERRORS: Final = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    IndexError,
    KeyError,
    OverflowError,
    Image.DecompressionBombError,
)  # what Pillow's readers raise on hostile files (reliability notes of the test corpus)

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = 2**29  # the outer wall; the budgets below know scales and bytes, which this one does not


def upright(
    source: IO[bytes], width: int, frame: int = 0, space: ColourSpace = UNTOLD, aperture: Aperture | None = None
) -> Image.Image:
    """Return an image, or a frame of one, at most `width` wide and twice that high as displayed.

    Its mode is RGB, RGBA, L or LA. `space` is what the header says of colours that no ICC profile describes, `aperture`
    `(left, top, width, height)` what of the stored pixels it says is shown.

    Raises Unrenderable for an unknown format, a damaged file, or an image that does not fit the memory.
    """
    return region(source, WHOLE, width, frame, space, aperture)


def region(
    source: IO[bytes],
    box: Box,
    width: int,
    frame: int = 0,
    space: ColourSpace = UNTOLD,
    aperture: Aperture | None = None,
) -> Image.Image:
    """Return the part `(left, top, right, bottom)`, relative to the displayed image, at most `width` wide.

    Raises Unrenderable as `upright` does, and for a part that lies outside of the image.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of damaged metadata, which is not shown
            return _decoded(source, box, width, frame, space, aperture)
    except UnidentifiedImageError:
        raise Unrenderable("This is not an image of a format that can be shown.") from None
    except _DECODER_ERRORS as error:
        raise Unrenderable(f"The image cannot be decoded ({type(error).__name__}).") from None


def cut(image: Image.Image, box: Box, width: int) -> Image.Image:
    """Return a part of a picture as `region` does. Raises Unrenderable for one that lies outside of it."""
    part = image.crop(_pixels(box, (0, 0, *image.size)))
    size = _fit(part.size, width, is_sideways=False)
    return part if part.size == size else part.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def plain_8_bit(image: Image.Image) -> Image.Image:
    """Return the image in RGB, RGBA, L or LA, with 8 bits a channel.

    Deep grey is scaled by the number of bits in use, so that 12-bit data in 16-bit files is not shown as black;
    floating point from its darkest to its brightest.
    """
    if image.mode in WIDE_MODES:
        return _from_wide(image)
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "PA":
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("RGB", "L") and "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode in ("RGB", "RGBA", "L", "LA") else image.convert("RGB")


def encode(image: Image.Image, format: str) -> bytes:
    """Return the file (`webp`, `avif`, `jpeg`, `png`), without metadata: no author, position or camera."""
    output = io.BytesIO()
    clean = image.copy() if image.info else image
    clean.info = {}
    if format == "webp":
        clean.save(output, "WEBP", quality=82, method=4)
    elif format == "avif":
        clean.save(output, "AVIF", quality=65, speed=7)
    elif format == "jpeg":
        flattened(clean).save(output, "JPEG", quality=85, optimize=True, progressive=True)
    elif format == "png":
        clean.save(output, "PNG", optimize=True)
    else:
        raise ValueError(f"there is no encoder for {format}")
    return output.getvalue()


def flattened(image: Image.Image) -> Image.Image:
    """Return the image on white: JPEG has no transparency."""
    if image.mode not in ("RGBA", "LA"):
        return image
    base = Image.new("RGBA", image.size, "white")
    base.alpha_composite(image.convert("RGBA"))
    return base.convert("RGB")


def _decoded(
    source: IO[bytes], box: Box, max_width: int, frame: int, space: ColourSpace, aperture: Aperture | None
) -> Image.Image:
    with Image.open(source, formats=FORMATS) as opened:
        if frame:
            _require_budget(opened)  # moving images are composed from their first frame on
            opened.seek(frame)
        if opened.format not in SCALED_FORMATS:
            _require_budget(opened)  # first of all: reading a PNG's orientation decodes it
        turn = _orientation(opened)
        profile = opened.info.get("icc_profile")
        left, top, right, bottom = _pixels(_as_stored(box, turn), _shown(opened, aperture))
        size = _fit((right - left, bottom - top), max_width, is_sideways=turn in orientation.SIDEWAYS)
        _require_coefficients(opened)
        stored_width = opened.width
        _draft(opened, 2 * size[0] / (right - left))
        _require_budget(opened)
        opened.load()
        image = _resizable(opened)
        drafted = opened.width / stored_width
        part = (left * drafted, top * drafted, min(right * drafted, image.width), min(bottom * drafted, image.height))
        if image.size != size or part != (0, 0, *size):
            image = image.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=2.0)
        return orientation.upright(_to_srgb(image, profile, _space_of(opened, space)), turn)


def _draft(image: Image.Image, scale: float) -> None:
    """Make a JPEG decode at the smallest of its scales that is at least `scale`, or smaller to fit the budget."""
    fitting = math.sqrt(MAX_DECODED_BYTES / (BYTES_PER_PIXEL * image.width * image.height))
    scale = min(scale, 1.0)
    if scale > fitting:
        scale = 2.0 ** math.floor(math.log2(fitting))
    image.draft(None, (math.ceil(image.width * scale), math.ceil(image.height * scale)))


def _as_stored(box: Box, turn: int) -> Box:
    """Return a part of the displayed image as a part of the stored one."""
    (x0, y0), (x1, y1) = (orientation.stored(corner, turn) for corner in (box[:2], box[2:]))
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _shown(image: Image.Image, aperture: Aperture | None) -> Aperture:
    """Return the displayed part of the decoded pixels: libheif crops by itself, libavif does not."""
    return aperture if aperture and image.format == "AVIF" else (0, 0, *image.size)


def _pixels(box: Box, shown: Aperture) -> tuple[int, int, int, int]:
    """Return a part, relative, of the displayed pixels as `(left, top, right, bottom)` of the pixels."""
    x, y, width, height = shown
    left, top = max(0, math.floor(box[0] * width + ROUNDING)), max(0, math.floor(box[1] * height + ROUNDING))
    right, bottom = min(width, math.ceil(box[2] * width - ROUNDING)), min(height, math.ceil(box[3] * height - ROUNDING))
    if right <= left or bottom <= top:
        raise Unrenderable("That part lies outside of the image.")
    return x + left, y + top, x + right, y + bottom


def _resizable(image: Image.Image) -> Image.Image:
    """Return a mode that can be resized; CMYK and LAB stay until their profile has been applied."""
    return image if image.mode in ("CMYK", "LAB") else plain_8_bit(image)


def _to_srgb(image: Image.Image, profile: bytes | None, space: ColourSpace) -> Image.Image:
    """Return the image in sRGB. A profile that does not fit the pixels is left out, as browsers do."""
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    colours = image.convert("RGB" if image.mode == "RGBA" else "L") if alpha else image
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            colours = ImageCms.profileToProfile(colours, source, _SRGB, outputMode="RGB") or colours
        except (ImageCms.PyCMSError, OSError, ValueError):
            colours = plain_8_bit(colours)
    colours = plain_8_bit(colours)
    if space.is_other and not profile:
        colours = Image.fromarray(space.shown(np.asarray(colours)))
    if alpha is None:
        return colours
    merged = colours.convert("RGB")
    merged.putalpha(alpha)
    return merged


def _space_of(image: Image.Image, told: ColourSpace) -> ColourSpace:
    """Return the colour space: that of the header, else a PNG's gamma and chromaticities."""
    gamma = image.info.get("gamma")
    if told.is_other or "srgb" in image.info or not gamma:
        return told
    is_default = abs(gamma * 2.2 - 1) < MAX_GAMMA_DEVIATION
    return ColourSpace(None if is_default else 1 / gamma, tuple(image.info.get("chromaticity") or ()) or None)


def _from_wide(image: Image.Image) -> Image.Image:
    samples: np.ndarray[Any, Any] = np.asarray(image)
    if image.mode == "F":
        finite = samples[np.isfinite(samples)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    else:
        low, brightest = min(0, int(samples.min())), int(samples.max())
        high = 2 ** max(8, brightest.bit_length()) - 1
    output = np.empty(samples.shape, np.uint8)
    scale = 255.0 / ((high - low) or 1)
    for start in range(0, samples.shape[0], 256):  # by rows: a whole copy in floating point would be the peak
        rows = samples[start : start + 256].astype(np.float32)
        output[start : start + 256] = np.clip(np.nan_to_num((rows - low) * scale) + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(output, "L")


def _orientation(image: Image.Image) -> int:
    if image.format == "TIFF":
        return orientation.UPRIGHT  # Pillow turns TIFFs by itself, and gives the displayed size
    if image.format == "PNG":
        image.load()  # what describes it may stand behind its pixels
    for name in ("xmp", "XML:com.adobe.xmp"):
        image.info.pop(name, None)  # Pillow would take an orientation from there; no viewer does
    try:
        return orientation.known(image.getexif().get(ORIENTATION_TAG))
    except _DECODER_ERRORS:  # a damaged description is no damaged picture
        return orientation.UPRIGHT


def _fit(size: tuple[int, int], max_width: int, *, is_sideways: bool) -> tuple[int, int]:
    """Return the size, as stored, that fits `max_width` and twice that in height as displayed; never enlarged."""
    width, height = size
    widest, highest = (2 * max_width, max_width) if is_sideways else (max_width, 2 * max_width)
    scale = min(1.0, widest / width, highest / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _require_coefficients(image: Image.Image) -> None:
    if image.info.get("progressive") and 6 * image.width * image.height > MAX_COEFFICIENT_BYTES:
        raise Unrenderable("The image is too large to be decoded here.")


def _require_budget(image: Image.Image) -> None:
    """Raise Unrenderable for an image that does not fit the memory, from its header alone (decompression bombs)."""
    if image.width * image.height * BYTES_PER_PIXEL > MAX_DECODED_BYTES:
        raise Unrenderable("The image is too large to be decoded here.")
