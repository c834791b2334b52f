"""Open Images V4 to V7: tables of boxes, image labels, masks, names of classes (storage.googleapis.com/openimages)."""

from foveal.formats.openimages.reader import read
from foveal.formats.openimages.tables import score
from foveal.formats.openimages.writer import write
from foveal.formats.registry import Format

FORMAT = Format("openimages", "Open Images", score, read, write)
