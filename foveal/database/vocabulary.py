"""Words and numbers of stored documents that every writer shares: schema version, statuses, states, types.

The module imports nothing heavy, so that a function which only writes documents does not load the whole schema.
"""

from typing import Final, Literal, get_args

SCHEMA_VERSION: Final = 1
AssetStatus = Literal["pending", "scanning", "ready", "failed", "quarantined", "deleted"]
ASSET_STATUSES: Final[tuple[str, ...]] = get_args(AssetStatus)
ScanResult = Literal["pending", "clean", "threats_found", "unsupported", "access_denied", "failed", "released", "older"]
UploadMethod = Literal["put", "post", "multipart"]
UploadState = Literal["open", "completed", "failed", "aborted", "expired"]
UPLOAD_STATES: Final[tuple[str, ...]] = get_args(UploadState)
JobKind = Literal["import", "import_undo", "bucket_import", "export", "dataset_version"]
JOB_KINDS: Final[tuple[str, ...]] = get_args(JobKind)
ImportState = Literal["open", "checking", "checked", "running", "completed", "failed", "stopped", "undone"]
IMPORT_STATES: Final[tuple[str, ...]] = get_args(ImportState)
JobState = Literal["queued", "running", "completed", "failed", "stopped"]
JOB_STATES: Final[tuple[str, ...]] = get_args(JobState)
DatasetVersionState = Literal["creating", "ready", "failed", "deleting"]
DATASET_VERSION_STATES: Final[tuple[str, ...]] = get_args(DatasetVersionState)
AnnotationType = Literal[
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
ANNOTATION_TYPES: Final[tuple[str, ...]] = get_args(AnnotationType)
