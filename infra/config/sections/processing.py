"""Settings of uploads, ingest, rendering, search, and the concurrency of functions."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.config.fields import BucketName, KmsKeyArn, MediaType, RoleArn, Slug, like
from infra.config.sections.section import Section

MIB, GIB, TIB = 1024**2, 1024**3, 1024**4
Concurrency = Annotated[int, Field(ge=1, le=10_000)]


class Uploads(Section):
    """Limits of uploads."""

    allowed_types: Annotated[tuple[MediaType, ...], Field(min_length=1)] = ("image/*", "video/*", "application/dicom")
    """Media types that an upload may declare."""
    max_object_bytes: Annotated[int, Field(ge=1, le=5 * TIB)] = 5 * TIB
    """The largest object; S3 ends at 5 TiB."""
    daily_quota_bytes: Annotated[int, Field(ge=1)] = 10 * TIB
    """Bytes that the uploads of one project may begin on one day."""
    multipart_threshold_bytes: Annotated[int, Field(ge=5 * MIB, le=5 * GIB)] = 100 * MIB
    """Larger objects are uploaded in parts."""
    url_ttl_seconds: Annotated[int, Field(ge=120, le=43_200)] = 900
    """Validity of a presigned upload URL."""


class Ingest(Section):
    """The function that reads what arrived. `max_concurrency` bounds its load on MongoDB; the rest waits."""

    batch_size: Annotated[int, Field(ge=1, le=1_000)] = 50
    """Messages in one call."""
    batching_window_seconds: Annotated[int, Field(ge=0, le=60)] = 1
    """Longest wait for a batch to be filled; at least 1 with a `batch_size` above 10."""
    max_concurrency: Annotated[int, Field(ge=2, le=1_000)] = 10
    """Calls at once."""

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.batch_size > 10 and self.batching_window_seconds < 1:
            raise ValueError("batching_window_seconds must be at least 1 with a batch_size above 10 (SQS)")
        return self


class Rendition(Section):
    """A smaller copy of each image and poster."""

    width: Annotated[int, Field(ge=16, le=8192)]
    """Pixels; the height follows. Smaller originals are not enlarged."""
    format: Literal["webp", "avif", "jpeg", "png"] = "webp"
    """The format of the copy."""


class Render(Section):
    """The function that makes derivatives."""

    renditions: dict[Slug, Rendition] = Field(
        default_factory=lambda: {"thumbnail": Rendition(width=320), "preview": Rendition(width=1280)}
    )
    """Renditions by name; these names are the variants that callers ask for."""
    max_concurrency: Annotated[int, Field(ge=2, le=1_000)] = 10
    """Calls at once for new assets; what a caller asks for comes on top."""


class ImportBucket(Section):
    """A bucket whose objects projects may import without moving a byte. The stage only ever reads it."""

    bucket: BucketName
    """Its name; `foveal bucket policy` prints what its owner has to allow."""
    prefix: str = ""
    """Only keys below this are read; all without it."""
    region: Annotated[str, like(r"[a-z]{2}(-[a-z]+)+-\d", "eu-west-1")] | None = None
    """Its region, if that is not the one of the stage."""
    role_arn: RoleArn | None = None
    """A role that reads it in the name of the functions, usually of the other account. URLs of originals then end with
    the role's session, within an hour."""
    external_id: Annotated[str, like(r"[\w+=,.@:/-]{2,1224}", "foveal-prod")] | None = None
    """The external id that the role's trust policy asks for."""
    kms_key_arn: KmsKeyArn | None = None
    """The key of its objects, if they have one of yours; with `role_arn` the role decrypts, and this is left out."""

    @model_validator(mode="after")
    def _of_a_role(self) -> Self:
        if self.external_id and not self.role_arn:
            raise ValueError("external_id goes with role_arn: give both, or leave it out")
        if self.kms_key_arn and self.role_arn:
            raise ValueError("kms_key_arn is left out where role_arn is given: the role decrypts")
        return self


class Imports(Section):
    """Buckets that can be imported beside the media bucket (docs/bucket-import.md)."""

    buckets: Annotated[dict[Slug, ImportBucket], Field(max_length=20)] = Field(default_factory=dict)
    """Buckets by names of your choice, read by the functions worker, render and downloads."""


class Search(Section):
    """The engine of similarity search. `exact` needs nothing and ends at 200,000 vectors of one model."""

    vector_engine: Literal["exact", "atlas", "s3-vectors"] = "exact"
    """`atlas` and `s3-vectors` need an index that you make (docs/catalog.md)."""
    atlas_index: Annotated[str, like(r"[A-Za-z0-9_-]{1,64}", "vectors")] | None = None
    """The Atlas Vector Search index; with `atlas`."""
    s3_vector_bucket: Annotated[str, like(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", "my-vectors")] | None = None
    """The vector bucket, in the account and region of the stage; with `s3-vectors`."""
    s3_vector_kms_key_arn: KmsKeyArn | None = None
    """The key of the vector bucket, when it has one of yours."""

    @model_validator(mode="after")
    def _of_one_engine(self) -> Self:
        if (self.vector_engine == "atlas") != bool(self.atlas_index):
            raise ValueError('atlas_index goes with vector_engine = "atlas": give both, or neither')
        if (self.vector_engine == "s3-vectors") != bool(self.s3_vector_bucket):
            raise ValueError('s3_vector_bucket goes with vector_engine = "s3-vectors": give both, or neither')
        if self.s3_vector_kms_key_arn and not self.s3_vector_bucket:
            raise ValueError("s3_vector_kms_key_arn is the key of s3_vector_bucket; leave it out without that")
        return self


class ReservedConcurrency(Section):
    """Calls at once that a function can always have and never exceeds, so that one cannot starve the others.

    They are taken from the account's quota (1,000 by default, less in a new account), of which 100 must stay
    unreserved, or the deployment fails. A function without a number shares what is unreserved.
    """

    uploads: Concurrency | None = None
    """Begins, continues and completes uploads."""
    catalog: Concurrency | None = None
    """Search, annotations, aggregates."""
    downloads: Concurrency | None = None
    """Signs URLs and cookies."""
    versions: Concurrency | None = None
    """Lists, reverts, deletes and restores versions."""
    ingest: Concurrency | None = None
    """At least `ingest.max_concurrency`, or messages fail that nobody could take."""
    render: Concurrency | None = None
    """At least `render.max_concurrency`; above it is room for callers who wait for a rendition."""
    jobs: Concurrency | None = None
    """Begins, shows and stops jobs."""
    people: Concurrency | None = None
    """Projects and their members."""
    operations: Concurrency | None = None
    """Queues, failures and reconciliation, for operators."""
    worker: Concurrency | None = None
    """Jobs at once: imports, exports, data sets. It bounds their load on MongoDB; other jobs wait."""
