"""Annotation operations (create, update, delete, restore) and their results, as values; `writes` carries them out."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter

from foveal.database.catalog_documents import AnnotationDocument
from foveal.errors import Problem
from foveal.validation.models import Model
from foveal.validation.values import Word

MAX_OPERATIONS: Final = 10_000

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
Revision = Annotated[int, Field(ge=0, le=2**53)]


class Create(Model):
    """Make an annotation; under an id of the caller's own, it is made once only."""

    op: Literal["create"]
    asset_id: Id
    annotation: dict[str, Any]
    annotation_id: Id | None = None


class Update(Model):
    """Change some fields of an annotation, `null` takes one away; `revision` is the one that the caller knows."""

    op: Literal["update"]
    annotation_id: Id
    revision: Revision
    changes: Annotated[dict[str, Any], Field(min_length=1)]


class Delete(Model):
    """Delete an annotation; its history stays."""

    op: Literal["delete"]
    annotation_id: Id
    revision: Revision


class Restore(Model):
    """Bring back an earlier state of an annotation, also of a deleted one; without `to`, the state before this one."""

    op: Literal["restore"]
    annotation_id: Id
    revision: Revision
    to: Revision | None = None

    @property
    def restored_revision(self) -> int:
        """The revision to go back to; 0 is the time before the annotation was made."""
        return max(self.revision - 1, 0) if self.to is None else self.to


Operation = Create | Update | Delete | Restore
OPERATION: Final[TypeAdapter[Operation]] = TypeAdapter(Annotated[Operation, Field(discriminator="op")])


class BulkRequest(Model):
    """Many operations in one call. `ordered`: stop at the first that fails; what came before it stays done."""

    operations: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_OPERATIONS)]
    ordered: bool = False
    clip: bool = False
    tool: Word | None = None


class ReplaceRequest(Model):
    """All annotations that a layer of an asset shall have. `reviewed`: a person has looked, even at nothing."""

    annotations: Annotated[list[dict[str, Any]], Field(max_length=MAX_OPERATIONS)]
    reviewed: bool | None = None
    clip: bool = False
    tool: Word | None = None


Outcome = AnnotationDocument | Problem
"""The stored annotation (for a deletion its last state with the new revision), or the reason for a refusal."""
