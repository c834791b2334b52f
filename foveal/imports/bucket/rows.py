"""Rows of an inventory report or of a listing: one object each, and the reasons for which one is not imported."""

import re
from datetime import datetime
from typing import Final, NamedTuple

from foveal.objects.media_types import UNSPECIFIC, stated_media_type
from foveal.stack_contract import ARCHIVE_CLASSES

MAX_KEY_BYTES: Final = 1024
"""S3 user guide, "Naming Amazon S3 objects"."""
_EXTENSION: Final = re.compile(r"\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,8}\Z")
"""An ending that states a type: letters and digits, not digits alone, which cameras and scanners count by."""
_ARCHIVE_TIERS: Final = ("ARCHIVE", ARCHIVE_CLASSES[-1])
"""Tiers of Intelligent-Tiering that cannot be read before a restore, as inventory reports call them."""
_NULL_VERSIONS: Final = ("", "null")

REASONS: Final = {
    "unreadable_row": "The row is not as the report's schema says.",
    "key_not_utf8": "The key is not text in UTF-8, or is not URL-encoded as the report's format demands.",
    "key_not_usable": "The key is empty, has more than 1,024 bytes, or has a NUL in it.",
    "other_bucket": "The row is of another bucket than the report.",
    "noncurrent_version": "The row is of a version that is not the current one.",
    "delete_marker": "The key is deleted: its current version is a delete marker.",
    "folder_key": "The key ends with a slash: it stands for a folder, and holds no media.",
    "empty": "The object has no bytes.",
    "customer_key": "The object is encrypted with a key that only its writer has (SSE-C).",
    "unsupported_type": "The ending of the key is of no format that Foveal reads.",
    "not_of_project": "In the media bucket a project's originals lie below media/ and its name.",
    "repeated": "The report has the key a second time.",
    "of_another_project": "The object is an asset of another project.",
    "deleted": "The asset was deleted by somebody; restore it to have it back.",
    "older": "The catalog knows a later state of the object.",
}
"""Sentence for each code in a report."""


class Row(NamedTuple):
    """One row: an object as the report or the listing saw it. Members that neither has are those of a plain object."""

    number: int
    bucket: str
    key: str
    version_id: str | None
    is_latest: bool
    is_delete_marker: bool
    size_bytes: int
    last_modified: datetime
    etag: str
    storage_class: str
    encryption: str = ""
    access_tier: str = ""

    @property
    def is_archived(self) -> bool:
        """Tell whether the bytes cannot be read before they are restored."""
        return self.storage_class in ARCHIVE_CLASSES or self.access_tier in _ARCHIVE_TIERS


class Refused(NamedTuple):
    """A row that becomes no asset: its number from 0, its key as far as it can be read, the code of the reason."""

    number: int
    key: str
    reason: str


def known_version(text: str) -> str | None:
    """Return a version id; None for `null`, S3's name for the only version in a bucket without versioning."""
    return None if text in _NULL_VERSIONS else text


def file_name_of(key: str) -> str:
    """Return the last part of a key."""
    return key.rpartition("/")[2]


def refusal(row: Row, bucket: str) -> str | None:
    """Return the code of the reason why a row of the report on a bucket cannot become an asset, from the row alone."""
    if row.bucket != bucket:
        return "other_bucket"
    if not row.is_latest:
        return "noncurrent_version"
    if not row.key or "\0" in row.key or len(row.key.encode(errors="surrogatepass")) > MAX_KEY_BYTES:
        return "key_not_usable"
    if row.is_delete_marker:
        return "delete_marker"
    if row.key.endswith("/"):
        return "folder_key"
    if row.size_bytes == 0:
        return "empty"
    if row.encryption == "SSE-C":
        return "customer_key"
    return "unsupported_type" if _is_of_no_format(file_name_of(row.key)) else None


def _is_of_no_format(file_name: str) -> bool:
    return _EXTENSION.search(file_name) is not None and stated_media_type("", file_name) == UNSPECIFIC
