"""Validation of drafts: the model of the type, the place in the image, the label schema of the layer."""

from typing import Final

from pydantic import ValidationError
from pydantic_core import to_json
from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.catalog.annotations.editing.changes import Draft, Put
from foveal.catalog.annotations.extra import extra_text
from foveal.catalog.annotations.geometry.place import Canvas, place
from foveal.catalog.annotations.models import ANNOTATION, DISPLAY_MARK
from foveal.catalog.annotations.rasters.mask_objects import STORED, MaskStore, offload
from foveal.catalog.label_schemas import EnforcedSchemas
from foveal.database.client import Document
from foveal.encoding.json_text import answer_bytes
from foveal.errors import EntityTooLarge, InvalidRequest
from foveal.validation.error_texts import text_of_errors

MAX_ANNOTATION_BYTES: Final = 5_000_000
"""As JSON, without masks and heatmaps in the bucket: an annotation and its problems fit into an answer of Lambda."""


class AnnotationValidator:
    """Validates annotations of one project within a transaction, by the label schemas that it sees.

    They are read once, and anew by another attempt: a schema may have been put in between.
    """

    def __init__(
        self, database: Database[Document], session: ClientSession, project: str, *, clip: bool, masks: MaskStore
    ) -> None:
        self._schemas = EnforcedSchemas(database, project, session)
        self._project, self._clip, self._masks = project, clip, masks

    def validated(self, draft: Draft) -> Put:
        """Return a draft as it is to be stored. Raises InvalidRequest, EntityTooLarge."""
        try:
            annotation = draft.annotation if draft.form == "stored" else self._placed(draft)
            self._schemas.check(annotation)
        except ValidationError as error:
            raise InvalidRequest(text_of_errors(error, ANNOTATION, draft.annotation, "annotation")) from None
        except ValueError as error:
            raise InvalidRequest(f"{error}.") from None
        if draft.form == "stored":
            return Put(draft, annotation, 0)
        offload(annotation, self._masks, self._project, draft.asset["_id"])
        text = to_json(annotation, inf_nan_mode="null")
        if 2 * len(text) > MAX_ANNOTATION_BYTES and answer_bytes(text.decode()) > MAX_ANNOTATION_BYTES:
            raise EntityTooLarge(
                f"The annotation is larger than {MAX_ANNOTATION_BYTES} bytes as JSON, with its relative geometry; "
                "send fewer points, or several annotations."
            )
        return Put(draft, annotation, len(text))

    def _placed(self, draft: Draft) -> Document:
        """Return the annotation of a draft by the model of its type, with its geometry completed."""
        extra = extra_text(draft.annotation.get("extra"))
        is_placed = draft.form == "placed"
        given, kept_origin = _without_kept_origin(draft)
        model = ANNOTATION.validate_python(given, context=STORED if is_placed else None)
        stored = place(model, Canvas(draft.asset), clip=self._clip, is_placed=is_placed)
        if kept_origin is not None:
            stored["origin"] = kept_origin
        if extra is not None:
            stored["extra"] = extra
        if draft.kind == "updated" and "origin" in stored:
            stored["origin"]["edited"] = True
        mark, value = DISPLAY_MARK
        if is_placed and draft.present and mark in draft.present:
            stored[mark] = value
        return stored


def _without_kept_origin(draft: Draft) -> tuple[Document, Document | None]:
    """Return the annotation without an origin that stays as it is stored, and that origin.

    Raises InvalidRequest for another one that names an object: a caller that could write it could read any object.
    """
    origin = draft.annotation.get("origin")
    if not isinstance(origin, dict) or origin.get("s3") is None:
        return draft.annotation, None
    if draft.present is None or origin != draft.present.get("origin"):
        raise InvalidRequest("origin.s3: is not written by callers; send origin.record.")
    return {name: value for name, value in draft.annotation.items() if name != "origin"}, dict(origin)
