"""Whole documents as the collections hold them: uploads, events, label schemas, views, marks in assets.

A member may be absent where it is `NotRequired`, also because an earlier version did not write it. Assets, annotations
and their history stand in `foveal.database.catalog_documents`, apart, since functions without pydantic import this.
The rules of the server are in `foveal.database.schema`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NotRequired, Required, TypeVar

from typing_extensions import TypedDict

from foveal.database.vocabulary import ImportState, JobKind, JobState, UploadMethod, UploadState

StoredDocument = TypeVar("StoredDocument", bound=Mapping[str, Any])


class EventDocument(TypedDict):
    """An event in `pending_events` (foveal.events.outbox)."""

    event_id: str
    detail_type: str
    detail: dict[str, Any]


class LabelMark(TypedDict):
    """Annotations of an asset that have one label, as they were counted; of any label where it is null."""

    label: str | None
    annotations: int


class CountedMark(TypedDict, total=False):
    """The part of an asset in the label counters (foveal.catalog.label_counters)."""

    status: Required[str]
    labels: list[LabelMark]


class DeletionMark(TypedDict, total=False):
    """The mark of a deletion in its asset (foveal.delivery.deletion, foveal.ingest.commit).

    `status` is that before the deletion, of an asset whose object lies in another bucket.
    """

    is_permanent: Required[bool]
    requested_at: Required[datetime]
    look_at: datetime
    is_cached: bool
    is_of_upload: bool
    status: str


class DeclaredChecksum(TypedDict):
    """The checksum that an uploader declared, in base64."""

    algorithm: Literal["crc32", "crc32c", "crc64nvme", "sha256"]
    value: str


class ExpectedBytes(TypedDict):
    """The declaration with which ingest compares the bytes that arrive."""

    size_bytes: int
    mime_type: str
    checksum: NotRequired[DeclaredChecksum]


class UploadResult(TypedDict):
    """The answer of S3 to the completion of a multipart upload."""

    etag: str
    version_id: str | None
    checksums: dict[str, Any]


class UploadDocument(TypedDict):
    """A document of `uploads`."""

    _id: str
    project: str
    caller: str
    asset_id: str
    method: UploadMethod
    key: str
    file_name: NotRequired[str]
    size_bytes: int
    content_type: str
    part_size_bytes: int | None
    s3_upload_id: str | None
    checksum: DeclaredChecksum | None
    metadata: dict[str, str]
    state: UploadState
    created_at: datetime
    expires_at: datetime
    schema_version: int
    idempotency_key: NotRequired[str]
    payload_hash: NotRequired[str]
    completing_at: NotRequired[datetime | None]
    result: NotRequired[UploadResult | None]


class LabelSchemaDocument(TypedDict):
    """A document of `label_schemas`; `schema` is a LabelSchema as JSON values."""

    _id: str
    project: str
    name: str
    revision: int
    schema: dict[str, Any]
    created_at: datetime
    created_by: str
    schema_version: int


class ViewDocument(TypedDict):
    """A document of `views`; `view` is the JSON text of a View."""

    _id: str
    project: str
    name: str
    view: str
    updated_at: datetime
    updated_by: str
    schema_version: int


class JobFailure(TypedDict):
    """The problem with which a job ended."""

    code: str
    detail: str


class JobDocument(TypedDict):
    """A document of `jobs` (foveal.jobs.store).

    `input` and `checkpoint` belong to the kind of the job; `finished` are half-open ranges of units. `due_at` is when
    a worker may take the job: at once when it is queued, the end of the lease of its `worker` while it is running;
    absent when it has ended. `group` is the id of the first of several jobs that share one work and stop together.
    """

    _id: str
    project: str
    kind: JobKind
    state: JobState
    subject: str
    input: dict[str, Any]
    total: int | None
    finished: list[list[int]]
    checkpoint: dict[str, Any]
    attempts: int
    is_stopping: bool
    created_at: datetime
    created_by: str
    updated_at: datetime
    schema_version: int
    due_at: NotRequired[datetime]
    worker: NotRequired[str]
    group: NotRequired[str]
    ended_at: NotRequired[datetime]
    result: NotRequired[dict[str, Any]]
    failure: NotRequired[JobFailure]
    pending_events: NotRequired[list[EventDocument]]


class ImportFile(TypedDict):
    """A label file of an import, at its key in the bucket."""

    name: str
    size_bytes: int
    key: str


class ImportedReview(TypedDict):
    """A layer of an asset that an import has marked as reviewed, until somebody states it again."""

    field: str
    import_id: str


class ImportedLabelSchema(TypedDict):
    """A label schema after an import: how many labels were added to it, got members, or are not in it.

    `revision` is null after a dry run, and where the import changes no schema.
    """

    name: str
    revision: int | None
    added_count: int
    extended_count: int
    lacking_count: int


class BucketSourceDocument(TypedDict):
    """Source of the import of a bucket: a bucket, or a report on it, and how assets are named.

    `inventory` is the `s3://` address of the manifest of a report; null for a listing.
    """

    bucket: str
    prefix: str
    inventory: str | None
    tags: list[str]
    tags_from_path: bool
    facts: bool
    workers: int


class ImportDocument(TypedDict):
    """A document of `imports` (foveal.imports.store): label files, how they are read, and what they became.

    `content_key` names the object with the classes and sections of the files, `report_key` that with what was told.
    `label_schema` is the label schema that the import may write, `label_schema_base` its revision before. Imports of
    earlier versions have no `asset_events`: they publish them.

    That of a bucket (`kind`) has no files but a `source`. `lanes` are the counts of its workers that are done, by their
    numbers; `rows` is their sum at the end, `estimate` that of a dry run.
    """

    _id: str
    project: str
    state: ImportState
    format: str | None
    options: dict[str, str]
    files: list[ImportFile]
    job_id: str | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    schema_version: int
    label_schema: NotRequired[str]
    label_schema_base: NotRequired[int]
    asset_events: NotRequired[bool]
    label_schema_result: NotRequired[ImportedLabelSchema]
    file_sha256: NotRequired[str]
    counts: NotRequired[dict[str, int]]
    questions: NotRequired[list[dict[str, Any]]]
    content_key: NotRequired[str]
    report_key: NotRequired[str]
    kind: NotRequired[Literal["bucket"]]
    source: NotRequired[BucketSourceDocument]
    lanes: NotRequired[dict[str, dict[str, int]]]
    rows: NotRequired[dict[str, Any]]
    estimate: NotRequired[dict[str, Any]]


class AssetOriginDocument(TypedDict):
    """A document of `asset_origins`: what the files of an import have of one asset.

    `content` is the JSON text of its record, its further members and its leftover records; a long one lies in the
    bucket under `content_key`. `annotations` is how many annotations the import made on the asset.
    """

    _id: str
    project: str
    import_id: str
    asset_id: str
    position: int
    file_name: str
    annotations: int
    schema_version: int
    content: NotRequired[str]
    content_key: NotRequired[str]
