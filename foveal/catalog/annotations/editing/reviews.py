"""Signature of reviews: the subject that states a review, and the time of it."""

from typing import Any, Final

from foveal.catalog.author import Author
from foveal.database.catalog_documents import AnnotationDocument
from foveal.database.client import Document

SIGNATURE: Final = frozenset({"by", "at"})


def unsigned(annotation: Document, changes: Document) -> Document:
    """Return an annotation without the signature of its review where changes state the review anew."""
    review = annotation.get("review")
    if not isinstance(review, dict) or not isinstance(changes.get("review"), dict):
        return annotation
    return {**annotation, "review": {name: value for name, value in review.items() if name not in SIGNATURE}}


def signed(annotation: Document, present: AnnotationDocument | None, author: Author) -> Document:
    """Return an annotation whose review names its author and time.

    A review that names a subject or a time already stays as it is: label files and scripts carry the reviews of others.
    So does one that is stored like that, which versions before stored without a signature, and one in an import.
    """
    review: Any = annotation.get("review")
    if not isinstance(review, dict) or author.import_id is not None or not SIGNATURE.isdisjoint(review):
        return annotation
    if present is not None and present.get("review") == review:
        return annotation
    return {**annotation, "review": {**review, "by": author.subject, "at": author.at}}
