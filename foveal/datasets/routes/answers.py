"""Answers of the routes of data sets as types, for the OpenAPI document and the checks of the tests."""

from datetime import datetime
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from foveal.api.documentation import closed
from foveal.database.vocabulary import DatasetVersionState
from foveal.datasets.tree.annotation_changes import Kind
from foveal.datasets.tree.differences import Change

Count = Annotated[int, Field(ge=0)]
Root = Annotated[
    str,
    Field(pattern=r"^fv1:[0-9a-f]{64}$", description="Hash of members and label schemas: equal content, equal root."),
]
Split = Annotated[str | None, Field(description="null in a version without splits")]
Revision = Annotated[int, Field(ge=1)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Checksum = Annotated[
    str, Field(description="Algorithm and value as S3 states them", examples=["crc64nvme:AAAAAAAAAAA="])
]


@closed
class DatasetSelection(TypedDict):
    """The choice of members: the JSON text of the filter, that of the view taken in. Neither: all, or listed ids."""

    filter: NotRequired[str]
    view: NotRequired[str]


@closed
class SplitRules(TypedDict):
    """The rules of the split, frozen in the version."""

    shares: dict[str, float]
    seed: str
    group_by: str
    stratify: bool
    keep_from: Annotated[int | None, Field(ge=1)]


@closed
class SplitSize(TypedDict):
    """The size of a split."""

    split: Split
    assets: Count
    annotations: Count


@closed
class LabelSize(TypedDict):
    """The annotations with one label (null: without one) in one split."""

    label: str | None
    split: Split
    count: Count


@closed
class PinnedSchema(TypedDict):
    """The revision of a label schema that the version pins, and the hash of its content."""

    name: str
    revision: Revision
    hash: Hash


@closed
class DatasetVersion(TypedDict):
    """An immutable list of assets with their bytes and annotations. Counts and root come with its completion."""

    dataset_version_id: Annotated[str, Field(examples=["zoo/birds/3"])]
    dataset: str
    version: Revision
    state: DatasetVersionState
    description: str | None
    selection: DatasetSelection
    split: SplitRules | None
    created_at: datetime
    created_by: str
    completed_at: NotRequired[datetime]
    job_id: NotRequired[Annotated[str, Field(description="The job that makes a large version")]]
    root: NotRequired[Root]
    base: NotRequired[Annotated[int | None, Field(description="The version whose unchanged pages it shares")]]
    asset_count: NotRequired[Count]
    annotation_count: NotRequired[Count]
    page_count: NotRequired[Count]
    shared_page_count: NotRequired[Count]
    split_conflicts: NotRequired[
        Annotated[int, Field(ge=0, description="Groups whose kept assets lie in several splits")]
    ]
    splits: NotRequired[list[SplitSize]]
    labels: NotRequired[list[LabelSize]]
    label_schemas: NotRequired[list[PinnedSchema]]


@closed
class Dataset(TypedDict):
    """A data set and its newest complete version."""

    name: str
    created_at: datetime
    created_by: str
    newest: DatasetVersion | None


@closed
class PinnedAnnotation(TypedDict):
    """A pinned annotation; the hash is of its content without ids, times and authors (RFC 8785, SHA-256)."""

    annotation_id: str
    revision: Revision
    hash: Hash


@closed
class PinnedVersion(TypedDict):
    """The version of the object that a member pins."""

    key: str
    version_id: Annotated[str | None, Field(description="null where the bucket keeps no versions")]
    size_bytes: Count


@closed
class DatasetMember(TypedDict):
    """A member of a version. `hash` covers asset, file name, checksum, split and annotations."""

    asset_id: str
    file_name: str
    checksum: Checksum
    split: Split
    s3: PinnedVersion
    annotation_revision: Count
    annotations: list[PinnedAnnotation]
    hash: Hash


@closed
class ReplacedMember(TypedDict):
    """A member whose pinned bytes are no longer the current ones."""

    asset_id: str
    key: str
    version_id: str | None
    is_gone: Annotated[bool, Field(description="The pinned version is not in the bucket any more.")]
    replaced_at: Annotated[datetime | None, Field(description="null: it is gone, or still the current version")]
    kept_until: Annotated[datetime | None, Field(description="From then on lifecycle rules may remove it.")]


@closed
class DatasetDifference(TypedDict):
    """One difference. `before` and `after`: file names, checksums, splits, labels, or counts of annotations."""

    change: Change
    asset_id: str
    file_name: str
    before: NotRequired[str | int | None]
    after: NotRequired[str | int | None]
    annotation_id: NotRequired[str]
    revision_before: NotRequired[Revision]
    revision_after: NotRequired[Revision]
    kinds: NotRequired[Annotated[list[Kind], Field(description="Empty: another revision of the same content")]]


@closed
class LabelChange(TypedDict):
    """Annotations with one label in the assets that differ, before and after."""

    label: str | None
    before: Count
    after: Count


@closed
class SchemaChange(TypedDict):
    """The pinned revisions of a label schema that differ; null: the version has none of that name."""

    name: str
    before: int | None
    after: int | None


@closed
class DatasetSummary(TypedDict):
    """Counts of all differences by kind, labels, and label schemas."""

    changes: dict[str, Count]
    labels: list[LabelChange]
    label_schemas: list[SchemaChange]


@closed
class DatasetComparison(TypedDict):
    """Differences from an older version to a newer one, page by page; the summary stands on the first page."""

    before: Root
    after: Root
    summary: DatasetSummary | None
    items: list[DatasetDifference]
    next_token: str | None
