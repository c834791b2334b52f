"""YOLO: Ultralytics data sets of every task, Darknet, DOTA text, class folders, Ultralytics NDJSON."""

from typing import Final

from foveal.formats.registry import Format
from foveal.formats.yolo.detection import score
from foveal.formats.yolo.reader import read
from foveal.formats.yolo.writing.writer import write

FORMAT: Final = Format(
    name="yolo",
    title="YOLO (Ultralytics, Darknet, DOTA)",
    score=score,
    read=read,
    write=write,
    read_options={
        "task": "meaning of the rows: detect, segment, pose, obb or classify; needed for rows of nine values",
        "kpt_shape": "number of keypoints and numbers for each, for example 17,3, where data.yaml does not say it",
        "sixth_column": "meaning of a number behind the others: confidence or track_id",
    },
    write_options={
        "task": "shape of the rows: detect, segment, pose or obb; proposed from the annotations if not given",
        "kpt_shape": "number of keypoints of a row and numbers for each, for example 17,3",
        "sixth_column": "write confidence or track_id behind the numbers of a row",
    },
    takes_pixels=True,
)
