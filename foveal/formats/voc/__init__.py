"""Pascal VOC (2012): an XML file for each image, lists of images and classes in `ImageSets/Main`, PNGs of segments."""

from foveal.formats.registry import Format
from foveal.formats.voc.layout import score
from foveal.formats.voc.reader import read
from foveal.formats.voc.writer import write

_PIXEL_BASE = (
    "0 (default): numbers stand as they are; 1: pixels count from 1 and the last one belongs to the box, as in the"
    " devkit of VOC"
)

_MASK_CLASSES = (
    "without labelmap.txt, indices of SegmentationClass are the 20 classes of VOC2012 (voc), or have no name (none)"
)

FORMAT = Format(
    "voc",
    "Pascal VOC",
    score,
    read,
    write,
    read_options={"pixel_base": _PIXEL_BASE, "mask_classes": _MASK_CLASSES},
    write_options={"pixel_base": _PIXEL_BASE},
)
