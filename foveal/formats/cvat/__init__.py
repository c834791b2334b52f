"""CVAT XML 1.1, for images and for videos, and its dataset manifest."""

from typing import Final

from foveal.formats.cvat.files import score
from foveal.formats.cvat.reader import READ_OPTIONS, read
from foveal.formats.cvat.writing.copying import copy
from foveal.formats.cvat.writing.writer import WRITE_OPTIONS, write
from foveal.formats.registry import Format

FORMAT: Final = Format(
    "cvat",
    "CVAT XML 1.1 and dataset manifest",
    score,
    read,
    write,
    read_options=READ_OPTIONS,
    write_options=WRITE_OPTIONS,
    copy=copy,
)
