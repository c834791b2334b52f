"""Models of annotations, one for each type.

Geometry is relative to the image as displayed: x and y from 0 at the left and top to 1. Where a source speaks in
pixels, its numbers are kept as given in the fields that end in `_px`, with `image_size` when they refer to another
size than the asset's. Frames count from 0.
"""

from typing import Annotated, Final, Literal, Self, get_args

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from foveal.catalog.annotations.common_fields import Base, FrameIndex, Placed, Positive, Share
from foveal.catalog.annotations.rasters.heatmaps import HeatmapGrid
from foveal.catalog.annotations.rasters.masks import Mask
from foveal.validation.models import Model
from foveal.validation.values import Attributes, LabelName, Number, Passage, Word

MAX_POINTS: Final = 100_000

Point = Annotated[list[Number], Field(min_length=2, max_length=2)]
Longitude = Annotated[Number, Field(ge=-180, le=180)]
Latitude = Annotated[Number, Field(ge=-90, le=90)]
Ring = Annotated[list[Point], Field(min_length=2, max_length=MAX_POINTS)]


def _few_points(rings: list[list[list[float]]]) -> list[list[list[float]]]:
    if sum(map(len, rings)) > MAX_POINTS:
        raise ValueError(f"must not have more than {MAX_POINTS} points")
    return rings


Rings = Annotated[list[Ring], Field(min_length=1, max_length=1000), AfterValidator(_few_points)]
Cuboid2d = Annotated[list[Number], Field(min_length=16, max_length=16)]
Vector3 = Annotated[list[Number], Field(min_length=3, max_length=3)]


def _on_earth(position: list[float]) -> list[float]:
    longitude, latitude = position
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise ValueError("a position is [longitude, latitude] in degrees")
    return position


def _closed(ring: list[list[float]]) -> list[list[float]]:
    if ring[0] != ring[-1]:
        raise ValueError("the last position must be the first again")
    return ring


Position = Annotated[Point, AfterValidator(_on_earth)]
ClosedRing = Annotated[list[Position], Field(min_length=4, max_length=MAX_POINTS), AfterValidator(_closed)]
ClosedRings = Annotated[list[ClosedRing], Field(min_length=1, max_length=1000), AfterValidator(_few_points)]


class Classification(Base):
    """A label of the whole image or video; `logits` are the model's, in the order of its classes."""

    type: Literal["classification"]
    label: LabelName
    logits: Annotated[list[Number] | None, Field(max_length=10_000)] = None


class Caption(Base):
    """A sentence about the whole image or video."""

    type: Literal["caption"]
    text: Passage
    language: Word | None = None


class Regression(Base):
    type: Literal["regression"]
    value: Number


class Temporal(Base):
    """An interval of time; `support` includes its first and its last frame, and may be in seconds alone."""

    class Support(Model):
        first: FrameIndex | None = None
        last: FrameIndex | None = None
        start_seconds: Positive | None = None
        end_seconds: Positive | None = None

        @model_validator(mode="after")
        def _bounded(self) -> Self:
            pairs = ((self.first, self.last), (self.start_seconds, self.end_seconds))
            given = [pair for pair in pairs if pair != (None, None)]
            if not given or any(None in pair for pair in given):
                raise ValueError("needs first and last, or start_seconds and end_seconds, or all four")
            return self

    type: Literal["temporal"]
    support: Support


class Geolocation(Base):
    """A geographic geometry: a position, a line, or the rings of a polygon, closed, the outer one first."""

    type: Literal["geolocation"]
    longitude: Longitude | None = None
    latitude: Latitude | None = None
    line: Annotated[list[Position] | None, Field(min_length=2, max_length=MAX_POINTS)] = None
    polygon: ClosedRings | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if (self.longitude is None) is not (self.latitude is None):
            raise ValueError("longitude and latitude come together")
        if self.longitude is None and self.line is None and self.polygon is None:
            raise ValueError("needs longitude and latitude, line or polygon")
        return self


class Detection(Placed):
    """A box `[x, y, width, height]`, turned clockwise by `rotation` degrees."""

    type: Literal["detection"]
    rotation: Number | None = None
    rotation_origin: Literal["center", "top_left"] | None = None


class Polygon(Placed):
    """Closed rings, one for each part; the last point leads back to the first. Holes are rings to leave out."""

    type: Literal["polygon"]
    rings: Rings | None = None
    rings_px: Rings | None = None
    holes: Rings | None = None
    holes_px: Rings | None = None
    closed: Literal[True] = True
    filled: bool | None = None


class Polyline(Placed):
    type: Literal["polyline"]
    rings: Rings | None = None
    rings_px: Rings | None = None
    closed: bool = False
    filled: bool | None = None


class Keypoint(Model):
    """A point; visibility as in COCO: 0 not labelled (no position needed), 1 hidden, 2 visible."""

    name: Word | None = None
    x: Number | None = None
    y: Number | None = None
    x_px: Number | None = None
    y_px: Number | None = None
    visibility: Annotated[int, Field(ge=0, le=2)] = 2
    confidence: Share | None = None
    occluded: bool | None = None
    outside: bool | None = None
    attributes: Attributes | None = None


class Keypoints(Placed):
    type: Literal["keypoints"]
    keypoints: Annotated[list[Keypoint], Field(min_length=1, max_length=1000)]


class InstanceMask(Placed):
    type: Literal["mask"]
    mask: Mask


class Segmentation(Placed):
    """The mask of one class over the whole image."""

    type: Literal["segmentation"]
    mask: Mask


class Heatmap(Placed):
    """Numbers on a grid over the whole image, or over `bbox`."""

    type: Literal["heatmap"]
    map: HeatmapGrid


class Ellipse(Placed):
    class Axes(Model):
        cx: Number
        cy: Number
        rx: Positive
        ry: Positive

    type: Literal["ellipse"]
    ellipse: Axes | None = None
    ellipse_px: Axes | None = None
    rotation: Number | None = None


class Cuboid(Placed):
    """A cuboid as seen: eight corners, x and y of each."""

    type: Literal["cuboid"]
    cuboid: Cuboid2d | None = None
    cuboid_px: Cuboid2d | None = None


class Cuboid3d(Base):
    """A cuboid in space: centre, size and Euler angles (radians), in the units of the scene."""

    class Box3d(Model):
        location: Vector3
        dimensions: Vector3
        rotation: Vector3

    type: Literal["cuboid_3d"]
    box3d: Box3d


class Track(Placed):
    """One object through a video; its places are annotations with the same `track_id`, or boxes at keyframes here."""

    type: Literal["track"]
    track_id: Word


Annotation = (
    Classification
    | Caption
    | Detection
    | Polygon
    | Polyline
    | Keypoints
    | InstanceMask
    | Segmentation
    | Heatmap
    | Ellipse
    | Cuboid
    | Cuboid3d
    | Temporal
    | Track
    | Regression
    | Geolocation
)
AnyAnnotation = Annotated[Annotation, Field(discriminator="type")]
ANNOTATION: Final[TypeAdapter[Annotation]] = TypeAdapter(AnyAnnotation)

GEOMETRY: Final = frozenset(
    {
        *(
            "bbox",
            "bbox_px",
            "image_size",
            "coordinate_frame",
            "area",
            "rings",
            "rings_px",
            "holes",
            "holes_px",
            "keypoints",
            "mask",
        ),
        *("ellipse", "ellipse_px", "cuboid", "cuboid_px", "box3d", "support", "map"),
        *("longitude", "latitude", "line", "polygon"),
    }
)
"""Fields that place an annotation: a change to one removes the others, so that they cannot contradict."""
RELATIVE: Final = frozenset({"bbox", "rings", "holes", "ellipse", "cuboid"})
"""Fields of relative geometry, which can be derived from their pixels; keypoints have it in x and y."""
DISPLAY_MARK: Final = ("relative_to", "display")
"""A stored member that callers do not see: relative geometry of the stored frame refers to the displayed image.

Annotations of the stored frame that were written before it lack it; theirs refers to the stored image.
"""

WRITABLE: Final = frozenset(name for model in get_args(Annotation) for name in model.model_fields)
"""Every field that a caller may write, of any type."""
