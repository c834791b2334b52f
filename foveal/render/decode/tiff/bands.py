"""TIFFs whose samples Pillow does not show as they are: satellite and elevation data, and big-endian BigTIFF.

Several bands of 16 bits and more, samples with a value for "no data" (GDAL_NODATA), BigTIFF in big-endian order.
Contrast is by what is there: full-range pictures as they are, others from the 1st to the 99.5th percentile of all
bands together, so that hues stay; no data is transparent.
"""

from collections.abc import Iterator
from typing import IO, Final

import numpy as np
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.decode import budget, depth, orientation
from foveal.render.decode.tiff import layout as tiff
from foveal.render.decode.tiff.blocks import MAX_BYTES, Blocks, Grid
from foveal.render.decode.tiff.layout import Layout

MAX_SAMPLED: Final = 2_000_000
MAX_LOOKED_AT: Final = 16
"""Rows of blocks that decide on the contrast."""
LOWEST_PERCENTILE: Final = 1.0
HIGHEST_PERCENTILE: Final = 99.5
WHITE_IS_ZERO: Final = 0
ALPHA: Final = (1, 2)


def opened(source: IO[bytes], page: int = 0) -> Image.Image | None:
    """Return a page, upright, in RGB, RGBA, L or LA, with its profile; None for a file that Pillow shows rightly.

    Raises Unrenderable for one that is too large; Pillow's errors, struct.error and ValueError for damage.
    """
    layout = tiff.layout_of(source, page)
    if layout is None:
        return None
    bytes_per_pixel = budget.SIMPLE_BYTES_PER_PIXEL if layout.no_data is None else budget.COPIED_BYTES_PER_PIXEL
    budget.require_pixels(layout.width * layout.height, bytes_per_pixel)
    image = _shown(_bands(source, layout), layout)
    if tiff.PROFILE in layout.tags:
        image.info["icc_profile"] = layout.tags[tiff.PROFILE][0]
    return orientation.upright(image, orientation.known(layout.one(tiff.ORIENTATION, 1)))


def _bands(source: IO[bytes], layout: Layout) -> list[Blocks]:
    """Return the bands that are shown, all in one or each alone as they are stored."""
    offsets = layout.tags[tiff.TILE_OFFSETS if layout.is_tiled else tiff.OFFSETS]
    counts = layout.tags.get(tiff.TILE_COUNTS if layout.is_tiled else tiff.COUNTS) or (MAX_BYTES,) * len(offsets)
    if not layout.is_apart:
        return [Blocks(source, layout, layout.bands, offsets, counts)]
    each = len(offsets) // layout.bands
    shares = [slice(number * each, (number + 1) * each) for number in range(layout.shown_bands)]
    return [Blocks(source, layout, 1, offsets[share], counts[share]) for share in shares]


def _shown(bands: list[Blocks], layout: Layout) -> Image.Image:
    count = layout.shown_bands
    row_bytes = layout.width * layout.bands * layout.kind.itemsize
    if layout.block[1] * row_bytes > MAX_BYTES:
        raise Unrenderable("The strips or tiles of the TIFF are too large to be decoded here.")
    step = layout.block[1] * max(1, min(depth.ROWS, MAX_BYTES // row_bytes) // layout.block[1])
    tops = range(0, layout.height, step)

    def rows(top: int) -> Grid:
        parts = [each.rows(top, min(top + step, layout.height)) for each in bands]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)

    low, high = _contrast((rows(top) for top in tops[:: max(1, len(tops) // MAX_LOOKED_AT)]), layout)
    is_alpha = (
        layout.tags.get(tiff.EXTRA_SAMPLES, (0,))[0] in ALPHA and layout.bands == count + 1 and not layout.is_apart
    )
    has_alpha = is_alpha or layout.no_data is not None
    output = Image.new({1: "L", 3: "RGB"}[count] if not has_alpha else {1: "LA", 3: "RGBA"}[count], layout.size)
    for top in tops:
        samples = rows(top)
        shown = depth.scaled(samples[..., :count], low, high)
        if layout.one(tiff.PHOTOMETRIC, 1) == WHITE_IS_ZERO:
            shown = 255 - shown
        if is_alpha:
            full = np.iinfo(layout.kind).max if layout.kind.kind in "iu" else 1
            shown = np.concatenate([shown, depth.scaled(samples[..., count:], 0, float(full))], axis=2)
        elif has_alpha:
            is_there = ~_absent(samples[..., :count], layout)
            shown = np.concatenate([shown, is_there[..., None].astype(np.uint8) * 255], axis=2)
        output.paste(Image.fromarray(shown[..., 0] if shown.shape[2] == 1 else shown), (0, top))
    return output


def _absent(colours: Grid, layout: Layout) -> Grid:
    """Return whether each pixel, of shape (rows, width), holds no data."""
    value = layout.no_data
    if value is None:
        return np.zeros(colours.shape[:2], bool)
    found: Grid = np.all(np.isnan(colours) if np.isnan(value) else colours == layout.kind.type(value), axis=2)
    return found


def _contrast(parts: Iterator[Grid], layout: Layout) -> tuple[float, float]:
    """Return the values of black and of white."""
    if layout.kind.itemsize == 1:
        return 0.0, 255.0
    chosen = []
    for part in parts:
        step = max(1, round((part.shape[0] * part.shape[1] * MAX_LOOKED_AT / MAX_SAMPLED) ** 0.5))
        some = part[::step, ::step, : layout.shown_bands]
        chosen.append(some[~_absent(some, layout)].reshape(-1))
    values = np.concatenate(chosen)
    values = values[np.isfinite(values)] if layout.kind.kind == "f" else values
    if not values.size:
        return 0.0, 1.0
    darkest, brightest = float(values.min()), float(values.max())
    if layout.kind.kind == "u" and brightest > np.iinfo(layout.kind).max / 2:
        return 0.0, float(np.iinfo(layout.kind).max)
    low, high = (float(each) for each in np.percentile(values, (LOWEST_PERCENTILE, HIGHEST_PERCENTILE)))
    return (low, high) if high > low else (darkest, brightest)
