"""Annotations of an import as they are written: their ids, their origin, and the problems of what is refused."""

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final

from foveal.catalog.annotations.extra import MAX_EXTRA_BYTES
from foveal.catalog.annotations.operations import Create
from foveal.formats.base.model.items import Annotation, FileWarning

_NAMESPACE: Final = uuid.UUID("5f2a7c1e-4f0e-5c55-9a5e-2f5be4b9a3d1")


def annotation_id(import_id: str, pointer: str, part: int) -> str:
    """Return the id of one part of a record: the same for every run of the import."""
    return str(uuid.uuid5(_NAMESPACE, f"{import_id}\n{pointer}\n{part}"))


def operations(
    import_id: str, asset_id: str, record: Sequence[Annotation], file_sha256: str | None
) -> Iterator[tuple[Create, FileWarning | None]]:
    """Yield the operation that makes each annotation of a record, with a warning where a member is left out."""
    for part, annotation in enumerate(record):
        body, warning = dict(annotation.body), None
        if "extra" in body and len(json.dumps(body["extra"], ensure_ascii=False).encode()) > MAX_EXTRA_BYTES:
            del body["extra"]
            told = f"Members without a word of ours exceed {MAX_EXTRA_BYTES} bytes: only the record holds them."
            warning = FileWarning("extra_left_out", told, annotation.pointer)
        origin: dict[str, Any] = {
            "format": annotation.format,
            "file_sha256": file_sha256,
            "pointer": annotation.pointer[:1024],
            "record": annotation.record,
            "import_id": import_id,
            "parts": len(record),
        }
        body["origin"] = {name: value for name, value in origin.items() if value is not None}
        identity = annotation_id(import_id, annotation.pointer, part)
        yield Create(op="create", asset_id=asset_id, annotation=body, annotation_id=identity), warning
