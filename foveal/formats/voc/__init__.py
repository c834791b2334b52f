"""Pascal VOC: an XML file for each image, lists of images and classes in `ImageSets/Main` (VOC2012 devkit)."""

from foveal.formats.registry import Format
from foveal.formats.voc.layout import score
from foveal.formats.voc.reader import read
from foveal.formats.voc.writer import write

_PIXEL_BASE = (
    "0 (default): numbers stand as they are; 1: pixels count from 1 and the last one belongs to the box, as in the"
    " devkit of VOC"
)

FORMAT = Format(
    "voc",
    "Pascal VOC",
    score,
    read,
    write,
    read_options={"pixel_base": _PIXEL_BASE},
    write_options={"pixel_base": _PIXEL_BASE},
)
