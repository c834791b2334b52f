"""Members of stored documents that callers see: assets, annotations, embeddings.

The types follow the validators in `foveal.database.schema` and the writers of each collection; a member may be absent
unless it is `Required`. The answers of the routes are built from them.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Required

from pydantic import Field
from typing_extensions import TypedDict

from foveal.database.vocabulary import AnnotationType, ScanResult
from foveal.validation.checksums import Verification

Count = Annotated[int, Field(ge=0)]
Confidence = Annotated[float, Field(ge=0, le=1)]


class ObjectPlace(TypedDict, total=False):
    """The S3 object that holds the bytes of an asset."""

    bucket: str
    key: str
    version_id: Annotated[str | None, Field(description="null where the bucket keeps no versions")]
    etag: str
    storage_class: str | None
    archive_status: str
    delete_marker_version_id: str | None
    is_external: Annotated[bool, Field(description="true: it lies in another bucket, which Foveal only reads")]
    last_modified: Annotated[datetime, Field(description="As the import of a bucket saw it")]
    import_id: Annotated[str, Field(description="The import of a bucket that indexed it")]


class Checksums(TypedDict, total=False):
    """Checksums of all bytes in base64, as S3 states them."""

    crc64nvme: str
    sha256: str
    crc32: str
    crc32c: str
    sha1: str
    type: str
    verified: Annotated[bool, Field(description="True when S3 holds the very checksum that the uploader declared.")]
    verification: Annotated[
        Verification,
        Field(description="Why `verified` is so: nothing was declared, or S3 states no checksum of that algorithm."),
    ]


class Ratio(TypedDict):
    """An exact rate or ratio in lowest terms."""

    num: int
    den: int


class CleanAperture(TypedDict):
    """The part of the stored picture that is shown, in its pixels."""

    left: int
    top: int
    width: int
    height: int


class AudioFacts(TypedDict, total=False):
    """The first audio stream."""

    codec: str
    channels: int
    sample_rate: Annotated[int, Field(description="Samples per second and channel")]


class EmbeddedPreview(TypedDict):
    """The place of an embedded JPEG in the object."""

    offset: Count
    size_bytes: Count


class CameraFacts(TypedDict, total=False):
    """Camera, lens and exposure, as the file states them."""

    make: str
    model: str
    lens_make: str
    lens_model: str
    exposure_time_seconds: float
    f_number: float
    iso: int
    focal_length_mm: float
    focal_length_35mm: int


class GeoPoint(TypedDict):
    """A GeoJSON point."""

    type: Literal["Point"]
    coordinates: Annotated[
        list[float], Field(min_length=2, max_length=2, description="[longitude, latitude] in degrees, WGS 84")
    ]


class ScanFacts(TypedDict, total=False):
    """Malware scan of one version of the object; absent where nothing is scanned."""

    version_id: Required[str]
    result: Required[
        Annotated[
            ScanResult, Field(description="`released` by a person; `older` than scanning; `pending`: no result yet")
        ]
    ]
    at: Annotated[datetime, Field(description="When the scan or the decision was made")]
    asked_at: Annotated[datetime, Field(description="When the bytes arrived, or a scan was asked for last")]
    etag: str
    threats: Annotated[list[str], Field(description="Names that the scanner gives to what it found")]
    by: Annotated[str, Field(description="Subject of the person who released the version")]
    note: str


class LabelSummaryEntry(TypedDict, total=False):
    """The annotations of an asset that have one field, label and type."""

    field: Required[str]
    label: Required[str | None]
    type: Required[AnnotationType]
    count: Required[Annotated[int, Field(ge=1)]]
    unscored: Annotated[Count, Field(description="How many have no confidence")]
    min_confidence: Confidence | None
    max_confidence: Confidence | None


class AssetFields(TypedDict, total=False):
    """Members of an asset that may be absent: facts of the file, tags, attributes, labels."""

    reason: Annotated[str, Field(description="The code of the reason for `failed` or `quarantined`")]
    reason_detail: str
    ingest_error: Any
    file_name: str
    size_bytes: Count
    s3: ObjectPlace | None
    checksums: Checksums | None
    media_type: Annotated[str | None, Field(description="`image` or `video`")]
    format: str | None
    mime_type: str | None
    width: Annotated[Count | None, Field(description="In pixels, as displayed: cropped and turned as the file asks")]
    height: Annotated[Count | None, Field(description="In pixels, as displayed")]
    stored_width: Annotated[Count, Field(description="In pixels, before orientation or rotation is applied")]
    stored_height: Count
    clean_aperture: CleanAperture
    orientation: Annotated[int, Field(ge=1, le=8, description="As in EXIF")]
    rotation: Annotated[int, Field(description="Video: clockwise degrees to turn the stored frames for display")]
    is_mirrored: bool
    num_channels: Count
    bit_depth: Annotated[Count, Field(description="Bits per channel of the decoded picture")]
    colour_space: Annotated[str, Field(description="`gray`, `rgb`, `ycbcr`, `cmyk` or `lab`")]
    icc_profile: str
    has_alpha: bool
    colour_primaries: str
    transfer: str
    hdr: bool
    hdr_format: Annotated[str, Field(description="`pq`, `hlg`, `dolby_vision` or `gain_map`")]
    is_animated: bool
    frame_count: Count | None
    page_count: Count
    frame_rate: Annotated[Ratio, Field(description="Frames per second; the average of a variable frame rate")]
    is_variable_frame_rate: bool
    is_fragmented: bool
    duration_seconds: float | None
    codec: str
    codec_profile: str
    codec_string: Annotated[
        str,
        Field(
            description="Of a video, as RFC 6381, for `VideoDecoder.isConfigSupported` and `canPlayType`; absent where "
            "the header does not tell it",
            examples=["avc1.640028"],
        ),
    ]
    pixel_aspect: Annotated[Ratio, Field(description="Width of a pixel to its height")]
    audio: AudioFacts
    camera: CameraFacts
    captured_at: datetime
    captured_at_is_local: Annotated[bool, Field(description="The file states no zone: the camera's own clock")]
    captured_at_offset_minutes: Annotated[int, Field(description="The offset from UTC that the file states")]
    location: GeoPoint
    altitude_metres: float
    geotiff: dict[str, Any]
    dicom: dict[str, Any]
    nifti: dict[str, Any]
    pyramid: Annotated[dict[str, Any], Field(description="Levels of a tiled picture; scale of a whole slide")]
    preview: Annotated[EmbeddedPreview, Field(description="The embedded JPEG of a camera's raw file")]
    thumbhash: Annotated[str, Field(description="ThumbHash of the picture or poster in base64, for a placeholder")]
    perceptual_hash: Annotated[
        str,
        Field(
            pattern="^[0-9a-f]{16}$",
            description="pHash of the picture or poster: near-duplicates differ in few of its 64 bits; absent where "
            "the picture is a plain area",
        ),
    ]
    warnings: Annotated[
        list[Literal["truncated", "malformed"]], Field(description="Damage of the file that viewers tolerate")
    ]
    tags: list[str]
    attributes: dict[str, Any]
    label_summary: list[LabelSummaryEntry]
    annotation_revision: Annotated[Count, Field(description="Counts the changes to the asset's annotations")]
    reviewed_fields: Annotated[list[str], Field(description="Layers that a person has reviewed")]
    scan: ScanFacts
    deleted_at: datetime
    schema_version: int


class Change(TypedDict, total=False):
    """A change of an annotation: its kind, author, time and tool."""

    kind: Required[Literal["created", "updated", "deleted", "restored", "replaced", "refused"]]
    by: Required[str]
    at: Required[datetime]
    tool: str


class MaskDocument(TypedDict, total=False):
    """A run-length encoded mask; large counts are stored as an object in the bucket, named by `s3`."""

    encoding: Required[Literal["coco_rle", "coco_rle_str", "cvat_rle"]]
    size: Required[Annotated[list[int], Field(min_length=2, max_length=2, description="[height, width] in pixels")]]
    counts: list[int] | str
    s3: dict[str, Any]
    area: Annotated[float, Field(description="The number of pixels in the mask")]
    bbox_px: list[float]


class HeatmapDocument(TypedDict, total=False):
    """A grid of numbers; large values are stored as an object in the bucket, named by `s3`."""

    dtype: Required[Literal["uint8", "uint16", "float32"]]
    size: Required[Annotated[list[int], Field(min_length=2, max_length=2, description="[height, width] in cells")]]
    values: Annotated[str, Field(description="zlib in base64")]
    s3: dict[str, Any]
    range: Annotated[list[float], Field(min_length=2, max_length=2)]


class KeypointDocument(TypedDict, total=False):
    """A keypoint; visibility as in COCO: 0 not labelled, 1 hidden, 2 visible."""

    name: str
    x: float
    y: float
    x_px: float
    y_px: float
    visibility: Required[Literal[0, 1, 2]]
    confidence: Confidence
    occluded: bool
    outside: bool
    attributes: dict[str, Any]


class EllipseDocument(TypedDict):
    """Centre and radii of an ellipse."""

    cx: float
    cy: float
    rx: float
    ry: float


class Cuboid3dDocument(TypedDict):
    """Centre, size and Euler angles (radians) of a cuboid in the units of the scene."""

    location: list[float]
    dimensions: list[float]
    rotation: list[float]


class SupportDocument(TypedDict, total=False):
    """First and last frame (both included, counted from 0), or start and end in seconds."""

    first: int
    last: int
    start_seconds: float
    end_seconds: float


BoxValues = Annotated[list[float], Field(min_length=4, max_length=4, description="[x, y, width, height]")]
Rings = Annotated[list[list[list[float]]], Field(description="Rings of points [x, y]")]


class AnnotationFields(TypedDict, total=False):
    """Members of an annotation of any type; geometry is relative to the displayed image unless it ends in `_px`."""

    project: Required[str]
    asset_id: Required[str]
    type: Required[AnnotationType]
    field: Required[Annotated[str, Field(description="The layer, for example ground_truth")]]
    label: str | None
    label_id: str
    tags: list[str]
    confidence: Confidence | None
    text: str
    attributes: dict[str, Any]
    relations: list[dict[str, Any]]
    frame_index: Annotated[Count | None, Field(description="Counted from 0")]
    keyframe: bool
    outside: bool
    interpolated: bool
    track_id: str | None
    instance_id: str
    group_id: str
    parent_id: str
    index: Count
    occluded: bool
    truncated: bool
    difficult: bool
    iscrowd: bool
    ignore: bool
    pose: str
    z_order: int
    area: float
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"]
    run: dict[str, Any]
    annotator: str
    tool: str
    lead_time_seconds: float
    review: dict[str, Any]
    origin: dict[str, Any]
    bbox: BoxValues
    bbox_px: BoxValues
    bbox_area: Annotated[float, Field(description="The area of `bbox`, relative to the image")]
    image_size: Annotated[list[int], Field(min_length=2, max_length=2)]
    coordinate_frame: Literal["display", "stored"]
    rotation: Annotated[float, Field(description="Degrees, clockwise")]
    rotation_origin: Literal["center", "top_left"]
    logits: list[float]
    language: str
    value: float
    support: SupportDocument
    longitude: float
    latitude: float
    line: list[list[float]]
    polygon: list[list[list[float]]]
    rings: Rings
    rings_px: Rings
    holes: Rings
    holes_px: Rings
    closed: bool
    filled: bool
    keypoints: list[KeypointDocument]
    mask: MaskDocument
    map: HeatmapDocument
    ellipse: EllipseDocument
    ellipse_px: EllipseDocument
    cuboid: Annotated[list[float], Field(min_length=16, max_length=16, description="x and y of eight corners")]
    cuboid_px: Annotated[list[float], Field(min_length=16, max_length=16)]
    box3d: Cuboid3dDocument
    revision: Required[Annotated[int, Field(ge=1)]]
    change: Required[Change]
    created_at: Required[datetime]
    created_by: Required[str]
    updated_at: Required[datetime]
    updated_by: Required[str]
    schema_version: Required[int]


class EmbeddingFields(TypedDict, total=False):
    """Members of an embedding that callers see."""

    project: Required[str]
    asset_id: Required[str]
    annotation_id: str | None
    of_annotation: Annotated[bool, Field(description="It is the vector of an annotation, not of the whole asset.")]
    model: Required[str]
    version: Required[str]
    preprocessing: str | None
    dimensions: Required[Annotated[int, Field(ge=1)]]
    created_at: datetime
    schema_version: int
