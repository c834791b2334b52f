"""Label Studio: tasks with annotations and predictions, brush masks, video; JSON_MIN is read only."""

from typing import Final

from foveal.formats.label_studio.detection import score
from foveal.formats.label_studio.reader import read
from foveal.formats.label_studio.writing import WRITE_OPTIONS, write
from foveal.formats.label_studio.writing.copying import copy
from foveal.formats.registry import Format

FORMAT: Final = Format(
    name="label_studio",
    title="Label Studio",
    score=score,
    read=read,
    write=write,
    read_options={
        "annotators": "The annotations of several annotators are `one_layer`, or a `layer_each`.",
        "controls": "The results of all controls of a labelling interface are `one_layer`, or a `layer_each`.",
        "cancelled": "Annotations that were cancelled: `leave_out`, or `import` into the layer `cancelled`.",
        "data_key": "The member of a task's data that names the image or video, where there are several.",
        "upload_prefix": "The eight digits before the names of uploads: `drop`, or `keep`.",
        "choice_names": "JSON_MIN: names of members, with commas, whose texts are choices.",
    },
    write_options=WRITE_OPTIONS,
    copy=copy,
)
