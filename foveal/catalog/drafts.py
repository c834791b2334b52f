"""From what a caller sends to an annotation that may be stored: its type's model, its place, its label schema."""

import json
from typing import Any, Final

from pydantic import ValidationError
from pymongo.database import Database

from foveal.api import said_of, shortened
from foveal.catalog import labels
from foveal.catalog.annotation import ANNOTATION
from foveal.catalog.geometry import Canvas, place
from foveal.catalog.large_members import STORED, MaskStore, outsource
from foveal.catalog.values import depth
from foveal.errors import EntityTooLarge, InvalidRequest
from foveal.mongo import Document

MAX_DEPTH: Final = 12
MAX_EXTRA_BYTES: Final = 16 * 1024
_SHOWN_ERRORS: Final = 10


class Drafts:
    """Checks drafts of one project; reads the label schemas that the project enforces once."""

    def __init__(
        self, database: Database[Document], project: str, *, clip: bool, masks: MaskStore | None = None
    ) -> None:
        self._database, self._project, self._clip, self._masks = database, project, clip, masks
        self._enforced: dict[str, labels.LabelSchema] | None = None

    def check(self, draft: Any, asset: Document, *, is_placed: bool = False) -> Document:
        """Return the annotation as it is stored on an asset; `is_placed` when its geometry was stored before.

        Raises InvalidRequest, EntityTooLarge.
        """
        if isinstance(draft, dict) and depth(draft.get("extra")) > MAX_DEPTH:  # the one field without a model
            raise InvalidRequest(f"extra: nests deeper than {MAX_DEPTH} levels.")
        try:
            annotation = ANNOTATION.validate_python(draft, context=STORED if is_placed else None)
            stored = place(annotation, Canvas.of(asset), clip=self._clip, is_placed=is_placed)
            self._enforce(stored)
        except ValidationError as error:
            raise InvalidRequest(*_said(error)) from None
        except ValueError as error:
            raise InvalidRequest(f"{error}.") from None
        outsource(stored, self._masks, self._project, asset["_id"])
        if "extra" in stored:
            stored["extra"] = _extra(stored["extra"])
        return stored

    def _enforce(self, stored: Document) -> None:
        if self._enforced is None:
            self._enforced = labels.enforced(self._database, self._project)
        schema = self._enforced.get(stored["field"])
        if schema is not None:
            labels.check(schema, stored)


def _extra(extra: Document) -> str:
    """Return unknown keys as one text: they may be any names, also such that MongoDB could not look up."""
    text = json.dumps(extra, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if len(text.encode()) > MAX_EXTRA_BYTES:
        raise EntityTooLarge(f"extra is larger than {MAX_EXTRA_BYTES} bytes.")
    return text


def _said(error: ValidationError) -> tuple[str]:
    """Return what is wrong in one text; the first part of each place is the type of the annotation."""
    found = [(place.partition(".")[2] or "annotation", message) for place, message in said_of(error, ANNOTATION)]
    told = dict.fromkeys(f"{place}: {message}" for place, message in found[:_SHOWN_ERRORS])
    return (shortened("; ".join(told), 2_000),)
