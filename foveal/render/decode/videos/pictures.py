"""Pictures of decoded video frames."""

import math
import struct
from typing import Any, Final

from av.sidedata.sidedata import Type
from av.video.reformatter import Colorspace
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.decode import orientation
from foveal.render.decode.colour_space import HLG, PQ, ColourSpace

DISPLAY_MATRIX: Final = Type.DISPLAYMATRIX
UNSPECIFIED: Final = 2
HIGH_DEFINITION: Final = 720  # from this height on, players take a frame that does not tell for BT.709
TRANSFERS: Final = {8: "linear", 16: PQ, 18: HLG}
PRIMARIES: Final = {9: "bt2020", 12: "smpte432"}
MAX_SCALED_PIXELS: Final = 8192 * 8192
MAX_SCALED_SIDE: Final = 65_536
Aperture = tuple[int, int, int, int]


def picture(frame: Any, stream: Any, width: int, aperture: Aperture | None) -> Image.Image:
    """Return the displayed part of a frame: square pixels, upright, in sRGB.

    FFmpeg applies the crop of the codec; that of the container is applied here, `aperture` `(left, top, width,
    height)`. Of a frame much larger than its displayed part the picture is smaller than requested, so that the whole
    of it stays bounded.
    """
    left, top, shown_width, shown_height = aperture or (0, 0, frame.width, frame.height)
    aspect = float(stream.sample_aspect_ratio or 1)
    square_width = max(1, round(shown_width * aspect))
    turn = _turn(frame)
    is_sideways = turn in orientation.SIDEWAYS
    widest, highest = (2 * width, width) if is_sideways else (width, 2 * width)
    scale = min(1.0, widest / square_width, highest / shown_height)
    pixels = (frame.width * aspect * scale * square_width / (shown_width * aspect)) * (frame.height * scale)
    scale *= min(1.0, math.sqrt(MAX_SCALED_PIXELS / pixels))
    size = max(1, round(square_width * scale)), max(1, round(shown_height * scale))
    across, down = size[0] / shown_width, size[1] / shown_height
    whole = max(size[0], round(frame.width * across)), max(size[1], round(frame.height * down))
    if whole[0] * whole[1] > 2 * MAX_SCALED_PIXELS or max(whole) > MAX_SCALED_SIDE:
        raise Unrenderable("The shape of the video's pixels is not plausible.")
    space = ColourSpace(TRANSFERS.get(int(frame.color_trc)), PRIMARIES.get(int(frame.color_primaries)))
    shown = frame.reformat(
        width=whole[0],
        height=whole[1],
        format="rgb48le" if space.is_other else "rgb24",
        src_colorspace=_matrix(frame),
        interpolation="AREA",
    )
    image: Image.Image = Image.fromarray(space.shown(shown.to_ndarray())) if space.is_other else shown.to_image()
    corner = min(round(left * across), whole[0] - size[0]), min(round(top * down), whole[1] - size[1])
    part = image.crop((*corner, corner[0] + size[0], corner[1] + size[1])) if whole != size else image
    return orientation.upright(part, turn)


def _turn(frame: Any) -> int:
    matrix = frame.side_data.get(DISPLAY_MATRIX)
    if matrix is None:
        return orientation.UPRIGHT
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    return orientation.of_matrix(a, b, c, d)


def _matrix(frame: Any) -> Any:
    """Return the matrix from YCbCr, None for the frame's own; a large frame that states none has that of BT.709."""
    is_told = int(frame.colorspace) != UNSPECIFIED
    return None if is_told or frame.height < HIGH_DEFINITION else Colorspace.ITU709
