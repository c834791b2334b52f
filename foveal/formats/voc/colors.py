"""Colour map of Pascal VOC, its classes, and label maps: a colour for each index and class of a PNG of segments.

Source: VOC2012 devkit, `VOCcode/VOClabelcolormap.m` and `VOCinit.m`. Label maps (`labelmap.txt`, a line
`label:r,g,b:parts:actions` for each class) are those of CVAT and Datumaro.
"""

from collections.abc import Iterable, Mapping
from typing import Final

Color = tuple[int, int, int]
BACKGROUND: Final = 0
VOID: Final = 255
"""Pixels along the edges of objects, and of objects that are difficult to tell."""
CLASSES: Final = (
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog"),
    *("horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor"),
)
"""The classes of VOC2012 in the order of their indices, which begin with 1."""


def _color(index: int) -> Color:
    red = green = blue = 0
    for place in range(7, -1, -1):
        red |= (index & 1) << place
        green |= (index >> 1 & 1) << place
        blue |= (index >> 2 & 1) << place
        index >>= 3
    return red, green, blue


COLORS: Final = tuple(map(_color, range(256)))
INDICES: Final[Mapping[Color, int]] = {color: index for index, color in enumerate(COLORS)}
PALETTE: Final = b"".join(map(bytes, COLORS))


def read_label_map(text: str) -> dict[Color, str]:
    """Return the names of a label map by colour; a line without a colour has that of its position."""
    found: dict[Color, str] = {}
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    for position, line in enumerate(line for line in lines if line and not line.startswith("#")):
        name, _, rest = line.partition(":")
        numbers = rest.partition(":")[0].split(",")
        if len(numbers) == 3 and all(each.strip().isdecimal() and int(each) < 256 for each in numbers):
            red, green, blue = map(int, numbers)
            found[red, green, blue] = name
        elif position < len(COLORS):
            found[COLORS[position]] = name
    return found


def label_map(names: Iterable[str]) -> str:
    """Return the text of a label map: the background, then classes in the order of their indices."""
    rows = enumerate(["background", *names])
    return "# label:color_rgb:parts:actions\n" + "".join(
        f"{name}:{','.join(map(str, COLORS[index]))}::\n" for index, name in rows
    )
