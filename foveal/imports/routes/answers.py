"""Answers of the routes of imports as types, for the OpenAPI document and the checks of the tests."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from foveal.api.documentation import closed
from foveal.database.vocabulary import ImportState
from foveal.jobs.routes.answers import Job

Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]


@closed
class LabelFile(TypedDict):
    """A label file of an import."""

    name: str
    size_bytes: Annotated[int, Field(ge=1)]


@closed
class LabelFileTicket(TypedDict):
    """A presigned PUT for one label file, to be sent with exactly these headers and as many bytes as announced."""

    name: str
    method: Literal["PUT"]
    url: Url
    headers: dict[str, str]
    expires_at: datetime


@closed
class OpenQuestion(TypedDict):
    """A question that the files leave open; `option` in `options` answers it. Records that need it wait."""

    kind: Literal["question"]
    option: str
    message: str
    choices: list[str]
    proposal: str
    where: str


@closed
class ImportCounts(TypedDict):
    """Counts of an import or a dry run: `records` = `imported` + `not_imported`."""

    assets: int
    assets_matched: int
    records: int
    imported: int
    not_imported: int
    annotations: int
    warnings: int


@closed
class ImportedLabelSchema(TypedDict):
    """A label schema after an import, or as a dry run expects it."""

    name: str
    revision: Annotated[int | None, Field(description="null after a dry run, and where nothing is written")]
    added_count: Annotated[int, Field(ge=0, description="Labels that were added")]
    extended_count: Annotated[int, Field(ge=0, description="Labels that were there and got ids, a skeleton, …")]
    lacking_count: Annotated[int, Field(ge=0, description="Labels that a schema lacks which the import may not extend")]


@closed
class ImportedBucket(TypedDict):
    """Source of the import of a bucket, and how its assets are named."""

    bucket: str
    prefix: str
    inventory: Annotated[str | None, Field(description="Address of the manifest of a report; null for a listing")]
    tags: list[str]
    tags_from_path: bool
    facts: bool
    workers: int


@closed
class RowCounts(TypedDict):
    """Counts of rows: `rows` = `imported` + `refused`, `imported` = `new` + `changed` + `unchanged`."""

    rows: int
    imported: int
    new: int
    changed: int
    unchanged: int
    refused: int
    refused_by_reason: dict[str, int]
    archived: Annotated[int, Field(description="Imported without facts: in an archive tier")]
    bytes: int
    read: Annotated[int, Field(description="Objects whose facts were read")]
    not_read: Annotated[int, Field(description="Objects that the report names as not read, or not ready")]


@closed
class Estimate(TypedDict):
    """Estimate of an import: requests of S3, time of workers, hours with all of them, and dollars of AWS."""

    objects: int
    bytes: int
    s3_reads: int
    s3_lists: int
    worker_seconds: float
    hours: float
    usd: float


@closed
class Import(TypedDict):
    """Label files, how they are read, and what they became."""

    import_id: str
    project: str
    kind: Literal["labels", "bucket"]
    state: ImportState
    format: Annotated[str | None, Field(description="null until it is detected")]
    options: dict[str, Any]
    files: list[LabelFile]
    asset_events: Annotated[bool, Field(description="Whether AnnotationsChanged is published for each asset")]
    job_id: Annotated[str | None, Field(description="The job that reads the files, or undoes the import")]
    created_at: datetime
    created_by: str
    updated_at: datetime
    counts: NotRequired[ImportCounts]
    questions: NotRequired[list[OpenQuestion]]
    label_schema: NotRequired[ImportedLabelSchema]
    file_sha256: NotRequired[str]
    source: NotRequired[ImportedBucket]
    rows: NotRequired[RowCounts]
    estimate: NotRequired[Estimate]
    report_url: NotRequired[Annotated[Url, Field(description="JSON lines: what was not imported, warnings, questions")]]


@closed
class BegunImport(TypedDict):
    """An import and a ticket for each of its files, in order."""

    import_: Annotated[Import, Field(alias="import")]
    uploads: list[LabelFileTicket]


@closed
class StartedImport(TypedDict):
    """An import and the job that goes on with it."""

    import_: Annotated[Import, Field(alias="import")]
    job: Job
