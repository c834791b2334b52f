"""LabelMe: a JSON file for each image (labelme 7.9.1, `labelme/_label_file.py`), with X-AnyLabeling's members."""

from foveal.formats.labelme.reader import read, score
from foveal.formats.labelme.writer import write
from foveal.formats.registry import Format

FORMAT = Format("labelme", "LabelMe", score, read, write)
