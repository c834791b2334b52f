"""KITTI: object labels, a text file for each image (devkit `readme.txt`), and the tracklets of raw recordings (XML)."""

from foveal.formats.kitti.reader import read, score
from foveal.formats.kitti.writer import write
from foveal.formats.registry import Format

FORMAT = Format("kitti", "KITTI", score, read, write)
