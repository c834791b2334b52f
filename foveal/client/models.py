"""Requests and answers of the API, generated from its OpenAPI document by `python -m tools.client`."""

from __future__ import annotations

from typing import Any, Literal, Required

from typing_extensions import TypedDict


class Account(TypedDict, total=False):
    """A caller as the API knows it from the access token."""

    subject: Required[str]
    """Stable identifier of the user or machine, from its issuer"""
    is_operator: Required[bool]
    """True for operators of the stage (role `foveal:operator`)"""
    projects: Required[list[ProjectRole]]
    """Projects that the caller may see, by name"""


class Aggregate(TypedDict, total=False):
    """Exactly one kind of aggregate."""

    count: Count | None
    counts: Counts | None
    sum: Sum | None
    sums: Sums | None
    labels: Labels | None
    histogram: Histogram | None
    quantiles: Quantiles | None
    distinct: Distinct | None
    co_occurrence: CoOccurrence | None
    grid: Grid | None
    annotation_counts: AnnotationCounts | None
    annotation_histogram: AnnotationHistogram | None
    annotation_quantiles: AnnotationQuantiles | None


class AggregateRequest(TypedDict, total=False):
    """Aggregates over the same assets, each under a name that the caller chooses."""

    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    view: str | None
    aggregates: Required[dict[str, Aggregate]]


class Aggregates(TypedDict, total=False):
    """The result of each aggregate under the name that the request gave it."""

    aggregates: Required[
        dict[
            str,
            CountResult
            | CountsResult
            | SumResult
            | SumsResult
            | AnnotationCountsResult
            | LabelsResult
            | HistogramResult
            | QuantilesResult
            | DistinctResult
            | CoOccurrenceResult
            | GridResult,
        ]
    ]


And = TypedDict(
    "And",
    {
        "and": "Required[list[And | Or | Not | Condition | Near | Within | Annotations]]",
    },
    total=False,
)


class Annotation(TypedDict, total=False):
    """An annotation of an asset in its present state."""

    project: Required[str]
    asset_id: Required[str]
    type: Required[
        Literal[
            "classification",
            "caption",
            "detection",
            "polygon",
            "polyline",
            "keypoints",
            "mask",
            "segmentation",
            "heatmap",
            "ellipse",
            "cuboid",
            "cuboid_3d",
            "temporal",
            "track",
            "regression",
            "geolocation",
        ]
    ]
    field: Required[str]
    """The layer, for example ground_truth"""
    label: str | None
    label_id: str
    tags: list[str]
    confidence: float | None
    text: str
    attributes: dict[str, Any]
    relations: list[dict[str, Any]]
    frame_index: int | None
    """Counted from 0"""
    keyframe: bool
    outside: bool
    interpolated: bool
    track_id: str | None
    instance_id: str
    group_id: str
    parent_id: str
    index: int
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
    bbox: list[float]
    """[x, y, width, height]"""
    bbox_px: list[float]
    """[x, y, width, height]"""
    bbox_area: float
    """The area of `bbox`, relative to the image"""
    image_size: list[int]
    coordinate_frame: Literal["display", "stored"]
    rotation: float
    """Degrees, clockwise"""
    rotation_origin: Literal["center", "top_left"]
    logits: list[float]
    language: str
    value: float
    support: SupportDocument
    longitude: float
    latitude: float
    line: list[list[float]]
    polygon: list[list[list[float]]]
    rings: list[list[list[float]]]
    """Rings of points [x, y]"""
    rings_px: list[list[list[float]]]
    """Rings of points [x, y]"""
    holes: list[list[list[float]]]
    """Rings of points [x, y]"""
    holes_px: list[list[list[float]]]
    """Rings of points [x, y]"""
    closed: bool
    filled: bool
    keypoints: list[KeypointDocument]
    mask: MaskDocument
    map: HeatmapDocument
    ellipse: EllipseDocument
    ellipse_px: EllipseDocument
    cuboid: list[float]
    """x and y of eight corners"""
    cuboid_px: list[float]
    box3d: Cuboid3dDocument
    revision: Required[int]
    change: Required[Change]
    created_at: Required[str]
    created_by: Required[str]
    updated_at: Required[str]
    updated_by: Required[str]
    schema_version: Required[int]
    annotation_id: Required[str]
    extra: dict[str, Any]
    """Unknown members that the caller sent"""
    deleted_at: str


class AnnotationBody(TypedDict, total=False):
    """An annotation; under `annotation_id`, an id of the caller's own (a UUID), it is made once only."""

    annotation_id: str | None
    annotation: Required[
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
    ]
    clip: bool


class AnnotationCount(TypedDict, total=False):
    """How many annotations, on how many assets; a member for each name in `by` stands beside them."""

    annotations: Required[int]
    assets: Required[int]
    label: str | None
    field: str
    type: Literal[
        "classification",
        "caption",
        "detection",
        "polygon",
        "polyline",
        "keypoints",
        "mask",
        "segmentation",
        "heatmap",
        "ellipse",
        "cuboid",
        "cuboid_3d",
        "temporal",
        "track",
        "regression",
        "geolocation",
    ]


class AnnotationCounts(TypedDict, total=False):
    """Number of annotations, and of their assets, for each combination of names, most first. `by`: `label`, `field`,
    `type`, `review`, `created_by`, `updated_by`, `attributes.<name>`. `where`: only annotations that match.
    """

    by: Required[list[str]]
    where: AnnotationFilter | None
    limit: int


class AnnotationCountsResult(TypedDict, total=False):
    """Result of `annotation_counts`, most first."""

    counts: Required[list[AnnotationCount]]
    is_complete: Required[bool]


class AnnotationFilter(TypedDict, total=False):
    """Description of an annotation: all members that are given must hold. Sizes are relative to the image (0–1).
    `review` is the state of its review, `unreviewed` where it has none; `created_by` and `updated_by` are the
    subjects that made it and changed it last, `updated_at` is the time of that change.
    """

    label: str | list[str] | None
    field: str | list[str] | None
    type: (
        Literal[
            "classification",
            "caption",
            "detection",
            "polygon",
            "polyline",
            "keypoints",
            "mask",
            "segmentation",
            "heatmap",
            "ellipse",
            "cuboid",
            "cuboid_3d",
            "temporal",
            "track",
            "regression",
            "geolocation",
        ]
        | list[
            Literal[
                "classification",
                "caption",
                "detection",
                "polygon",
                "polyline",
                "keypoints",
                "mask",
                "segmentation",
                "heatmap",
                "ellipse",
                "cuboid",
                "cuboid_3d",
                "temporal",
                "track",
                "regression",
                "geolocation",
            ]
        ]
        | None
    )
    confidence: Bounds | None
    width: Bounds | None
    height: Bounds | None
    area: Bounds | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    review: (
        Literal["accepted", "rejected", "pending", "unreviewed"]
        | list[Literal["accepted", "rejected", "pending", "unreviewed"]]
        | None
    )
    created_by: str | list[str] | None
    updated_by: str | list[str] | None
    updated_at: InstantBounds | None


class AnnotationHistogram(TypedDict, total=False):
    """Number of annotations in each bucket between the least and the greatest value, or between given boundaries.
    `of`: `confidence`, `value`, `attributes.<name>`, or `width`, `height`, `area` of the box, relative to the
    image.
    """

    of: Required[str]
    where: AnnotationFilter | None
    buckets: int
    boundaries: list[float] | None


class AnnotationQuantiles(TypedDict, total=False):
    """The values below which the given shares of annotations lie."""

    of: Required[str]
    at: Required[list[float]]
    where: AnnotationFilter | None


class AnnotationRevision(TypedDict, total=False):
    """An entry of an annotation's history: a state, a deletion (no state), or an attempt that was refused."""

    revision: Required[int]
    change: Required[Change]
    annotation: Annotation
    """The state, except for deletions and refusals"""
    attempted: dict[str, Any]
    """The content of a refused attempt"""


class AnnotationSearch(TypedDict, total=False):
    """A search of annotations: the assets by ids, or by a filter and a view; and what the annotations are."""

    asset_ids: list[str] | None
    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    view: str | None
    """A saved view, whose filter must hold as well."""
    annotations: AnnotationFilter | None
    """Only annotations like this; without it, all of them."""
    limit: int
    next_token: str | None


class Annotations(TypedDict, total=False):
    """Annotations"""

    annotations: Required[Quantified]


class ArrivedPart(TypedDict, total=False):
    """A part that S3 holds."""

    part_number: Required[int]
    size_bytes: Required[int]
    etag: Required[str]


class ArrivedParts(TypedDict, total=False):
    """The parts that have arrived and those that are missing."""

    upload_id: Required[str]
    part_size_bytes: Required[int]
    """Size in bytes of every part except for the last"""
    part_count: Required[int]
    uploaded_parts: Required[list[ArrivedPart]]
    missing_part_numbers: Required[list[int]]


class Asset(TypedDict, total=False):
    """An asset: where its bytes lie, the facts of the file, tags, attributes, and a summary of its annotations."""

    reason: str
    """The code of the reason for `failed` or `quarantined`"""
    reason_detail: str
    ingest_error: Any
    file_name: str
    size_bytes: int
    s3: ObjectPlace | None
    checksums: Checksums | None
    media_type: str | None
    """`image` or `video`"""
    format: str | None
    mime_type: str | None
    width: int | None
    """In pixels, as displayed: cropped and turned as the file asks"""
    height: int | None
    """In pixels, as displayed"""
    stored_width: int
    """In pixels, before orientation or rotation is applied"""
    stored_height: int
    clean_aperture: CleanAperture
    orientation: int
    """As in EXIF"""
    rotation: int
    """Video: clockwise degrees to turn the stored frames for display"""
    is_mirrored: bool
    num_channels: int
    bit_depth: int
    """Bits per channel of the decoded picture"""
    colour_space: str
    """`gray`, `rgb`, `ycbcr`, `cmyk` or `lab`"""
    icc_profile: str
    has_alpha: bool
    colour_primaries: str
    transfer: str
    hdr: bool
    hdr_format: str
    """`pq`, `hlg`, `dolby_vision` or `gain_map`"""
    is_animated: bool
    frame_count: int | None
    page_count: int
    frame_rate: Ratio
    """Frames per second; the average of a variable frame rate"""
    is_variable_frame_rate: bool
    is_fragmented: bool
    duration_seconds: float | None
    codec: str
    codec_profile: str
    codec_string: str
    """Of a video, as RFC 6381, for `VideoDecoder.isConfigSupported` and `canPlayType`; absent where the header does
    not tell it
    """
    pixel_aspect: Ratio
    """Width of a pixel to its height"""
    audio: AudioFacts
    camera: CameraFacts
    captured_at: str
    captured_at_is_local: bool
    """The file states no zone: the camera's own clock"""
    captured_at_offset_minutes: int
    """The offset from UTC that the file states"""
    location: GeoPoint
    altitude_metres: float
    geotiff: dict[str, Any]
    dicom: dict[str, Any]
    nifti: dict[str, Any]
    pyramid: dict[str, Any]
    """Levels of a tiled picture; scale of a whole slide"""
    preview: EmbeddedPreview
    """The embedded JPEG of a camera's raw file"""
    thumbhash: str
    """ThumbHash of the picture or poster in base64, for a placeholder"""
    perceptual_hash: str
    """pHash of the picture or poster: near-duplicates differ in few of its 64 bits; absent where the picture is a
    plain area
    """
    warnings: list[Literal["truncated", "malformed"]]
    """Damage of the file that viewers tolerate"""
    tags: list[str]
    attributes: dict[str, Any]
    label_summary: list[LabelSummaryEntry]
    annotation_revision: int
    """Counts the changes to the asset's annotations"""
    reviewed_fields: list[str]
    """Layers that a person has reviewed"""
    scan: ScanFacts
    deleted_at: str
    schema_version: int
    asset_id: Required[str]
    project: Required[str]
    status: Required[Literal["pending", "scanning", "ready", "failed", "quarantined", "deleted"]]
    created_at: Required[str]
    updated_at: Required[str]


class AssetOfPair(TypedDict, total=False):
    """An asset of a pair."""

    asset_id: Required[str]


class AssetPatch(TypedDict, total=False):
    """Changes to one asset; an attribute that is `null` is taken away."""

    tags: list[str] | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str] | None] | None
    file_name: str | None


class Attribute(TypedDict, total=False):
    """A typed attribute; `mutable` ones may change from frame to frame."""

    name: Required[str]
    input_type: Required[Literal["select", "radio", "checkbox", "number", "text"]]
    values: list[bool | int | float | str] | None
    minimum: float | None
    maximum: float | None
    default: bool | int | float | str | None
    mutable: bool
    required: bool


class AudioFacts(TypedDict, total=False):
    """The first audio stream."""

    codec: str
    channels: int
    sample_rate: int
    """Samples per second and channel"""


class Axes(TypedDict, total=False):
    """Axes"""

    cx: Required[float]
    cy: Required[float]
    rx: Required[float]
    ry: Required[float]


class BeginRequest(TypedDict, total=False):
    """1 to 1,000 files; each is checked by itself, so that one that is wrong does not hold up the others."""

    uploads: Required[list[dict[str, Any]]]
    checksum_as_key: bool
    expires_in_seconds: int | None
    accelerate: bool | None
    """Whether URLs are of S3 Transfer Acceleration; as the stage says when not given"""


BegunImport = TypedDict(
    "BegunImport",
    {
        "import": "Required[Import]",
        "uploads": "Required[list[LabelFileTicket]]",
    },
    total=False,
)


class BegunUploads(TypedDict, total=False):
    """A ticket or a problem for each item, in the order of the request."""

    uploads: Required[list[PutTicket | PostTicket | MultipartTicket | RefusedUpload]]


class Bounds(TypedDict, total=False):
    """A range of numbers."""

    gt: float | None
    gte: float | None
    lt: float | None
    lte: float | None


class Box3d(TypedDict, total=False):
    """Box3d"""

    location: Required[list[float]]
    dimensions: Required[list[float]]
    rotation: Required[list[float]]


class BucketSource(TypedDict, total=False):
    """A bucket to import: all keys below `prefix`, by a listing or by an S3 Inventory report. `inventory` is the
    address of a report's manifest.json. Each asset is called as the last part of its key, has the `tags` and, with
    `tags_from_path`, each folder below the prefix as a tag, and the whole key in the attribute `source_key`.
    Without `facts` objects are indexed and not read. `workers` share the data files of a report.
    """

    bucket: Required[str]
    prefix: str
    inventory: str | None
    tags: list[str]
    tags_from_path: bool
    facts: bool
    workers: int


class BulkEdit(TypedDict, total=False):
    """Changes to every asset that the filter finds. A tag that is both added and removed is removed."""

    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    view: str | None
    add_tags: list[str] | None
    remove_tags: list[str] | None
    set_attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    unset_attributes: list[str] | None
    next_token: str | None


class BulkRequest(TypedDict, total=False):
    """Many operations in one call. `ordered`: stop at the first that fails; what came before it stays done."""

    operations: Required[list[dict[str, Any]]]
    ordered: bool
    clip: bool
    tool: str | None


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


class Caption(TypedDict, total=False):
    """A sentence about the whole image or video."""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: Required[str]
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    type: Required[Literal["caption"]]
    language: str | None


class Change(TypedDict, total=False):
    """A change of an annotation: its kind, author, time and tool."""

    kind: Required[Literal["created", "updated", "deleted", "restored", "replaced", "refused"]]
    by: Required[str]
    at: Required[str]
    tool: str


class ChangedVersion(TypedDict, total=False):
    """The version that an operation made, removed or made current; null where the bucket keeps no versions."""

    asset_id: Required[str]
    version_id: Required[str | None]


class Checksum(TypedDict, total=False):
    """Expected checksum of the bytes: algorithm and digest in base64, as S3 writes it (CRCs big-endian)."""

    algorithm: Required[Literal["crc32", "crc32c", "crc64nvme", "sha256"]]
    value: Required[str]


class Checksums(TypedDict, total=False):
    """Checksums of all bytes in base64, as S3 states them."""

    crc64nvme: str
    sha256: str
    crc32: str
    crc32c: str
    sha1: str
    type: str
    verified: bool
    """True when S3 holds the very checksum that the uploader declared."""
    verification: Literal["matched", "mismatched", "not_declared", "not_comparable"]
    """Why `verified` is so: nothing was declared, or S3 states no checksum of that algorithm."""


class Classification(TypedDict, total=False):
    """A label of the whole image or video; `logits` are the model's, in the order of its classes."""

    field: Required[str]
    label: Required[str]
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    type: Required[Literal["classification"]]
    logits: list[float] | None


class CleanAperture(TypedDict, total=False):
    """The part of the stored picture that is shown, in its pixels."""

    left: Required[int]
    top: Required[int]
    width: Required[int]
    height: Required[int]


class ClientConfig(TypedDict, total=False):
    """Everything that a client has to know of a deployment before it signs in."""

    api_version: Required[Literal["v1"]]
    server_version: Required[str]
    sign_in: Required[SignIn | None]
    """Null if the deployment names no client for native apps"""
    uploads: Required[UploadRules]


class CoOccurrence(TypedDict, total=False):
    """Number of assets with both of two labels, most first."""

    field: str | None
    limit: int


class CoOccurrenceResult(TypedDict, total=False):
    """Result of `co_occurrence`, most first."""

    pairs: Required[list[LabelPair]]
    is_complete: Required[bool]


class CompanionEndpoint(TypedDict, total=False):
    """The path of a Companion endpoint; resolve it against the address of the API."""

    companion_endpoint: Required[str]
    expires_at: Required[str]


class CompanionRequest(TypedDict, total=False):
    """The validity of a Companion endpoint."""

    expires_in_seconds: int


class CompleteRequest(TypedDict, total=False):
    """The body of a completion: the checksum that a client computed while it sent the parts."""

    checksum: Checksum | None
    """`crc64nvme` of the whole, if begin had none"""


Condition = TypedDict(
    "Condition",
    {
        "field": "Required[str]",
        "eq": "Any",
        "ne": "Any",
        "in": "list[Any] | None",
        "not_in": "list[Any] | None",
        "gt": "Any",
        "gte": "Any",
        "lt": "Any",
        "lte": "Any",
        "prefix": "str | None",
        "exists": "bool | None",
    },
    total=False,
)


class Cookies(TypedDict, total=False):
    """The cookies that were set: the paths that they open, and their end."""

    prefixes: Required[list[str]]
    expires_at: Required[str]


class CookiesRequest(TypedDict, total=False):
    """The body of a request for cookies: for a whole project, or for one asset of it."""

    asset_id: str | None
    expires_in_seconds: int | None


Count = dict[str, Any]


class CountResult(TypedDict, total=False):
    """Result of `count`."""

    count: Required[int]


class Counted(TypedDict, total=False):
    """Number of annotations that match a description, in all layers together unless it names one."""

    of: AnnotationFilter
    gt: int | None
    gte: int | None
    lt: int | None
    lte: int | None


class Counts(TypedDict, total=False):
    """Number of assets for each value of a field, most first."""

    field: Required[str]
    limit: int


class CountsResult(TypedDict, total=False):
    """Result of `counts`, most first."""

    counts: Required[list[ValueCount]]
    is_complete: Required[bool]


class Cuboid(TypedDict, total=False):
    """A cuboid as seen: eight corners, x and y of each."""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    bbox: list[float] | None
    bbox_px: list[float] | None
    image_size: list[int] | None
    coordinate_frame: Literal["display", "stored"] | None
    type: Required[Literal["cuboid"]]
    cuboid: list[float] | None
    cuboid_px: list[float] | None


class Cuboid3d(TypedDict, total=False):
    """A cuboid in space: centre, size and Euler angles (radians), in the units of the scene."""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    type: Required[Literal["cuboid_3d"]]
    box3d: Required[Box3d]


class Cuboid3dDocument(TypedDict, total=False):
    """Centre, size and Euler angles (radians) of a cuboid in the units of the scene."""

    location: Required[list[float]]
    dimensions: Required[list[float]]
    rotation: Required[list[float]]


class Dataset(TypedDict, total=False):
    """A data set and its newest complete version."""

    name: Required[str]
    created_at: Required[str]
    created_by: Required[str]
    newest: Required[DatasetVersion | None]


class DatasetComparison(TypedDict, total=False):
    """Differences from an older version to a newer one, page by page; the summary stands on the first page."""

    before: Required[str]
    """Hash of members and label schemas: equal content, equal root."""
    after: Required[str]
    """Hash of members and label schemas: equal content, equal root."""
    summary: Required[DatasetSummary | None]
    items: Required[list[DatasetDifference]]
    next_token: Required[str | None]


class DatasetDifference(TypedDict, total=False):
    """One difference. `before` and `after`: file names, checksums, splits, labels, or counts of annotations."""

    change: Required[
        Literal[
            "asset_added",
            "asset_removed",
            "bytes_changed",
            "split_changed",
            "renamed",
            "annotation_added",
            "annotation_removed",
            "annotation_changed",
        ]
    ]
    asset_id: Required[str]
    file_name: Required[str]
    before: str | int | None
    after: str | int | None
    annotation_id: str
    revision_before: int
    revision_after: int
    kinds: list[Literal["geometry", "label", "attributes", "other"]]
    """Empty: another revision of the same content"""


class DatasetMember(TypedDict, total=False):
    """A member of a version. `hash` covers asset, file name, checksum, split and annotations."""

    asset_id: Required[str]
    file_name: Required[str]
    checksum: Required[str]
    """Algorithm and value as S3 states them"""
    split: Required[str | None]
    """null in a version without splits"""
    s3: Required[PinnedVersion]
    annotation_revision: Required[int]
    annotations: Required[list[PinnedAnnotation]]
    hash: Required[str]


class DatasetSelection(TypedDict, total=False):
    """The choice of members: the JSON text of the filter, that of the view taken in. Neither: all, or listed ids."""

    filter: str
    view: str


class DatasetSummary(TypedDict, total=False):
    """Counts of all differences by kind, labels, and label schemas."""

    changes: Required[dict[str, int]]
    labels: Required[list[LabelChange]]
    label_schemas: Required[list[SchemaChange]]


class DatasetVersion(TypedDict, total=False):
    """An immutable list of assets with their bytes and annotations. Counts and root come with its completion."""

    dataset_version_id: Required[str]
    dataset: Required[str]
    version: Required[int]
    state: Required[Literal["creating", "ready", "failed", "deleting"]]
    description: Required[str | None]
    selection: Required[DatasetSelection]
    split: Required[SplitRules | None]
    created_at: Required[str]
    created_by: Required[str]
    completed_at: str
    job_id: str
    """The job that makes a large version"""
    root: str
    """Hash of members and label schemas: equal content, equal root."""
    base: int | None
    """The version whose unchanged pages it shares"""
    asset_count: int
    annotation_count: int
    page_count: int
    shared_page_count: int
    split_conflicts: int
    """Groups whose kept assets lie in several splits"""
    splits: list[SplitSize]
    labels: list[LabelSize]
    label_schemas: list[PinnedSchema]


class DeletedForGood(TypedDict, total=False):
    """The number of objects that were deleted: versions, delete markers and derivatives."""

    asset_id: Required[str]
    objects_deleted: Required[int]


class Detection(TypedDict, total=False):
    """A box `[x, y, width, height]`, turned clockwise by `rotation` degrees."""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    bbox: list[float] | None
    bbox_px: list[float] | None
    image_size: list[int] | None
    coordinate_frame: Literal["display", "stored"] | None
    type: Required[Literal["detection"]]
    rotation: float | None
    rotation_origin: Literal["center", "top_left"] | None


class DifferingKey(TypedDict, total=False):
    """A key for which bucket and catalog differ."""

    key: Required[str]
    drift: Required[str]


class Distinct(TypedDict, total=False):
    """The values of a field, in order."""

    field: Required[str]
    limit: int


class DistinctResult(TypedDict, total=False):
    """Result of `distinct`."""

    values: Required[list[Any]]
    is_complete: Required[bool]


class Download(TypedDict, total=False):
    """A signed URL of one asset."""

    asset_id: Required[str]
    url: Required[str]
    expires_at: Required[str]


class DownloadsRequest(TypedDict, total=False):
    """The body of a request for URLs."""

    asset_ids: Required[list[str]]
    variant: str
    disposition: str
    expires_in_seconds: int | None


class DuplicateGroups(TypedDict, total=False):
    """Groups of assets of the same bytes, largest first."""

    groups: Required[list[SameBytes]]
    is_complete: Required[bool]


class DuplicatePairs(TypedDict, total=False):
    """Pairs of near-duplicates, nearest first."""

    pairs: Required[list[NearPair]]
    is_complete: Required[bool]


class DuplicatesRequest(TypedDict, total=False):
    """Assets that are the same. `bytes`: by checksum. `near`: by perceptual hashes that differ in at most
    `max_distance` of 64 bits. `embedding`: by a cosine of at least `threshold`.
    """

    by: Required[Literal["bytes", "near", "embedding"]]
    max_distance: int
    """near: other sizes, formats and qualities of a picture are within 4 bits."""
    space: Space | None
    threshold: float
    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    view: str | None
    limit: int


class EditedAssets(TypedDict, total=False):
    """The result of one call of a bulk edit."""

    matched: Required[int]
    """Assets that the filter found, in this call"""
    modified: Required[int]
    """Those of them that were changed"""
    next_token: Required[str | None]
    """Send it back to go on with the rest; null when all is done"""


class Ellipse(TypedDict, total=False):
    """Ellipse"""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    bbox: list[float] | None
    bbox_px: list[float] | None
    image_size: list[int] | None
    coordinate_frame: Literal["display", "stored"] | None
    type: Required[Literal["ellipse"]]
    ellipse: Axes | None
    ellipse_px: Axes | None
    rotation: float | None


class EllipseDocument(TypedDict, total=False):
    """Centre and radii of an ellipse."""

    cx: Required[float]
    cy: Required[float]
    rx: Required[float]
    ry: Required[float]


class EmbeddedPreview(TypedDict, total=False):
    """The place of an embedded JPEG in the object."""

    offset: Required[int]
    size_bytes: Required[int]


class Embedding(TypedDict, total=False):
    """An embedding with its lineage, without the vector."""

    project: Required[str]
    asset_id: Required[str]
    annotation_id: str | None
    of_annotation: bool
    """It is the vector of an annotation, not of the whole asset."""
    model: Required[str]
    version: Required[str]
    preprocessing: str | None
    dimensions: Required[int]
    created_at: str
    schema_version: int
    embedding_id: Required[str]


class EmbeddingResults(TypedDict, total=False):
    """One result for each embedding, in order."""

    results: Required[list[StoredEmbedding | RefusedOperation]]


class EmbeddingsRequest(TypedDict, total=False):
    """Up to 1,000 embeddings, each with a result of its own."""

    embeddings: Required[list[dict[str, Any]]]


class Estimate(TypedDict, total=False):
    """Estimate of an import: requests of S3, time of workers, hours with all of them, and dollars of AWS."""

    objects: Required[int]
    bytes: Required[int]
    s3_reads: Required[int]
    s3_lists: Required[int]
    worker_seconds: Required[float]
    hours: Required[float]
    usd: Required[float]


class Export(TypedDict, total=False):
    """An export: its job, with the counts and the losses in `result`, and at its end the file. An export of more than
    about 4 GiB of labels has several `files`; `url` is that of the first one.
    """

    job: Required[Job]
    url: str
    """Signed, for an hour; ask again for a fresh one"""
    files: list[ExportFile]


class ExportFile(TypedDict, total=False):
    """One file of an export that has several: a data set of its own."""

    name: Required[str]
    url: Required[str]
    """Signed, for an hour; ask again for a fresh one"""
    size_bytes: Required[int]
    asset_count: Required[int]


class ExportRequest(TypedDict, total=False):
    """An export to make. Without `asset_ids`, `filter`, `view`, `import_id` or `dataset` it has all ready assets. With
    `dataset` and `version` it has the members of a data set version in their splits, with their annotations in the
    pinned revisions: the same file, whatever is edited since. With `import_id` it gives the files of an import
    back: its assets in their order, its classes and sections, and each record that nobody has edited as it came.
    """

    format: Required[str]
    options: dict[str, str]
    asset_ids: list[str] | None
    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    view: str | None
    import_id: str | None
    dataset: str | None
    """A data set, of which `version` names a version"""
    version: int | None
    fields: list[str] | None
    """Only these layers of annotations"""
    label_schema: str | None
    """The classes, in the order of this label schema"""
    file_name: str | None
    """By default `<format>.zip`"""


class FailedAssets(TypedDict, total=False):
    """Assets of a project that failed within a day."""

    project: Required[str]
    failed: Required[int]
    quarantined: Required[int]


class FoundAsset(TypedDict, total=False):
    """An asset as a search returns it: all of it, or only the `fields` that were asked for."""

    reason: str
    """The code of the reason for `failed` or `quarantined`"""
    reason_detail: str
    ingest_error: Any
    file_name: str
    size_bytes: int
    s3: ObjectPlace | None
    checksums: Checksums | None
    media_type: str | None
    """`image` or `video`"""
    format: str | None
    mime_type: str | None
    width: int | None
    """In pixels, as displayed: cropped and turned as the file asks"""
    height: int | None
    """In pixels, as displayed"""
    stored_width: int
    """In pixels, before orientation or rotation is applied"""
    stored_height: int
    clean_aperture: CleanAperture
    orientation: int
    """As in EXIF"""
    rotation: int
    """Video: clockwise degrees to turn the stored frames for display"""
    is_mirrored: bool
    num_channels: int
    bit_depth: int
    """Bits per channel of the decoded picture"""
    colour_space: str
    """`gray`, `rgb`, `ycbcr`, `cmyk` or `lab`"""
    icc_profile: str
    has_alpha: bool
    colour_primaries: str
    transfer: str
    hdr: bool
    hdr_format: str
    """`pq`, `hlg`, `dolby_vision` or `gain_map`"""
    is_animated: bool
    frame_count: int | None
    page_count: int
    frame_rate: Ratio
    """Frames per second; the average of a variable frame rate"""
    is_variable_frame_rate: bool
    is_fragmented: bool
    duration_seconds: float | None
    codec: str
    codec_profile: str
    codec_string: str
    """Of a video, as RFC 6381, for `VideoDecoder.isConfigSupported` and `canPlayType`; absent where the header does
    not tell it
    """
    pixel_aspect: Ratio
    """Width of a pixel to its height"""
    audio: AudioFacts
    camera: CameraFacts
    captured_at: str
    captured_at_is_local: bool
    """The file states no zone: the camera's own clock"""
    captured_at_offset_minutes: int
    """The offset from UTC that the file states"""
    location: GeoPoint
    altitude_metres: float
    geotiff: dict[str, Any]
    dicom: dict[str, Any]
    nifti: dict[str, Any]
    pyramid: dict[str, Any]
    """Levels of a tiled picture; scale of a whole slide"""
    preview: EmbeddedPreview
    """The embedded JPEG of a camera's raw file"""
    thumbhash: str
    """ThumbHash of the picture or poster in base64, for a placeholder"""
    perceptual_hash: str
    """pHash of the picture or poster: near-duplicates differ in few of its 64 bits; absent where the picture is a
    plain area
    """
    warnings: list[Literal["truncated", "malformed"]]
    """Damage of the file that viewers tolerate"""
    tags: list[str]
    attributes: dict[str, Any]
    label_summary: list[LabelSummaryEntry]
    annotation_revision: int
    """Counts the changes to the asset's annotations"""
    reviewed_fields: list[str]
    """Layers that a person has reviewed"""
    scan: ScanFacts
    deleted_at: str
    schema_version: int
    asset_id: Required[str]
    project: str
    status: Literal["pending", "scanning", "ready", "failed", "quarantined", "deleted"]
    created_at: str
    updated_at: str


class FoundAssetWithDownloads(TypedDict, total=False):
    """An asset as a search returns it, with a URL or a problem for each variant that was asked for."""

    reason: str
    """The code of the reason for `failed` or `quarantined`"""
    reason_detail: str
    ingest_error: Any
    file_name: str
    size_bytes: int
    s3: ObjectPlace | None
    checksums: Checksums | None
    media_type: str | None
    """`image` or `video`"""
    format: str | None
    mime_type: str | None
    width: int | None
    """In pixels, as displayed: cropped and turned as the file asks"""
    height: int | None
    """In pixels, as displayed"""
    stored_width: int
    """In pixels, before orientation or rotation is applied"""
    stored_height: int
    clean_aperture: CleanAperture
    orientation: int
    """As in EXIF"""
    rotation: int
    """Video: clockwise degrees to turn the stored frames for display"""
    is_mirrored: bool
    num_channels: int
    bit_depth: int
    """Bits per channel of the decoded picture"""
    colour_space: str
    """`gray`, `rgb`, `ycbcr`, `cmyk` or `lab`"""
    icc_profile: str
    has_alpha: bool
    colour_primaries: str
    transfer: str
    hdr: bool
    hdr_format: str
    """`pq`, `hlg`, `dolby_vision` or `gain_map`"""
    is_animated: bool
    frame_count: int | None
    page_count: int
    frame_rate: Ratio
    """Frames per second; the average of a variable frame rate"""
    is_variable_frame_rate: bool
    is_fragmented: bool
    duration_seconds: float | None
    codec: str
    codec_profile: str
    codec_string: str
    """Of a video, as RFC 6381, for `VideoDecoder.isConfigSupported` and `canPlayType`; absent where the header does
    not tell it
    """
    pixel_aspect: Ratio
    """Width of a pixel to its height"""
    audio: AudioFacts
    camera: CameraFacts
    captured_at: str
    captured_at_is_local: bool
    """The file states no zone: the camera's own clock"""
    captured_at_offset_minutes: int
    """The offset from UTC that the file states"""
    location: GeoPoint
    altitude_metres: float
    geotiff: dict[str, Any]
    dicom: dict[str, Any]
    nifti: dict[str, Any]
    pyramid: dict[str, Any]
    """Levels of a tiled picture; scale of a whole slide"""
    preview: EmbeddedPreview
    """The embedded JPEG of a camera's raw file"""
    thumbhash: str
    """ThumbHash of the picture or poster in base64, for a placeholder"""
    perceptual_hash: str
    """pHash of the picture or poster: near-duplicates differ in few of its 64 bits; absent where the picture is a
    plain area
    """
    warnings: list[Literal["truncated", "malformed"]]
    """Damage of the file that viewers tolerate"""
    tags: list[str]
    attributes: dict[str, Any]
    label_summary: list[LabelSummaryEntry]
    annotation_revision: int
    """Counts the changes to the asset's annotations"""
    reviewed_fields: list[str]
    """Layers that a person has reviewed"""
    scan: ScanFacts
    deleted_at: str
    schema_version: int
    asset_id: Required[str]
    project: str
    status: Literal["pending", "scanning", "ready", "failed", "quarantined", "deleted"]
    created_at: str
    updated_at: str
    downloads: Required[dict[str, SignedUrl | RefusedUrl]]
    """By variant"""


class FoundDownloadsRequest(TypedDict, total=False):
    """A search, and the variants whose URLs come with each asset that it finds."""

    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    view: str | None
    """A saved view, whose filter must hold as well."""
    sort: str
    """A field; `-` before it: descending."""
    limit: int
    next_token: str | None
    fields: list[str] | None
    """Only these, and asset_id."""
    include: Required[list[str]]
    """Variants that need no options: `thumbnail` and other renditions, `strip`, `original`."""
    expires_in_seconds: int | None


class GeoPoint(TypedDict, total=False):
    """A GeoJSON point."""

    type: Required[Literal["Point"]]
    coordinates: Required[list[float]]
    """[longitude, latitude] in degrees, WGS 84"""


class Geolocation(TypedDict, total=False):
    """A geographic geometry: a position, a line, or the rings of a polygon, closed, the outer one first."""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    type: Required[Literal["geolocation"]]
    longitude: float | None
    latitude: float | None
    line: list[list[float]] | None
    polygon: list[list[list[float]]] | None


class Grid(TypedDict, total=False):
    """Number of assets in each cell of a grid, most first; assets without a position are in none. `bbox`: only assets
    within [west, south, east, north] in degrees, edges included; west > east lies across the antimeridian (RFC
    7946, section 5.2).
    """

    degrees: Required[float]
    """Width and height of a cell."""
    bbox: list[float] | None


class GridCell(TypedDict, total=False):
    """How many assets lie in a cell: the mean and the extent of their positions in degrees, and the newest of them."""

    count: Required[int]
    longitude: Required[float]
    latitude: Required[float]
    bbox: Required[list[float]]
    """[west, south, east, north]"""
    asset_id: Required[str]


class GridResult(TypedDict, total=False):
    """Result of `grid`: cells with assets, most first."""

    cells: Required[list[GridCell]]
    is_complete: Required[bool]


class Heatmap(TypedDict, total=False):
    """Numbers on a grid over the whole image, or over `bbox`."""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    bbox: list[float] | None
    bbox_px: list[float] | None
    image_size: list[int] | None
    coordinate_frame: Literal["display", "stored"] | None
    type: Required[Literal["heatmap"]]
    map: Required[HeatmapGrid]


class HeatmapDocument(TypedDict, total=False):
    """A grid of numbers; large values are stored as an object in the bucket, named by `s3`."""

    dtype: Required[Literal["uint8", "uint16", "float32"]]
    size: Required[list[int]]
    """[height, width] in cells"""
    values: str
    """zlib in base64"""
    s3: dict[str, Any]
    range: list[float]


class HeatmapGrid(TypedDict, total=False):
    """A grid of `[height, width]` cells. `range` is what is shown as coldest and as hottest: that of the dtype, 0 to 1
    for float32, when it is not given. Large values come back as `s3` and are read by `GET
    /v1/annotations/{annotation_id}/map`.
    """

    dtype: Required[Literal["uint8", "uint16", "float32"]]
    size: Required[list[int]]
    values: str | None
    s3: MaskObject | None
    range: list[float] | None


class Histogram(TypedDict, total=False):
    """Number of assets in each bucket between the least and the greatest value, or between given boundaries."""

    field: Required[str]
    buckets: int
    boundaries: list[float] | None


class HistogramResult(TypedDict, total=False):
    """Result of `histogram` and `annotation_histogram`: n + 1 boundaries of n buckets; both empty without values."""

    boundaries: Required[list[str | float | bool]]
    counts: Required[list[int]]


class Import(TypedDict, total=False):
    """Label files, how they are read, and what they became."""

    import_id: Required[str]
    project: Required[str]
    kind: Required[Literal["labels", "bucket"]]
    state: Required[Literal["open", "checking", "checked", "running", "completed", "failed", "stopped", "undone"]]
    format: Required[str | None]
    """null until it is detected"""
    options: Required[dict[str, Any]]
    files: Required[list[LabelFile]]
    asset_events: Required[bool]
    """Whether AnnotationsChanged is published for each asset"""
    job_id: Required[str | None]
    """The job that reads the files, or undoes the import"""
    created_at: Required[str]
    created_by: Required[str]
    updated_at: Required[str]
    counts: ImportCounts
    questions: list[OpenQuestion]
    label_schema: ImportedLabelSchema
    file_sha256: str
    source: ImportedBucket
    rows: RowCounts
    estimate: Estimate
    report_url: str
    """JSON lines: what was not imported, warnings, questions"""


class ImportCounts(TypedDict, total=False):
    """Counts of an import or a dry run: `records` = `imported` + `not_imported`."""

    assets: Required[int]
    assets_matched: Required[int]
    records: Required[int]
    imported: Required[int]
    not_imported: Required[int]
    annotations: Required[int]
    warnings: Required[int]


class ImportRequest(TypedDict, total=False):
    """An import to begin: of label files, or with the kind `bucket` of a bucket, its `source`. `format` is detected
    without one; `field` is the layer of all annotations. `label_schema` is the label schema to make or extend by
    the classes of the files, by admins. Without it the schema that is called as the layer is made, if there is none
    of that name. `asset_events` is whether AnnotationsChanged is published for each asset; ImportCompleted is in
    any case.
    """

    kind: Literal["labels", "bucket"]
    format: str | None
    field: str | None
    label_schema: str | None
    asset_events: bool
    options: dict[str, str]
    files: list[NewFile]
    source: BucketSource | None


class ImportedBucket(TypedDict, total=False):
    """Source of the import of a bucket, and how its assets are named."""

    bucket: Required[str]
    prefix: Required[str]
    inventory: Required[str | None]
    """Address of the manifest of a report; null for a listing"""
    tags: Required[list[str]]
    tags_from_path: Required[bool]
    facts: Required[bool]
    workers: Required[int]


class ImportedLabelSchema(TypedDict, total=False):
    """A label schema after an import, or as a dry run expects it."""

    name: Required[str]
    revision: Required[int | None]
    """null after a dry run, and where nothing is written"""
    added_count: Required[int]
    """Labels that were added"""
    extended_count: Required[int]
    """Labels that were there and got ids, a skeleton, …"""
    lacking_count: Required[int]
    """Labels that a schema lacks which the import may not extend"""


class InstanceMask(TypedDict, total=False):
    """InstanceMask"""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    bbox: list[float] | None
    bbox_px: list[float] | None
    image_size: list[int] | None
    coordinate_frame: Literal["display", "stored"] | None
    type: Required[Literal["mask"]]
    mask: Required[Mask]


class InstantBounds(TypedDict, total=False):
    """A range of instants."""

    gt: str | None
    gte: str | None
    lt: str | None
    lte: str | None


class Invitation(TypedDict, total=False):
    """A person to let in, and the role."""

    email: Required[str]
    role: Required[Literal["viewer", "editor", "admin"]]


class Job(TypedDict, total=False):
    """Work that outlasts a request."""

    job_id: Required[str]
    project: Required[str]
    kind: Required[Literal["import", "import_undo", "bucket_import", "export", "dataset_version"]]
    state: Required[Literal["queued", "running", "completed", "failed", "stopped"]]
    is_stopping: Required[bool]
    """It ends after the range that it is at."""
    subject: Required[str]
    """The id of the import, the export or the version that it works on"""
    progress: Required[JobProgress]
    created_at: Required[str]
    created_by: Required[str]
    updated_at: Required[str]
    ended_at: str
    result: dict[str, Any]
    """As the kind of the job has it"""
    failure: JobFailure


class JobFailure(TypedDict, total=False):
    """The problem with which a job ended."""

    code: Required[str]
    detail: Required[str]


class JobProgress(TypedDict, total=False):
    """Units of a job that are finished; a unit is an asset, a record or a page, as the kind of the job has it."""

    finished: Required[int]
    total: Required[int | None]
    """null until it is known"""
    ranges: Required[list[list[int]]]
    """Finished units as ranges [first, end), end excluded"""


class KeyedUpload(TypedDict, total=False):
    """An upload, by its idempotency key."""

    upload_id: Required[str]
    asset_id: Required[str]
    method: Required[Literal["put", "post", "multipart"]]
    state: Required[Literal["open", "completed", "failed", "aborted", "expired"]]
    size_bytes: Required[int]
    content_type: Required[str]
    created_at: Required[str]
    project: Required[str]
    status: Required[Literal["pending", "scanning", "ready", "failed", "quarantined", "deleted"]]
    """The asset's status"""
    checksums: Required[Checksums | None]
    idempotency_key: Required[str]


class Keypoint(TypedDict, total=False):
    """A point; visibility as in COCO: 0 not labelled (no position needed), 1 hidden, 2 visible."""

    name: str | None
    x: float | None
    y: float | None
    x_px: float | None
    y_px: float | None
    visibility: int
    confidence: float | None
    occluded: bool | None
    outside: bool | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None


class KeypointDocument(TypedDict, total=False):
    """A keypoint; visibility as in COCO: 0 not labelled, 1 hidden, 2 visible."""

    name: str
    x: float
    y: float
    x_px: float
    y_px: float
    visibility: Required[Literal[0, 1, 2]]
    confidence: float
    occluded: bool
    outside: bool
    attributes: dict[str, Any]


class Keypoints(TypedDict, total=False):
    """Keypoints"""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    bbox: list[float] | None
    bbox_px: list[float] | None
    image_size: list[int] | None
    coordinate_frame: Literal["display", "stored"] | None
    type: Required[Literal["keypoints"]]
    keypoints: Required[list[Keypoint]]


class Label(TypedDict, total=False):
    """Label"""

    name: Required[str]
    id: str | None
    color: str | None
    supercategory: str | None
    type: (
        Literal[
            "classification",
            "caption",
            "detection",
            "polygon",
            "polyline",
            "keypoints",
            "mask",
            "segmentation",
            "heatmap",
            "ellipse",
            "cuboid",
            "cuboid_3d",
            "temporal",
            "track",
            "regression",
            "geolocation",
        ]
        | None
    )
    attributes: list[Attribute]
    skeleton: Skeleton | None
    isthing: bool | None
    external_ids: dict[str, int | str | list[int | str]] | None


class LabelChange(TypedDict, total=False):
    """Annotations with one label in the assets that differ, before and after."""

    label: Required[str | None]
    before: Required[int]
    after: Required[int]


class LabelCount(TypedDict, total=False):
    """How many annotations and assets have a label."""

    label: Required[str]
    annotations: Required[int]
    assets: Required[int]


class LabelFile(TypedDict, total=False):
    """A label file of an import."""

    name: Required[str]
    size_bytes: Required[int]


class LabelFileTicket(TypedDict, total=False):
    """A presigned PUT for one label file, to be sent with exactly these headers and as many bytes as announced."""

    name: Required[str]
    method: Required[Literal["PUT"]]
    url: Required[str]
    headers: Required[dict[str, str]]
    expires_at: Required[str]


class LabelPair(TypedDict, total=False):
    """How many assets have both of two labels."""

    labels: Required[list[str]]
    count: Required[int]


class LabelSchema(TypedDict, total=False):
    """The labels of some layers. `enforced_fields` are the layers that may hold nothing else."""

    description: str | None
    labels: Required[list[Label]]
    enforced_fields: list[str]


class LabelSchemaRevision(TypedDict, total=False):
    """One revision of a label schema."""

    name: Required[str]
    revision: Required[int]
    created_at: Required[str]
    created_by: Required[str]
    description: str
    labels: Required[list[Label]]
    enforced_fields: Required[list[str]]
    """Layers that may hold no other labels"""


class LabelSize(TypedDict, total=False):
    """The annotations with one label (null: without one) in one split."""

    label: Required[str | None]
    split: Required[str | None]
    """null in a version without splits"""
    count: Required[int]


class LabelSummaryEntry(TypedDict, total=False):
    """The annotations of an asset that have one field, label and type."""

    field: Required[str]
    label: Required[str | None]
    type: Required[
        Literal[
            "classification",
            "caption",
            "detection",
            "polygon",
            "polyline",
            "keypoints",
            "mask",
            "segmentation",
            "heatmap",
            "ellipse",
            "cuboid",
            "cuboid_3d",
            "temporal",
            "track",
            "regression",
            "geolocation",
        ]
    ]
    count: Required[int]
    unscored: int
    """How many have no confidence"""
    min_confidence: float | None
    max_confidence: float | None


class Labels(TypedDict, total=False):
    """Number of annotations and assets for each label, most annotations first; of one layer, if `field` is given."""

    field: str | None
    type: (
        Literal[
            "classification",
            "caption",
            "detection",
            "polygon",
            "polyline",
            "keypoints",
            "mask",
            "segmentation",
            "heatmap",
            "ellipse",
            "cuboid",
            "cuboid_3d",
            "temporal",
            "track",
            "regression",
            "geolocation",
        ]
        | None
    )
    limit: int


class LabelsResult(TypedDict, total=False):
    """Result of `labels`, most annotations first."""

    labels: Required[list[LabelCount]]
    is_complete: Required[bool]


class LayerReplaced(TypedDict, total=False):
    """The asset's new annotation revision."""

    annotation_revision: Required[int]


class LevelSize(TypedDict, total=False):
    """The size of a level of tiles, in its pixels."""

    width: Required[int]
    height: Required[int]


class ListedUpload(TypedDict, total=False):
    """An upload in a list."""

    upload_id: Required[str]
    asset_id: Required[str]
    method: Required[Literal["put", "post", "multipart"]]
    state: Required[Literal["open", "completed", "failed", "aborted", "expired"]]
    size_bytes: Required[int]
    content_type: Required[str]
    created_at: Required[str]


class Mask(TypedDict, total=False):
    """A mask of `[height, width]` pixels. `area` counts its pixels; `bbox_px` is where a CVAT mask's box lies. Large
    counts come back as `s3` and are read by `GET /v1/annotations/{annotation_id}/mask`.
    """

    encoding: Required[Literal["coco_rle", "coco_rle_str", "cvat_rle"]]
    size: Required[list[int]]
    counts: list[int] | str | None
    s3: MaskObject | None
    area: float | None
    bbox_px: list[float] | None


class MaskDocument(TypedDict, total=False):
    """A run-length encoded mask; large counts are stored as an object in the bucket, named by `s3`."""

    encoding: Required[Literal["coco_rle", "coco_rle_str", "cvat_rle"]]
    size: Required[list[int]]
    """[height, width] in pixels"""
    counts: list[int] | str
    s3: dict[str, Any]
    area: float
    """The number of pixels in the mask"""
    bbox_px: list[float]


class MaskObject(TypedDict, total=False):
    """The object that holds counts or values: the text of their JSON, under its own hash."""

    bucket: Required[str]
    key: Required[str]
    version_id: str | None
    sha256: Required[str]
    size_bytes: Required[int]


class ModelRun(TypedDict, total=False):
    """The model run that made an annotation."""

    model: Required[str]
    version: str | None
    params: dict[str, bool | int | float | str | list[bool | int | float | str]] | None


class MultipartTicket(TypedDict, total=False):
    """A ticket for a multipart upload; of the missing parts, the first ones are signed already."""

    asset_id: Required[str]
    upload_id: Required[str]
    status: Required[Literal["pending", "scanning", "ready", "failed", "quarantined", "deleted"]]
    """The asset's status; unless `pending`, no bytes have to be sent"""
    method: Required[Literal["multipart"]]
    part_size_bytes: Required[int]
    """Size in bytes of every part except for the last"""
    part_count: Required[int]
    parts: Required[list[SignedPart]]
    expires_at: Required[str]


class Near(TypedDict, total=False):
    """Near"""

    near: Required[Place]


class NearPair(TypedDict, total=False):
    """Two assets or annotations whose embeddings are near."""

    similarity: Required[float]
    between: Required[list[Owner]]


class NearPicturePairs(TypedDict, total=False):
    """Pairs of near-duplicates by picture, nearest first."""

    pairs: Required[list[NearPictures]]
    is_complete: Required[bool]


class NearPictures(TypedDict, total=False):
    """Two assets whose pictures look alike."""

    distance: Required[int]
    """Bits in which their perceptual hashes differ"""
    between: Required[list[AssetOfPair]]


class Neighbour(TypedDict, total=False):
    """An asset or annotation and its cosine similarity."""

    asset_id: Required[str]
    annotation_id: str
    similarity: Required[float]


class NewFile(TypedDict, total=False):
    """A label file to upload: its name (with `/`, where it lies in a folder) and its exact size."""

    name: Required[str]
    size_bytes: Required[int]


class NewProject(TypedDict, total=False):
    """A project, and the person who manages it."""

    name: Required[str]
    """It cannot be changed later."""
    admin_email: Required[str]
    """The first admin, who gets an invitation"""


Not = TypedDict(
    "Not",
    {
        "not": "Required[And | Or | Not | Condition | Near | Within | Annotations]",
    },
    total=False,
)


class ObjectPlace(TypedDict, total=False):
    """The S3 object that holds the bytes of an asset."""

    bucket: str
    key: str
    version_id: str | None
    """null where the bucket keeps no versions"""
    etag: str
    storage_class: str | None
    archive_status: str
    delete_marker_version_id: str | None
    is_external: bool
    """true: it lies in another bucket, which Foveal only reads"""
    last_modified: str
    """As the import of a bucket saw it"""
    import_id: str
    """The import of a bucket that indexed it"""


class OpenOrFailedJob(TypedDict, total=False):
    """A job that is under way, or one that failed."""

    job_id: Required[str]
    project: Required[str]
    kind: Required[Literal["import", "import_undo", "bucket_import", "export", "dataset_version"]]
    state: Required[Literal["queued", "running", "completed", "failed", "stopped"]]
    finished: Required[int]
    total: Required[int | None]
    attempts: Required[int]
    created_at: Required[str]
    updated_at: Required[str]
    failure_code: Required[str | None]
    """The code of the problem with which it failed"""


class OpenQuestion(TypedDict, total=False):
    """A question that the files leave open; `option` in `options` answers it. Records that need it wait."""

    kind: Required[Literal["question"]]
    option: Required[str]
    message: Required[str]
    choices: Required[list[str]]
    proposal: Required[str]
    where: Required[str]


class Operations(TypedDict, total=False):
    """The state of a stage."""

    stage: Required[str]
    queues: Required[list[QueueState]]
    alarms: Required[list[RaisedAlarm] | None]
    """null when CloudWatch does not answer"""
    failures: Required[list[FailedAssets]]
    """Projects with failures of the last day"""
    jobs: Required[list[OpenOrFailedJob]]
    """Those under way, then the newest that failed"""


Or = TypedDict(
    "Or",
    {
        "or": "Required[list[And | Or | Not | Condition | Near | Within | Annotations]]",
    },
    total=False,
)


class Origin(TypedDict, total=False):
    """Source of an imported annotation; `record` is the source's own text, verbatim. A record of more than 65,536
    characters lies in the bucket, and `s3` names it, which only the catalog writes. The annotations that one record
    became share its `pointer`; `parts` tells how many they were.
    """

    format: Required[str]
    version: str | None
    file_sha256: str | None
    pointer: str | None
    record: str | None
    s3: MaskObject | None
    import_id: str | None
    parts: int | None
    edited: bool


class Owner(TypedDict, total=False):
    """The asset or annotation of a vector."""

    asset_id: Required[str]
    annotation_id: str


class PageOfAnnotation(TypedDict, total=False):
    """PageOfAnnotation"""

    items: Required[list[Annotation]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfAnnotationRevision(TypedDict, total=False):
    """PageOfAnnotationRevision"""

    items: Required[list[AnnotationRevision]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfDataset(TypedDict, total=False):
    """PageOfDataset"""

    items: Required[list[Dataset]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfDatasetMember(TypedDict, total=False):
    """PageOfDatasetMember"""

    items: Required[list[DatasetMember]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfDatasetVersion(TypedDict, total=False):
    """PageOfDatasetVersion"""

    items: Required[list[DatasetVersion]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfEmbedding(TypedDict, total=False):
    """PageOfEmbedding"""

    items: Required[list[Embedding]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfFoundAsset(TypedDict, total=False):
    """PageOfFoundAsset"""

    items: Required[list[FoundAsset]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfFoundAssetWithDownloads(TypedDict, total=False):
    """PageOfFoundAssetWithDownloads"""

    items: Required[list[FoundAssetWithDownloads]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfImport(TypedDict, total=False):
    """PageOfImport"""

    items: Required[list[Import]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfJob(TypedDict, total=False):
    """PageOfJob"""

    items: Required[list[Job]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfLabelSchemaRevision(TypedDict, total=False):
    """PageOfLabelSchemaRevision"""

    items: Required[list[LabelSchemaRevision]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfListedUpload(TypedDict, total=False):
    """PageOfListedUpload"""

    items: Required[list[ListedUpload]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfNeighbour(TypedDict, total=False):
    """PageOfNeighbour"""

    items: Required[list[Neighbour]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfProject(TypedDict, total=False):
    """PageOfProject"""

    items: Required[list[Project]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfProjectMember(TypedDict, total=False):
    """PageOfProjectMember"""

    items: Required[list[ProjectMember]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfReplacedMember(TypedDict, total=False):
    """PageOfReplacedMember"""

    items: Required[list[ReplacedMember]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfSavedView(TypedDict, total=False):
    """PageOfSavedView"""

    items: Required[list[SavedView]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PageOfVersion(TypedDict, total=False):
    """PageOfVersion"""

    items: Required[list[Version]]
    next_token: Required[str | None]
    """Send it back to get the next page; null on the last page."""


class PartsRequest(TypedDict, total=False):
    """Numbers of the parts to sign."""

    part_numbers: Required[list[int]]
    expires_in_seconds: int | None
    accelerate: bool | None
    """Whether URLs are of S3 Transfer Acceleration; as the stage says when not given"""


class PinnedAnnotation(TypedDict, total=False):
    """A pinned annotation; the hash is of its content without ids, times and authors (RFC 8785, SHA-256)."""

    annotation_id: Required[str]
    revision: Required[int]
    hash: Required[str]


class PinnedSchema(TypedDict, total=False):
    """The revision of a label schema that the version pins, and the hash of its content."""

    name: Required[str]
    revision: Required[int]
    hash: Required[str]


class PinnedVersion(TypedDict, total=False):
    """The version of the object that a member pins."""

    key: Required[str]
    version_id: Required[str | None]
    """null where the bucket keeps no versions"""
    size_bytes: Required[int]


class Place(TypedDict, total=False):
    """Place"""

    longitude: Required[float]
    latitude: Required[float]
    metres: Required[float]


class Polygon(TypedDict, total=False):
    """Closed rings, one for each part; the last point leads back to the first. Holes are rings to leave out."""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    bbox: list[float] | None
    bbox_px: list[float] | None
    image_size: list[int] | None
    coordinate_frame: Literal["display", "stored"] | None
    type: Required[Literal["polygon"]]
    rings: list[list[list[float]]] | None
    rings_px: list[list[list[float]]] | None
    holes: list[list[list[float]]] | None
    holes_px: list[list[list[float]]] | None
    closed: Literal[True]
    filled: bool | None


class Polyline(TypedDict, total=False):
    """Polyline"""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    bbox: list[float] | None
    bbox_px: list[float] | None
    image_size: list[int] | None
    coordinate_frame: Literal["display", "stored"] | None
    type: Required[Literal["polyline"]]
    rings: list[list[list[float]]] | None
    rings_px: list[list[list[float]]] | None
    closed: bool
    filled: bool | None


class PostTicket(TypedDict, total=False):
    """A ticket for one form (multipart/form-data)."""

    asset_id: Required[str]
    upload_id: Required[str]
    status: Required[Literal["pending", "scanning", "ready", "failed", "quarantined", "deleted"]]
    """The asset's status; unless `pending`, no bytes have to be sent"""
    method: Required[Literal["post"]]
    url: Required[str]
    """A presigned URL of S3"""
    fields: Required[dict[str, str]]
    """Fields of the form; the field `file` comes after them, last"""
    expires_at: Required[str]


class ProblemDocument(TypedDict, total=False):
    """Problem Details (RFC 9457); `code` is stable, `detail` says what to do. Further members may follow."""

    type: Required[str]
    title: Required[str]
    status: Required[int]
    code: Required[
        Literal[
            "AccessDenied",
            "AssetNotReady",
            "ChecksumMismatch",
            "Conflict",
            "EntityTooLarge",
            "EntityTooSmall",
            "ExpiredTicket",
            "IdempotencyConflict",
            "IncompleteUpload",
            "InternalError",
            "InvalidChecksum",
            "InvalidObjectState",
            "InvalidPart",
            "InvalidRequest",
            "LastAdmin",
            "NoSuchAnnotation",
            "NoSuchAsset",
            "NoSuchImport",
            "NoSuchJob",
            "NoSuchMember",
            "NoSuchProject",
            "NoSuchUpload",
            "NoSuchVersion",
            "NotFound",
            "PinnedByDataset",
            "PreconditionFailed",
            "PreconditionRequired",
            "QueryTooExpensive",
            "QuotaExceeded",
            "RenditionNotReady",
            "RolesHeldByIssuer",
            "ScanPending",
            "ServiceUnavailable",
            "TooManyRequests",
            "Unauthenticated",
            "Unprocessable",
            "Unrenderable",
            "UnsupportedMediaType",
            "UploadInProgress",
            "VersionProtected",
        ]
    ]
    """The kind of the problem: the only member to decide by"""
    detail: Required[str]
    message: Required[str]
    """Repeats `detail`, for Uppy"""
    error: Required[str]
    """Repeats `detail`, for Companion clients"""
    request_id: str


class Project(TypedDict, total=False):
    """A project, and the caller's role in it."""

    name: Required[str]
    role: Required[Literal["viewer", "editor", "admin"] | None]
    """null for an operator who has no role in it"""


class ProjectMember(TypedDict, total=False):
    """A person with a role in a project."""

    user: Required[str]
    """User name; it stays the same"""
    subject: Required[str]
    """The `sub` of the person's tokens, as `created_by` and the like name it"""
    email: Required[str | None]
    role: Required[Literal["viewer", "editor", "admin"]]
    state: Required[Literal["invited", "active", "disabled"]]
    """`invited` until the first sign-in"""


class ProjectRole(TypedDict, total=False):
    """The role of a caller in one project."""

    name: Required[str]
    role: Required[Literal["viewer", "editor", "admin"]]


class PutTicket(TypedDict, total=False):
    """A ticket for one PUT."""

    asset_id: Required[str]
    upload_id: Required[str]
    status: Required[Literal["pending", "scanning", "ready", "failed", "quarantined", "deleted"]]
    """The asset's status; unless `pending`, no bytes have to be sent"""
    method: Required[Literal["put"]]
    url: Required[str]
    """A presigned URL of S3"""
    headers: Required[dict[str, str]]
    """Headers to send with the bytes, all of them as they are"""
    expires_at: Required[str]


class Quantified(TypedDict, total=False):
    """Exactly one of: some annotation matches, every one does (also without any), none does, or how many do."""

    any: AnnotationFilter | None
    all: AnnotationFilter | None
    none: AnnotationFilter | None
    count: Counted | None


class Quantiles(TypedDict, total=False):
    """The values below which the given shares of assets lie."""

    field: Required[str]
    at: Required[list[float]]


class QuantilesResult(TypedDict, total=False):
    """Result of `quantiles` and `annotation_quantiles`: a value for each share, null without values."""

    count: Required[int]
    values: Required[list[str | float | bool | None]]


class QueueState(TypedDict, total=False):
    """A queue and its dead letters; numbers are approximate."""

    name: Required[Literal["ingest", "render", "scan"]]
    waiting: Required[int]
    in_flight: Required[int]
    """Handed to the function, and not yet done"""
    oldest_seconds: Required[int | None]
    """Age of the oldest message; null where it is not known"""
    dead_letters: Required[int]


class RaisedAlarm(TypedDict, total=False):
    """An alarm of the stage that is raised; the description ends in the anchor of its line in docs/operations.md."""

    name: Required[str]
    description: Required[str]


class Ratio(TypedDict, total=False):
    """An exact rate or ratio in lowest terms."""

    num: Required[int]
    den: Required[int]


class ReconcileRequest(TypedDict, total=False):
    """A part of the bucket to compare with the catalog."""

    prefix: str
    """Keys below it are compared: `media/` for all, `media/zoo/` for one project"""
    repair: bool
    """Have ingest recheck every key that differs"""
    next_token: str | None
    """The `next_token` of the step before"""


class ReconcileStep(TypedDict, total=False):
    """Findings of one step; the whole comparison is the sum of its steps."""

    keys: Required[int]
    """Keys that were compared"""
    recent: Required[int]
    """Differing keys that changed within 15 minutes: left to their events"""
    drift: Required[dict[str, int]]
    """Numbers of differing keys by kind of difference"""
    examples: Required[list[DifferingKey]]
    """The first of them"""
    next_token: Required[str | None]
    """Send it to go on; null when all is compared"""


class RedriveRequest(TypedDict, total=False):
    """The queue whose dead letters go back."""

    queue: Required[Literal["ingest", "render", "scan"]]


class RedriveResult(TypedDict, total=False):
    """Dead letters on their way back."""

    queue: Required[Literal["ingest", "render", "scan"]]
    state: Required[Literal["empty", "running", "done"]]
    """`running`: SQS moves them; the depth shows how far"""
    found: Required[int]
    """Dead letters that there were"""
    moved: Required[int]


class RefusedDownload(TypedDict, total=False):
    """The reason why an asset has no URL, in the place of its URL."""

    asset_id: Required[str]
    problem: Required[ProblemDocument]


class RefusedOperation(TypedDict, total=False):
    """A problem (RFC 9457) in the place of a result; further members may follow."""

    type: Required[str]
    title: Required[str]
    status: Required[int]
    code: Required[str]
    """As in ProblemDocument"""
    detail: Required[str]
    current: dict[str, Any]
    """The present state, where it had moved on"""
    is_shortened: bool
    """The answer would pass 6 MB: the detail is cut off, or the present state is left out. The operation alone is
    answered with both.
    """


class RefusedUpload(TypedDict, total=False):
    """The reason why an item was not begun; its member `item` is the item's position, counted from 0."""

    problem: Required[ProblemDocument]


class RefusedUrl(TypedDict, total=False):
    """The reason why there is no URL."""

    problem: Required[ProblemDocument]


class Regression(TypedDict, total=False):
    """Regression"""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    type: Required[Literal["regression"]]
    value: Required[float]


class Relation(TypedDict, total=False):
    """A relation to another annotation of the same asset."""

    to: Required[str]
    labels: list[str] | None
    direction: Literal["forward", "backward", "both"]


class ReleaseRequest(TypedDict, total=False):
    """The body of a release."""

    note: Required[str]
    """Why the bytes may be delivered"""


class ReplaceRequest(TypedDict, total=False):
    """All annotations that a layer of an asset shall have. `reviewed`: a person has looked, even at nothing."""

    annotations: Required[list[dict[str, Any]]]
    reviewed: bool | None
    clip: bool
    tool: str | None


class ReplacedMember(TypedDict, total=False):
    """A member whose pinned bytes are no longer the current ones."""

    asset_id: Required[str]
    key: Required[str]
    version_id: Required[str | None]
    is_gone: Required[bool]
    """The pinned version is not in the bucket any more."""
    replaced_at: Required[str | None]
    """null: it is gone, or still the current version"""
    kept_until: Required[str | None]
    """From then on lifecycle rules may remove it."""


class RestoreRequest(TypedDict, total=False):
    """Which revision to bring back; the one before the present one when not given."""

    to: int | None


class RestoreState(TypedDict, total=False):
    """The state of archived bytes; `expires_at` is the end of a readable copy."""

    state: Required[Literal["archived", "restoring", "restored"]]
    storage_class: Required[str]
    expires_at: str


class Retrieval(TypedDict, total=False):
    """The state of a retrieval from the archive."""

    asset_id: Required[str]
    restore: Required[RestoreState]


class RetrieveRequest(TypedDict, total=False):
    """The body of a request for archived bytes; `days` is how long the readable copy stays."""

    version_id: str | None
    days: int
    tier: Literal["Standard", "Bulk", "Expedited"]


class RevertRequest(TypedDict, total=False):
    """The body of a request to revert."""

    version_id: Required[str]


class Review(TypedDict, total=False):
    """Review"""

    state: Required[Literal["accepted", "rejected", "pending"]]
    by: str | None
    at: str | None
    note: str | None


class RoleChange(TypedDict, total=False):
    """The role of a member."""

    role: Required[Literal["viewer", "editor", "admin"]]


class RowCounts(TypedDict, total=False):
    """Counts of rows: `rows` = `imported` + `refused`, `imported` = `new` + `changed` + `unchanged`."""

    rows: Required[int]
    imported: Required[int]
    new: Required[int]
    changed: Required[int]
    unchanged: Required[int]
    refused: Required[int]
    refused_by_reason: Required[dict[str, int]]
    archived: Required[int]
    """Imported without facts: in an archive tier"""
    bytes: Required[int]
    read: Required[int]
    """Objects whose facts were read"""
    not_read: Required[int]
    """Objects that the report names as not read, or not ready"""


class SameBytes(TypedDict, total=False):
    """Assets of the same bytes; a filter by `checksums.crc64nvme` finds all of them."""

    crc64nvme: Required[str]
    size_bytes: Required[int | None]
    count: Required[int]
    asset_ids: Required[list[str]]
    """Of the first of them, by id"""


class SavedView(TypedDict, total=False):
    """A saved view."""

    name: Required[str]
    updated_at: Required[str]
    updated_by: Required[str]
    description: str | None
    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    sort: str
    """A field; `-` before it: descending"""
    fields: list[str] | None


class ScanFacts(TypedDict, total=False):
    """Malware scan of one version of the object; absent where nothing is scanned."""

    version_id: Required[str]
    result: Required[
        Literal["pending", "clean", "threats_found", "unsupported", "access_denied", "failed", "released", "older"]
    ]
    """`released` by a person; `older` than scanning; `pending`: no result yet"""
    at: str
    """When the scan or the decision was made"""
    asked_at: str
    """When the bytes arrived, or a scan was asked for last"""
    etag: str
    threats: list[str]
    """Names that the scanner gives to what it found"""
    by: str
    """Subject of the person who released the version"""
    note: str


class ScannedVersion(TypedDict, total=False):
    """The version that is released or scanned; its status changes some seconds later."""

    asset_id: Required[str]
    version_id: Required[str]


class SchemaChange(TypedDict, total=False):
    """The pinned revisions of a label schema that differ; null: the version has none of that name."""

    name: Required[str]
    before: Required[int | None]
    after: Required[int | None]


class Search(TypedDict, total=False):
    """A search: filter, order, size of a page, fields of each asset."""

    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    view: str | None
    """A saved view, whose filter must hold as well."""
    sort: str
    """A field; `-` before it: descending."""
    limit: int
    next_token: str | None
    fields: list[str] | None
    """Only these, and asset_id."""


class Segmentation(TypedDict, total=False):
    """The mask of one class over the whole image."""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    bbox: list[float] | None
    bbox_px: list[float] | None
    image_size: list[int] | None
    coordinate_frame: Literal["display", "stored"] | None
    type: Required[Literal["segmentation"]]
    mask: Required[Mask]


class SignIn(TypedDict, total=False):
    """A public client of the issuer: authorization code with PKCE (RFC 7636), or device code if discovery names it."""

    issuer: Required[str]
    """The `iss` of the tokens"""
    discovery_url: Required[str]
    """OpenID Connect Discovery document; names the endpoints"""
    client_id: Required[str]
    scopes: Required[list[str]]
    """Scopes to ask for"""
    redirect_uris: Required[list[str]]
    """Loopback addresses that the issuer should accept"""


class SignedDownloads(TypedDict, total=False):
    """A URL or a problem for each id, in the order of the request."""

    downloads: Required[list[Download | RefusedDownload]]


class SignedPart(TypedDict, total=False):
    """A presigned URL of one part, which takes exactly so many bytes."""

    part_number: Required[int]
    size_bytes: Required[int]
    url: Required[str]
    """A presigned URL of S3"""


class SignedParts(TypedDict, total=False):
    """Presigned URLs of the parts that were asked for."""

    upload_id: Required[str]
    part_size_bytes: Required[int]
    """Size in bytes of every part except for the last"""
    part_count: Required[int]
    parts: Required[list[SignedPart]]
    expires_at: Required[str]


class SignedUrl(TypedDict, total=False):
    """A signed URL."""

    url: Required[str]
    expires_at: Required[str]


class SimilarRequest(TypedDict, total=False):
    """Search for the nearest neighbours of an asset, an annotation or a vector, in one space."""

    to: Required[Target]
    space: Required[Space]
    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    view: str | None
    limit: int


class Skeleton(TypedDict, total=False):
    """The keypoints that a label has, and the pairs of positions (from 0) between which a line is drawn."""

    names: Required[list[str]]
    edges: list[list[int]]


class Space(TypedDict, total=False):
    """The vectors that can be compared with each other: those of one model and version, of assets or annotations."""

    model: Required[str]
    version: str
    of: Literal["assets", "annotations"]


class SplitRequest(TypedDict, total=False):
    """A split by hash of group and seed; equal checksums are always one group."""

    shares: dict[str, float] | None
    """The share of each split; they add up to 1. Without them, those of `keep_from`."""
    seed: str
    group_by: str
    """Group that stays in one split: `asset`, `attribute:NAME` (assets with one value), or `tag:PREFIX` (assets with
    one tag that begins so).
    """
    stratify: bool
    """Keep the shares of each label, by groups, rarest label first."""
    keep_from: int | None
    """An earlier version of this data set, whose assets stay in their splits."""


class SplitRules(TypedDict, total=False):
    """The rules of the split, frozen in the version."""

    shares: Required[dict[str, float]]
    seed: Required[str]
    group_by: Required[str]
    stratify: Required[bool]
    keep_from: Required[int | None]


class SplitSize(TypedDict, total=False):
    """The size of a split."""

    split: Required[str | None]
    """null in a version without splits"""
    assets: Required[int]
    annotations: Required[int]


class StartRequest(TypedDict, total=False):
    """How an import goes on: a dry run that counts and asks, or the import itself; `options` answer questions."""

    dry_run: bool
    options: dict[str, str]


StartedImport = TypedDict(
    "StartedImport",
    {
        "import": "Required[Import]",
        "job": "Required[Job]",
    },
    total=False,
)


class StatusRequest(TypedDict, total=False):
    """Idempotency keys of uploads that the caller began."""

    idempotency_keys: Required[list[str]]


class StoredEmbedding(TypedDict, total=False):
    """The id of an embedding that was stored."""

    embedding_id: Required[str]
    asset_id: Required[str]


class Sum(TypedDict, total=False):
    """Sum of a field over the assets; those without a value add nothing."""

    field: Required[str]


class SumResult(TypedDict, total=False):
    """Result of `sum`; `count` is the number of assets that have a value."""

    sum: Required[float]
    count: Required[int]


class Sums(TypedDict, total=False):
    """Sum of a field and number of assets for each value of the field `by`, greatest sum first."""

    field: Required[str]
    by: Required[str]
    limit: int


class SumsResult(TypedDict, total=False):
    """Result of `sums`, greatest first."""

    sums: Required[list[ValueSum]]
    is_complete: Required[bool]


class Support(TypedDict, total=False):
    """Support"""

    first: int | None
    last: int | None
    start_seconds: float | None
    end_seconds: float | None


class SupportDocument(TypedDict, total=False):
    """First and last frame (both included, counted from 0), or start and end in seconds."""

    first: int
    last: int
    start_seconds: float
    end_seconds: float


class Target(TypedDict, total=False):
    """Query of a similarity search: exactly one of an asset, an annotation, a vector."""

    asset_id: str | None
    annotation_id: str | None
    vector: list[float] | None


class Temporal(TypedDict, total=False):
    """An interval of time; `support` includes its first and its last frame, and may be in seconds alone."""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: str | None
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    type: Required[Literal["temporal"]]
    support: Required[Support]


class TileSource(TypedDict, total=False):
    """The tiles of a picture: `levels` from the smallest, which is one tile, to the full size."""

    width: Required[int]
    """In pixels, as displayed"""
    height: Required[int]
    tile_size: Required[int]
    """Side of a tile; those at the right and at the bottom are smaller"""
    overlap: Required[int]
    format: Required[str]
    levels: Required[list[LevelSize]]


class Track(TypedDict, total=False):
    """One object through a video; its places are annotations with the same `track_id`, or boxes at keyframes here."""

    field: Required[str]
    label: str | None
    label_id: str | None
    tags: list[str] | None
    confidence: float | None
    text: str | None
    attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | None
    relations: list[Relation] | None
    frame_index: int | None
    keyframe: bool | None
    outside: bool | None
    interpolated: bool | None
    track_id: Required[str]
    instance_id: str | None
    group_id: str | None
    parent_id: str | None
    index: int | None
    occluded: bool | None
    truncated: bool | None
    difficult: bool | None
    iscrowd: bool | None
    ignore: bool | None
    pose: str | None
    z_order: int | None
    area: float | None
    source: Literal["manual", "auto", "semi_auto", "imported", "consensus"] | None
    run: ModelRun | None
    annotator: str | None
    tool: str | None
    lead_time_seconds: float | None
    review: Review | None
    origin: Origin | None
    extra: dict[str, Any] | None
    bbox: list[float] | None
    bbox_px: list[float] | None
    image_size: list[int] | None
    coordinate_frame: Literal["display", "stored"] | None
    type: Required[Literal["track"]]


class Upload(TypedDict, total=False):
    """An upload and the status of its asset; checksums are those that S3 told at completion."""

    upload_id: Required[str]
    asset_id: Required[str]
    method: Required[Literal["put", "post", "multipart"]]
    state: Required[Literal["open", "completed", "failed", "aborted", "expired"]]
    size_bytes: Required[int]
    content_type: Required[str]
    created_at: Required[str]
    project: Required[str]
    status: Required[Literal["pending", "scanning", "ready", "failed", "quarantined", "deleted"]]
    """The asset's status"""
    checksums: Required[Checksums | None]


class UploadProgress(TypedDict, total=False):
    """An upload; of a multipart upload also the parts that have arrived and those that are missing."""

    upload_id: Required[str]
    asset_id: Required[str]
    method: Required[Literal["put", "post", "multipart"]]
    state: Required[Literal["open", "completed", "failed", "aborted", "expired"]]
    size_bytes: Required[int]
    content_type: Required[str]
    created_at: Required[str]
    project: Required[str]
    status: Required[Literal["pending", "scanning", "ready", "failed", "quarantined", "deleted"]]
    """The asset's status"""
    checksums: Required[Checksums | None]
    part_size_bytes: int
    """Size in bytes of every part except for the last"""
    part_count: int
    uploaded_parts: list[ArrivedPart]
    missing_part_numbers: list[int]


class UploadQuota(TypedDict, total=False):
    """The daily quota of a project: bytes that were begun on this day (UTC), of all its callers."""

    daily_bytes: Required[int]
    used_bytes: Required[int]
    resets_at: Required[str]


class UploadRules(TypedDict, total=False):
    """Limits of uploads; sizes in bytes."""

    max_uploads_per_call: Required[int]
    max_object_bytes: Required[int]
    multipart_threshold_bytes: Required[int]
    """Larger files are multipart unless asked otherwise"""
    min_part_bytes: Required[int]
    """Of every part but the last"""
    default_part_bytes: Required[int]
    max_part_bytes: Required[int]
    max_parts: Required[int]
    max_parts_per_call: Required[int]
    url_ttl_seconds: Required[int]
    """Validity of tickets when none is asked for"""
    max_url_ttl_seconds: Required[int]
    allowed_types: Required[list[str]]
    """Media types, such as `image/jpeg` or `image/*`"""
    can_accelerate: Required[bool]
    """Whether S3 Transfer Acceleration is on"""


class UploadStates(TypedDict, total=False):
    """Uploads in the order of the keys, each key once; keys under which the caller began nothing in 30 days."""

    uploads: Required[list[KeyedUpload]]
    missing_idempotency_keys: Required[list[str]]


class ValueCount(TypedDict, total=False):
    """How many assets have a value."""

    value: Required[Any]
    count: Required[int]


class ValueSum(TypedDict, total=False):
    """Sum over the assets that have a value, and how many these are."""

    value: Required[Any]
    sum: Required[float]
    count: Required[int]


class Version(TypedDict, total=False):
    """A version of an asset's bytes, or a delete marker, which has no bytes."""

    version_id: Required[str]
    """S3's id of a version"""
    is_latest: Required[bool]
    is_delete_marker: Required[bool]
    created_at: Required[str]
    size_bytes: int
    etag: str
    storage_class: str


class VersionRequest(TypedDict, total=False):
    """A version of a data set: by a filter and a view, or by ids; without any of them all ready assets."""

    description: str | None
    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    view: str | None
    """A saved view, whose filter must hold as well."""
    asset_ids: list[str] | None
    split: SplitRequest | None


class View(TypedDict, total=False):
    """A saved filter with its sort and fields."""

    description: str | None
    filter: And | Or | Not | Condition | Near | Within | Annotations | None
    sort: str
    fields: list[str] | None


class Within(TypedDict, total=False):
    """Inside a closed ring of [longitude, latitude]: a box of meridians and parallels, or else of great circles."""

    within: Required[list[list[float]]]


class WriteResults(TypedDict, total=False):
    """One result for each operation that was tried, in order."""

    results: Required[list[Written | RefusedOperation]]


class Written(TypedDict, total=False):
    """The new revision of an annotation that was written."""

    annotation_id: Required[str]
    revision: Required[int]
    deleted_at: str
