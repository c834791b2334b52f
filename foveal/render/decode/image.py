"""Decoding of still images: upright, in sRGB, with 8 bits a channel, no larger than requested.

Memory is bounded before anything is decoded: JPEG is decoded at the smallest of its scales that is large enough, all
else only when it fits the budget of its format. Formats are found from the bytes, out of a short list. What other
viewers show is shown: JPEGs without their end, PNGs with a damaged ancillary chunk.
"""

import io
import math
import struct
import warnings
from typing import IO, Final, NamedTuple

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError

from foveal.errors import Unrenderable
from foveal.render.decode import budget, deep_jpeg, orientation
from foveal.render.decode.colour_space import ColourSpace
from foveal.render.decode.depth import plain_8_bit
from foveal.render.decode.tiff import bands, excerpt
from foveal.render.decode.tiff import layout as tiff

FORMATS: Final = (
    *("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP", "JPEG2000", "PPM", "ICO", "PSD", "QOI"),
)  # MPO is read as JPEG
SCALED_FORMATS: Final = frozenset({"JPEG", "MPO"})
MAX_SCALED_BYTES: Final = 512 * 1024 * 1024
ROUNDING: Final = 1e-6  # of a pixel: relative coordinates are not exact
BYTES_PER_PIXEL: Final = 4  # Pillow keeps RGB in four bytes too
ORIENTATION_TAG: Final = 0x0112
LEVEL_REDUCTION: Final = 2
"""Factor by which a level of a pyramid must be larger than the picture, so that it is sharp."""
MAX_PAGES: Final = 64
Box = tuple[float, float, float, float]
Aperture = tuple[int, int, int, int]
WHOLE: Final[Box] = (0.0, 0.0, 1.0, 1.0)
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
    struct.error,
    Image.DecompressionBombError,
)  # what Pillow's readers raise on hostile files (reliability notes of the test corpus)

pillow_heif.register_heif_opener()
ImageFile.LOAD_TRUNCATED_IMAGES = True  # whether enough of the pixels is there, the probe has judged
Image.MAX_IMAGE_PIXELS = 2**29  # the outer wall; the budgets below know scales and bytes, which this one does not


class Stated(NamedTuple):
    """The facts of a picture that its header states, as the catalog holds them."""

    space: ColourSpace = ColourSpace()
    """Colour space where there is no ICC profile."""
    aperture: Aperture | None = None
    """The displayed part of the stored pixels `(left, top, width, height)`."""
    orientation: int | None = None
    """Of JPEG, PNG and WebP (1 to 8); None where it is not known: then it is read from the file."""

    format: str | None = None
    levels: tuple[tuple[int, int], ...] = ()
    """Width and height of the levels of a pyramid."""


NOTHING_STATED: Final = Stated()
NO_IMAGE: Final = "This is not an image of a format that can be shown."


def upright(source: IO[bytes], width: int, frame: int = 0, stated: Stated = NOTHING_STATED) -> Image.Image:
    """Return an image, or a frame of one, at most `width` wide and twice that high as displayed.

    Its mode is RGB, RGBA, L or LA. Raises Unrenderable for an unknown format, a damaged file, or an image that does
    not fit the memory.
    """
    return region(source, WHOLE, width, frame, stated)


def region(source: IO[bytes], box: Box, width: int, frame: int = 0, stated: Stated = NOTHING_STATED) -> Image.Image:
    """Return the part `(left, top, right, bottom)`, relative to the displayed image, at most `width` wide.

    Raises Unrenderable as `upright` does, and for a part that lies outside of the image.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of damaged metadata, which is not shown
            page = _page(source, stated.levels, width) if box == WHOLE and not frame else frame
            if box != WHOLE and not frame and (cut_out := _excerpt(source, box, width)):
                source, box = cut_out
            with _opened(source, page) as opened:
                return _decoded(opened, box, width, stated)
    except UnidentifiedImageError:
        told = f"Images of the format {stated.format} are not decoded here." if stated.format else NO_IMAGE
        raise Unrenderable(told) from None
    except _DECODER_ERRORS as error:
        raise Unrenderable(f"The image cannot be decoded ({type(error).__name__}).") from None


def cut(image: Image.Image, box: Box, width: int) -> Image.Image:
    """Return a part of a picture as `region` does. Raises Unrenderable for one that lies outside of it."""
    part = image.crop(_pixels(box, (0, 0, *image.size)))
    size = _fit(part.size, width, is_sideways=False)
    return part if part.size == size else part.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


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


def _opened(source: IO[bytes], frame: int) -> Image.Image:
    """Return the image at a frame, not decoded yet where its format allows. It fits the budget."""
    decoded = bands.opened(source, frame) or deep_jpeg.opened(source)
    if decoded is not None:
        return decoded
    source.seek(0)
    budget.require_webp(source.read(budget.WEBP_HEAD_BYTES))
    source.seek(0)
    opened = Image.open(source, formats=FORMATS)
    if opened.format == "TIFF":
        opened.seek(frame)
    if opened.format not in SCALED_FORMATS or frame:
        budget.require(opened, source, frame)
    if frame and opened.format != "TIFF":  # animations are composed from their first frame on
        opened.seek(frame)
    return opened


def _page(source: IO[bytes], levels: tuple[tuple[int, int], ...], width: int) -> int:
    """Return the page of a TIFF that is the smallest level of its pyramid which suffices for a width, else 0.

    Sides are those that are stored: Pillow swaps them for a picture on its side. Levels in SubIFDs, which Pillow does
    not open, are passed over; pages that a header reader did not come to are found here.
    """
    if len(levels) < 2:
        return 0
    smallest, chosen = max(levels), 0
    source.seek(0)
    with Image.open(source, formats=("TIFF",)) as opened:
        for page in range(MAX_PAGES):
            try:
                opened.seek(page)
            except EOFError:
                break
            tags = getattr(opened, "tag_v2", {})
            size = int(tags.get(tiff.WIDTH, 0)), int(tags.get(tiff.HEIGHT, 0))
            is_level = size in levels or excerpt.is_level(tags, levels[0])
            suffices = max(size[0] / width, size[1] / (2 * width)) >= LEVEL_REDUCTION
            if is_level and suffices and size < smallest:
                smallest, chosen = size, page
    return chosen


def _excerpt(source: IO[bytes], box: Box, width: int) -> excerpt.Excerpt | None:
    """Return the tiles of a TIFF that a part needs, at most `width` wide as displayed; None for other files."""
    return excerpt.of(source, box, lambda size, turn: _fit(size, width, is_sideways=turn in orientation.SIDEWAYS))


def _decoded(opened: Image.Image, box: Box, max_width: int, stated: Stated) -> Image.Image:
    turn = _orientation(opened, stated.orientation)
    profile = opened.info.get("icc_profile")
    left, top, right, bottom = _pixels(_as_stored(box, turn), _shown(opened, stated.aperture))
    size = _fit((right - left, bottom - top), max_width, is_sideways=turn in orientation.SIDEWAYS)
    stored_width = opened.width
    if opened.format in SCALED_FORMATS:
        budget.require_coefficients(opened)
        _draft(opened, 2 * size[0] / (right - left))
        budget.require_pixels(opened.width * opened.height, budget.SIMPLE_BYTES_PER_PIXEL)
    opened.load()
    image = _resizable(opened)
    drafted = opened.width / stored_width
    part = (left * drafted, top * drafted, min(right * drafted, image.width), min(bottom * drafted, image.height))
    if image.size != size or part != (0, 0, *size):
        image = image.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=2.0)
    return orientation.upright(_to_srgb(image, profile, _space_of(opened, stated.space)), turn)


def _draft(image: Image.Image, scale: float) -> None:
    """Make a JPEG decode at the smallest of its scales that is at least `scale`, or smaller to fit the budget."""
    fitting = math.sqrt(MAX_SCALED_BYTES / (BYTES_PER_PIXEL * image.width * image.height))
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


def _orientation(image: Image.Image, stated: int | None) -> int:
    """Return the orientation of the pixels that are decoded; the one of the catalog, which facts went by, comes first.

    Pillow turns TIFFs, libheif HEIFs by itself.
    """
    if image.format not in (*SCALED_FORMATS, "PNG", "WEBP", "AVIF"):
        return orientation.UPRIGHT
    if stated is not None and image.format != "AVIF":
        return orientation.known(stated)
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
