"""Validation of annotations: the model of the type, the place in the image, the label schema of the layer."""

from typing import Any, Final

from pydantic import ValidationError
from pymongo.database import Database

from foveal.catalog import label_schemas
from foveal.catalog.annotations.geometry import Canvas, place
from foveal.catalog.annotations.models import ANNOTATION
from foveal.catalog.annotations.rasters.mask_objects import STORED, MaskStore, offload
from foveal.catalog.label_schema_models import LabelSchema
from foveal.database.client import Document
from foveal.encoding.json_text import answer_bytes, plain_dumps
from foveal.errors import EntityTooLarge, InvalidRequest
from foveal.validation.error_texts import errors_of, shortened
from foveal.validation.values import verbatim

MAX_EXTRA_BYTES: Final = 16 * 1024
MAX_ANNOTATION_BYTES: Final = 5_000_000
"""As JSON, without masks and heatmaps in the bucket: an annotation and its problems fit into an answer of Lambda."""
_SHOWN_ERRORS: Final = 10


class AnnotationValidator:
    """Validates annotations of one project; reads the label schemas that the project enforces once."""

    def __init__(self, database: Database[Document], project: str, *, clip: bool, masks: MaskStore) -> None:
        self._database, self._project, self._clip, self._masks = database, project, clip, masks
        self._enforced: dict[str, LabelSchema] | None = None

    def check(self, draft: Any, asset: Document, *, is_placed: bool = False) -> Document:
        """Return the annotation as it is stored on an asset; `is_placed` when its geometry was stored before.

        Raises InvalidRequest, EntityTooLarge.
        """
        extra = _extra(draft)
        try:
            annotation = ANNOTATION.validate_python(draft, context=STORED if is_placed else None)
            stored = place(annotation, Canvas.of(asset), clip=self._clip, is_placed=is_placed)
        except ValidationError as error:
            raise InvalidRequest(_detail(error, draft)) from None
        except ValueError as error:
            raise InvalidRequest(f"{error}.") from None
        self.enforce(stored)
        offload(stored, self._masks, self._project, asset["_id"])
        if answer_bytes(plain_dumps(stored)) > MAX_ANNOTATION_BYTES:
            raise EntityTooLarge(
                f"The annotation is larger than {MAX_ANNOTATION_BYTES} bytes as JSON, with its relative geometry; "
                "send fewer points, or several annotations."
            )
        if "extra" in stored:
            stored["extra"] = extra
        return stored

    def enforce(self, annotation: Document) -> None:
        """Raise InvalidRequest for an annotation that the label schema of its layer does not know."""
        if self._enforced is None:
            self._enforced = label_schemas.enforced(self._database, self._project)
        schema = self._enforced.get(annotation["field"])
        if schema is None:
            return
        try:
            label_schemas.check(schema, annotation)
        except ValueError as error:
            raise InvalidRequest(f"{error}.") from None


def _extra(draft: Any) -> str | None:
    """Return unknown keys as one text: they may be any names, also such that MongoDB could not look up."""
    if not isinstance(draft, dict) or draft.get("extra") is None:
        return None
    try:
        text = verbatim(draft["extra"])
    except ValueError as error:
        raise InvalidRequest(f"extra: {error}.") from None
    if len(text.encode()) > MAX_EXTRA_BYTES:
        raise EntityTooLarge(f"extra is larger than {MAX_EXTRA_BYTES} bytes.")
    return text


def _detail(error: ValidationError, draft: Any) -> str:
    """Return the errors of a draft in one text."""
    found = [(place or "annotation", message) for place, message in errors_of(error, ANNOTATION, draft)]
    messages = dict.fromkeys(f"{place}: {message}" for place, message in found[:_SHOWN_ERRORS])
    return shortened("; ".join(messages), 2_000)
