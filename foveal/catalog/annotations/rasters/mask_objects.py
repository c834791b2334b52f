"""Objects under `masks/` for mask counts and heatmap values above 32 KiB, and for long records of imported files.

The annotation keeps a reference.

Such a member is replaced by `s3`, which only the catalog writes: a caller that could send it could read any object.
"""

import hashlib
import json
from typing import Any, Final, Protocol

from pydantic import ValidationInfo

from foveal.aws.s3 import S3
from foveal.catalog.annotations.rasters.large_members import LARGE
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes
from foveal.errors import EntityTooLarge
from foveal.objects.keys import mask_key
from foveal.validation.models import Model

MAX_INLINE_BYTES: Final = 32 * 1024
MAX_RECORD_CHARACTERS: Final = 65_536
RECORD: Final = ("origin", "record")
"""The text of an imported record; only an export reads it, so that it may be larger than an answer."""

STORED: Final = {"stored_masks": True}
"""The validation context for annotations that come from the catalog: only these may point into the bucket."""


class MaskObject(Model):
    """The object that holds counts or values: the text of their JSON, under its own hash."""

    bucket: str
    key: str
    version_id: str | None = None
    sha256: str
    size_bytes: int


def check_present(name: str, member: object | None, s3: MaskObject | None, info: ValidationInfo) -> None:
    """Raise ValueError unless the value is inline or, for documents read from the database, referenced in S3."""
    if s3 is not None and info.context != STORED:
        raise ValueError(f"s3 is not written by callers; send {name}")
    if member is None and s3 is None:
        raise ValueError(f"needs {name}")


class MaskStore(Protocol):
    """Keeps members that are too large for MongoDB."""

    def put(self, project: str, asset_id: str, text: bytes) -> dict[str, Any]:
        """Store the JSON of a member and return the fields of MaskObject; the same text is stored once."""
        ...

    def get(self, stored: dict[str, Any]) -> bytes:
        """Return the JSON of a stored member."""
        ...


class BucketMasks:
    """Members in the media bucket, below `masks/{project}/{asset_id}/`."""

    def __init__(self, s3: S3) -> None:
        self._s3 = s3

    def put(self, project: str, asset_id: str, text: bytes) -> dict[str, Any]:
        """As MaskStore. Raises AwsError."""
        digest = hashlib.sha256(text).hexdigest()
        key = mask_key(project, asset_id, f"{digest}.json")
        version_id = self._s3.put(key, text, "application/json")
        place = {"bucket": self._s3.bucket, "key": key, "sha256": digest, "size_bytes": len(text)}
        return place | ({"version_id": version_id} if version_id else {})

    def get(self, stored: dict[str, Any]) -> bytes:
        """As MaskStore. Raises AwsError."""
        return self._s3.get(stored["key"], stored.get("version_id"))


def offload(annotation: dict[str, Any], store: MaskStore, project: str, asset_id: str) -> None:
    """Store members that are too large for MongoDB as objects, and replace each by `s3`, the place of its object.

    Raises EntityTooLarge for a member that no answer could hold.
    """
    for name, member in (*LARGE.items(), RECORD):
        whole = annotation.get(name, {})
        if member not in whole:
            continue
        text = json.dumps(whole[member], separators=(",", ":"))
        is_record = (name, member) == RECORD
        if len(whole[member] if is_record else text) <= (MAX_RECORD_CHARACTERS if is_record else MAX_INLINE_BYTES):
            continue
        if not is_record and answer_bytes(text) > MAX_ANSWER_BYTES:
            raise EntityTooLarge(f"{name}.{member} is larger than {MAX_ANSWER_BYTES} bytes as JSON.")
        del whole[member]
        whole["s3"] = store.put(project, asset_id, text.encode())
