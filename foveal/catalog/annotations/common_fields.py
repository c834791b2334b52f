"""Fields of annotations of every type: label, frame, track, review, lineage."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from foveal.catalog.annotations.rasters.mask_objects import MaskObject
from foveal.catalog.annotations.rasters.masks import Side
from foveal.validation.models import Model
from foveal.validation.values import Attributes, FieldLayer, Instant, LabelName, Number, Passage, Tags, Text, Word

MAX_FRAME: Final = 2**53

Share = Annotated[Number, Field(ge=0, le=1)]
Positive = Annotated[Number, Field(ge=0)]
FrameIndex = Annotated[int, Field(ge=0, le=MAX_FRAME)]
BoxValues = Annotated[list[Number], Field(min_length=4, max_length=4)]


class ModelRun(Model):
    """The model run that made an annotation."""

    model: Word
    version: Word | None = None
    params: Attributes | None = None


class Review(Model):
    state: Literal["accepted", "rejected", "pending"]
    by: Word | None = None
    at: Instant | None = None
    note: Text | None = None


class Origin(Model):
    """Source of an imported annotation; `record` is the source's own text, verbatim.

    A record of more than 65,536 characters lies in the bucket, and `s3` names it, which only the catalog writes. The
    annotations that one record became share its `pointer`; `parts` tells how many they were.
    """

    format: Word
    version: Word | None = None
    file_sha256: Word | None = None
    pointer: Text | None = None
    record: str | None = None
    s3: MaskObject | None = None
    import_id: Word | None = None
    parts: Annotated[int | None, Field(ge=1)] = None
    edited: bool = False


class Relation(Model):
    """A relation to another annotation of the same asset."""

    to: Word
    labels: Annotated[list[Word] | None, Field(max_length=100)] = None
    direction: Literal["forward", "backward", "both"] = "forward"


class Base(Model):
    """Base of the models of annotations. `text` is a transcription or a description."""

    field: FieldLayer
    label: LabelName | None = None
    label_id: Word | None = None
    tags: Tags | None = None
    confidence: Share | None = None
    text: Passage | None = None
    attributes: Attributes | None = None
    relations: Annotated[list[Relation] | None, Field(max_length=100)] = None
    frame_index: FrameIndex | None = None
    keyframe: bool | None = None
    outside: bool | None = None
    interpolated: bool | None = None
    track_id: Word | None = None
    instance_id: Word | None = None
    group_id: Word | None = None
    parent_id: Word | None = None
    index: Annotated[int | None, Field(ge=0, le=MAX_FRAME)] = None
    occluded: bool | None = None
    truncated: bool | None = None
    difficult: bool | None = None
    iscrowd: bool | None = None
    ignore: bool | None = None
    pose: Word | None = None
    z_order: Annotated[int | None, Field(ge=-(2**31), le=2**31)] = None
    area: Positive | None = None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None = None
    run: ModelRun | None = None
    annotator: Word | None = None
    tool: Word | None = None
    lead_time_seconds: Positive | None = None
    review: Review | None = None
    origin: Origin | None = None
    extra: dict[str, Any] | None = None


class Placed(Base):
    """Base of the models of annotations that lie in the image."""

    bbox: BoxValues | None = None
    bbox_px: BoxValues | None = None
    image_size: Annotated[list[Side] | None, Field(min_length=2, max_length=2)] = None
    coordinate_frame: Literal["display", "stored"] | None = None
