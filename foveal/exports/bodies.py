"""Stored annotations as the writers of formats take them: body, pointer, record, and whether the record still holds."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from foveal.catalog.annotations import ids as identity
from foveal.catalog.annotations.extra import with_extra
from foveal.catalog.annotations.models import WRITABLE
from foveal.catalog.annotations.rasters.large_members import LARGE
from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.database.client import Document
from foveal.encoding.instants import timestamp
from foveal.formats.base.model.items import Annotation
from foveal.imports.records import annotation_id

FIELDS: Final[Mapping[str, Any]] = dict.fromkeys(sorted(WRITABLE | {"asset_id"}), 1)
"""Projection of stored annotations to what is read here."""
_OUTLINES: Final = ("rings", "holes")


def fields_in_pixels(format_: str, *, takes_records: bool) -> Mapping[str, Any]:
    """Return FIELDS without outlines that the writer of a format does not look at; they are most of the bytes.

    These are relative outlines where there are the same in pixels; for one that `takes_records` all outlines of
    annotations that have a record of the format to themselves and were not edited.
    """
    has_own = {
        "$and": [
            {"$eq": ["$origin.format", format_]},
            {"$ne": ["$origin.edited", True]},
            {"$eq": [{"$ifNull": ["$origin.parts", 1]}, 1]},
            {"$eq": [{"$ifNull": ["$instance_id", None]}, None]},
            {"$ne": [{"$ifNull": ["$origin.record", "$origin.s3", None]}, None]},
        ]
    }
    kept: Document = {}
    for name in _OUTLINES:
        is_left_out: list[Any] = [{"$isArray": f"${name}_px"}]
        if takes_records:
            is_left_out.insert(0, has_own)
            kept[f"{name}_px"] = {"$cond": [has_own, "$$REMOVE", f"${name}_px"]}
        kept[name] = {"$cond": [{"$or": is_left_out}, "$$REMOVE", f"${name}"]}
    return {**FIELDS, **kept}


_WORDS: Final = WRITABLE - {"origin"}
_MASK_MEMBERS: Final = ("encoding", "size", "counts")
_NUMBER: Final = re.compile(r"(\d+)")


def annotations_of(file_name: str, stored: Iterable[Document], masks: MaskStore, format_: str) -> list[Annotation]:
    """Return the annotations of an asset: those of one import in the order of their records, then the others.

    A record counts as edited when one of its annotations is edited or gone. Records of other formats than the one that
    is written are left out.
    """
    found = list(stored)
    parts = Counter(map(_record_of, found))
    found.sort(key=lambda each: _place(each, parts))
    return [_annotation(file_name, each, parts, masks, format_) for each in found]


def _annotation(
    file_name: str, stored: Document, parts: Mapping[Any, int], masks: MaskStore, format_: str
) -> Annotation:
    body = {name: value for name, value in stored.items() if name in _WORDS and value is not None}
    if "extra" in body:
        body = with_extra(body)
    if isinstance(at := body.get("review", {}).get("at"), datetime):  # text where instants are read as text
        body["review"] = {**body["review"], "at": timestamp(at)}
    for name, member in LARGE.items():
        if name in body and "s3" in body[name]:
            body[name] = {**body[name], member: json.loads(masks.get(body[name]["s3"]))}
    if "mask" in body:
        body["mask"] = {name: body["mask"][name] for name in _MASK_MEMBERS if name in body["mask"]}
    origin = stored.get("origin", {})
    source, pointer = origin.get("format"), origin.get("pointer")
    record, is_stored = origin.get("record"), "s3" in origin or origin.get("record") is not None
    if source != format_:
        record = None
    elif "s3" in origin:
        record = json.loads(masks.get(origin["s3"]))
    is_edited = not is_stored or bool(origin.get("edited")) or parts[_record_of(stored)] != origin.get("parts", 1)
    return Annotation(file_name, body, pointer or identity.public(stored["_id"]), record, source, is_edited)


def _record_of(stored: Document) -> tuple[str | None, str | None]:
    """Return the import and the pointer of the record that an annotation came from."""
    origin = stored.get("origin", {})
    return origin.get("import_id"), origin.get("pointer")


def _place(stored: Document, parts: Mapping[Any, int]) -> tuple[Any, ...]:
    """Return what annotations are sorted by: the place of the record in its file, then the part of the record."""
    record = import_id, pointer = _record_of(stored)
    if import_id is None or pointer is None:
        return (1, [], 0, stored["_id"])
    words: list[Any] = _NUMBER.split(pointer)  # text, number, text, …
    words[1::2] = map(int, words[1::2])
    return (0, words, 0 if parts[record] == 1 else _part(stored, stored["origin"]), stored["_id"])


def _part(stored: Document, origin: Document) -> int:
    """Return which part of its record an annotation is, behind them for one that is none."""
    own = identity.public(stored["_id"])
    ids = (annotation_id(origin["import_id"], origin["pointer"], part) for part in range(origin.get("parts", 1)))
    return next((part for part, each in enumerate(ids) if each == own), origin.get("parts", 1))
