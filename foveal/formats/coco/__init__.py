"""COCO: instances, keypoints, panoptic, stuff, captions, labels, results, LVIS; cocodataset.org, "Data format"."""

from foveal.formats.coco.files import score
from foveal.formats.coco.reader import read
from foveal.formats.coco.writing.writer import write
from foveal.formats.registry import Format

FORMAT = Format(
    name="coco",
    title="COCO (instances, keypoints, panoptic, stuff, captions, results, LVIS)",
    score=score,
    read=read,
    write=write,
    read_options={"images": "For a list of results: the COCO file beside it that has the images and classes, or none."},
    write_options={"kind": "instances, or results: a list of predictions."},
    takes_pixels=True,
    takes_records=True,
)
