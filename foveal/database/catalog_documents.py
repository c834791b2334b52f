"""Whole documents of assets, annotations and their history: the members that callers see, and the others."""

from datetime import datetime
from typing import Literal, NotRequired, Required

from typing_extensions import TypedDict

from foveal.database.documents import AnnotationFields, AssetFields, Change
from foveal.database.stored_documents import CountedMark, DeletionMark, EventDocument, ExpectedBytes, ImportedReview
from foveal.database.vocabulary import AssetStatus


class AssetDocument(AssetFields, total=False):
    """A document of `assets`."""

    _id: Required[str]
    project: Required[str]
    status: Required[AssetStatus]
    created_at: Required[datetime]
    updated_at: Required[datetime]
    pending_events: list[EventDocument]
    expected: ExpectedBytes
    counted: CountedMark
    imported_reviews: list[ImportedReview]
    deletion: DeletionMark | None
    cached_version: str


class AnnotationDocument(AnnotationFields, total=False):
    """A document of `annotations`."""

    _id: Required[str]
    extra: str
    relative_to: Literal["display"]
    deleted_at: datetime


class RevisionDocument(TypedDict):
    """A document of `annotation_revisions`: a state that was replaced, a deletion, or a refused attempt."""

    _id: str
    project: str
    asset_id: str
    annotation_id: str
    revision: int
    change: Change
    schema_version: int
    state: NotRequired[AnnotationDocument]
    attempted: NotRequired[str]
