"""Pictures in floating point: OpenEXR and Radiance HDR by FFmpeg's decoders, portable float maps by numpy.

Colours are linear light with the primaries of sRGB. Light up to 0.6 of white is shown as it is; what is brighter comes
closer to white, and reaches it at the 99.5th percentile of the picture, or at 1 if that is more. Grey is as often a
distance or a height as light: it is shown from its least to its greatest number.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, Final

import av
import numpy as np
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.decode import budget, orientation
from foveal.render.decode.colour_space import from_light
from foveal.render.decode.depth import scaled
from foveal.render.decode.videos.opening import ERRORS

FORMATS: Final = frozenset({"exr", "hdr", "pfm"})
BYTES_PER_PIXEL: Final = 24
"""Four channels of 32 bits, and the picture in 8 bits, twice."""
WHITE_PERCENTILE: Final = 99.5
SAMPLED_PIXELS: Final = 1_000_000
ROWS: Final = 128
_LAYOUT: Final = re.compile(r"(gbrp|gbrap|gray)f(16|32)le")
_MAP_HEADER: Final = re.compile(rb"P([Ff])\s+(\d{1,9})\s+(\d{1,9})\s+([-+.\deE]{1,32})\s")
Grid = np.ndarray[Any, Any]


def picture(asset: Mapping[str, Any], source: IO[bytes]) -> Image.Image:
    """Return the picture in its full size, of mode L, RGB or RGBA. Raises Unrenderable where it cannot be decoded."""
    turn = orientation.of_asset(asset)
    if asset["format"] == "hdr" and (asset.get("colour_space") != "rgb" or turn in orientation.SIDEWAYS):
        raise Unrenderable("Radiance pictures in XYZE, or with columns in place of lines, are not decoded here.")
    pixels = int(asset["width"]) * int(asset["height"])
    budget.require_pixels(pixels, BYTES_PER_PIXEL, buffers=2 * int(asset.get("size_bytes") or 0))
    source.seek(0)
    data = source.read()
    try:
        planes = _float_map(data) if asset["format"] == "pfm" else _decoded(asset["format"], data)
    except ERRORS as error:
        raise Unrenderable(f"The image cannot be decoded ({type(error).__name__}).") from None
    image = Image.fromarray(_grey(planes[0]) if len(planes) == 1 else _colours(planes))
    return orientation.upright(
        image, orientation.known(asset.get("orientation"))
    )  # of Radiance, which FFmpeg passes over


def _decoded(codec: str, data: bytes) -> list[Grid]:
    """Return the planes: grey; or red, green, blue, and alpha where there is one."""
    context = av.CodecContext.create(codec, "r")
    assert isinstance(context, av.VideoCodecContext)
    context.thread_count = 1
    frames: list[Any] = [*context.decode(av.Packet(data)), *context.decode(None)]
    frame = frames[0]
    layout = _LAYOUT.fullmatch(frame.format.name)
    if layout is None:
        raise ValueError(frame.format.name)
    sample = np.dtype(f"<f{int(layout[2]) // 8}")
    planes: list[Grid] = [
        np.frombuffer(plane, sample).reshape(frame.height, plane.line_size // sample.itemsize)[:, : frame.width]
        for plane in frame.planes
    ]
    return planes if len(planes) == 1 else [planes[2], planes[0], planes[1], *planes[3:]]


def _float_map(data: bytes) -> list[Grid]:
    """Return the planes of a portable float map, whose rows go from the bottom up (Debevec, "PFM")."""
    header = _MAP_HEADER.match(data)
    if header is None:
        raise ValueError("header")
    channels, columns, rows = 3 if header[1] == b"F" else 1, int(header[2]), int(header[3])
    order = "<f4" if float(header[4]) < 0 else ">f4"
    samples = np.frombuffer(data, order, columns * rows * channels, header.end()).reshape(rows, columns, channels)
    return [samples[::-1, :, channel] for channel in range(channels)]


def _grey(plane: Grid) -> Grid:
    finite = plane[np.isfinite(plane)]
    if not finite.size:
        return np.zeros(plane.shape, np.uint8)
    return scaled(plane, float(finite.min()), float(finite.max()))


def _colours(planes: Sequence[Grid]) -> Grid:
    """Return 8-bit sRGB (rows, columns, 3 or 4)."""
    white = max(1.0, _white(planes[:3]))
    output = np.empty((*planes[0].shape, len(planes)), np.uint8)
    for start, light, alpha in _rows(planes):
        shown = output[start : start + ROWS]
        if alpha is not None:  # colours are multiplied by it already (OpenEXR, "Technical Introduction")
            light = light / np.where(alpha > 0, alpha, 1)[..., None]
            shown[..., 3] = np.clip(alpha, 0, 1) * 255 + 0.5
        shown[..., :3] = from_light(light, white)
    return output


def _rows(planes: Sequence[Grid]) -> Iterator[tuple[int, Grid, Grid | None]]:
    """Yield the start of some rows, their light and their alpha; what is no number is 0."""
    for start in range(0, planes[0].shape[0], ROWS):
        parts = [np.nan_to_num(plane[start : start + ROWS].astype(np.float32)) for plane in planes]
        yield start, np.stack(parts[:3], axis=-1), parts[3] if len(parts) == 4 else None


def _white(planes: Sequence[Grid]) -> float:
    """Return the percentile of the brightest channel, from a grid of the pixels."""
    step = max(1, round((planes[0].size / SAMPLED_PIXELS) ** 0.5))
    brightest = np.max([plane[::step, ::step] for plane in planes], axis=0)
    finite = brightest[np.isfinite(brightest)]
    return float(np.percentile(finite, WHITE_PERCENTILE)) if finite.size else 1.0
