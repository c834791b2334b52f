"""Stored documents of data sets: `datasets`, `dataset_versions`, `dataset_pages`."""

from datetime import datetime
from typing import Any, NotRequired, cast

from pymongo.collection import Collection
from pymongo.database import Database
from typing_extensions import TypedDict

from foveal.database.client import Document
from foveal.database.stored_documents import EventDocument
from foveal.database.vocabulary import DatasetVersionState


class DatasetDocument(TypedDict):
    """A document of `datasets`; `newest` is the number that was given last."""

    _id: str
    project: str
    name: str
    newest: int
    created_at: datetime
    created_by: str
    schema_version: int


class SelectionDocument(TypedDict, total=False):
    """The choice of members: the JSON text of a filter, the view that it was taken from, or ids."""

    filter: str
    view: str
    asset_ids: list[str]


class SplitDocument(TypedDict):
    """The rules of a split; `group_by` is `asset`, `attribute:NAME` or `tag:PREFIX`."""

    shares: dict[str, float]
    seed: str
    group_by: str
    stratify: bool
    keep_from: int | None


class VersionDocument(TypedDict):
    """A document of `dataset_versions`. The members after `schema_version` come with its completion."""

    _id: str
    project: str
    dataset: str
    version: int
    state: DatasetVersionState
    description: str | None
    selection: SelectionDocument
    split: SplitDocument | None
    created_at: datetime
    created_by: str
    schema_version: int
    run: NotRequired[str]
    job_id: NotRequired[str]
    root: NotRequired[str]
    completed_at: NotRequired[datetime]
    base: NotRequired[int | None]
    asset_count: NotRequired[int]
    annotation_count: NotRequired[int]
    page_count: NotRequired[int]
    shared_page_count: NotRequired[int]
    split_conflicts: NotRequired[int]
    splits: NotRequired[list[dict[str, Any]]]
    labels: NotRequired[list[dict[str, Any]]]
    label_schemas: NotRequired[list[dict[str, Any]]]
    pending_events: NotRequired[list[EventDocument]]


class PageDocument(TypedDict):
    """A document of `dataset_pages`; `run` is the attempt at a creation that wrote it."""

    _id: str
    project: str
    version_id: str
    digest: str
    run: str
    page: dict[str, Any]
    schema_version: int


def datasets(database: Database[Document]) -> Collection[DatasetDocument]:
    return cast("Collection[DatasetDocument]", database.datasets)


def dataset_versions(database: Database[Document]) -> Collection[VersionDocument]:
    return cast("Collection[VersionDocument]", database.dataset_versions)


def dataset_pages(database: Database[Document]) -> Collection[PageDocument]:
    return cast("Collection[PageDocument]", database.dataset_pages)
