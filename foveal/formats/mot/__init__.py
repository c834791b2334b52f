"""MOTChallenge: boxes of tracks through the frames of a sequence ("MOT16", arXiv 1603.00831, section 4)."""

from foveal.formats.mot.reader import read
from foveal.formats.mot.sequences import score
from foveal.formats.mot.writer import write
from foveal.formats.registry import Format

_PIXEL_BASE = "0 (default): positions stand as they are; 1: they count from 1, as the rules of the challenge say"

FORMAT = Format(
    "mot",
    "MOTChallenge",
    score,
    read,
    write,
    read_options={
        "pixel_base": _PIXEL_BASE,
        "frame_base": "1: frames count from 1, as the rules say; 0: from 0; asked where a frame 0 stands in a file",
    },
    write_options={"pixel_base": _PIXEL_BASE},
)
