"""Changes that operations ask for: a draft to validate and then put, a removal, or a refusal to keep in the history."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from foveal.database.catalog_documents import AnnotationDocument, AssetDocument
from foveal.database.client import Document


@dataclass(frozen=True, slots=True)
class Draft:
    """An annotation to validate and to store on an asset, in place of `present` if that is there.

    `made_from` is the state from which it keeps its author and the time when it was made. The annotation is a draft of
    a caller, a draft whose geometry was stored before ("placed"), or a whole state that was stored before.
    """

    kind: Literal["created", "updated", "restored", "replaced"]
    asset: AssetDocument
    annotation_id: str
    annotation: Document
    present: AnnotationDocument | None = None
    made_from: AnnotationDocument | None = None
    form: Literal["draft", "placed", "stored"] = "draft"


@dataclass(frozen=True, slots=True)
class Put:
    """A draft with its annotation as it is to be stored, without ids, revision, author and times."""

    draft: Draft
    annotation: Document
    size_bytes: int
    """As JSON; 0 for a state that was loaded."""


@dataclass(frozen=True, slots=True)
class Removal:
    """An annotation to delete, in its present state."""

    present: AnnotationDocument


@dataclass(frozen=True, slots=True)
class Refusal:
    """An attempt to change an annotation that is at another revision than expected."""

    present: AnnotationDocument
    attempted: Any


class TooLargeTogetherError(Exception):
    """The operations read or write more together than one transaction may."""


Resolved: TypeAlias = Draft | Removal | Refusal
Change: TypeAlias = Put | Removal | Refusal
