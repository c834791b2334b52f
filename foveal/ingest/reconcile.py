"""Reconciliation: compares bucket and catalog key by key and requests a recheck of each key that differs.

Nothing is repaired here: a recheck is a message on the ingest queue, because only ingest reads objects, quarantines,
commits and publishes. So a rebuild of the whole catalog has the same limits on connections as normal operation.
"""

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pymongo.collection import Collection

from foveal.aws.s3 import S3, ListedVersion
from foveal.database.client import Document
from foveal.ingest.s3_events import recheck_message
from foveal.objects.keys import parse_media_key
from foveal.stack_contract import MEDIA_PREFIX

Markers = tuple[str, str]
GRACE: Final = timedelta(minutes=15)
"""S3 delivers most events within seconds, some after a minute or longer; a younger change is not drift."""
_FIELDS: Final = {"status": 1, "s3": 1}


class Drift(enum.StrEnum):
    """Kinds of difference between bucket and catalog for one key."""

    MISSING = "missing"
    """The bucket holds an object that the catalog does not know."""
    NOT_INGESTED = "not_ingested"
    """The upload has arrived; the asset is still pending."""
    STALE = "stale"
    """The catalog holds another version than the current one."""
    NOT_DELETED = "not_deleted"
    """The object is deleted, by a delete marker or without one; the asset is not."""
    NOT_RESTORED = "not_restored"
    """The object exists; the asset is deleted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One key for which bucket and catalog differ.

    `delete_marker` is the version id of the current delete marker. `occurred_at` is the time of the change in the
    bucket, None where the bucket does not tell it: a removed version or marker leaves no trace. `is_quiet` holds for
    an asset that the import of a bucket has indexed: no event is published for it.
    """

    key: str
    drift: Drift
    delete_marker: str | None = None
    occurred_at: datetime | None = None
    is_quiet: bool = False

    def message(self, bucket: str, now: datetime, *, is_quiet: bool = False) -> str:
        """Return the queue message that requests a recheck of the key; a quiet one publishes no event."""
        occurred_at = self.occurred_at or now
        return recheck_message(bucket, self.key, self.delete_marker, occurred_at, is_quiet=is_quiet or self.is_quiet)


@dataclass(frozen=True, slots=True)
class Page:
    """One compared page of the bucket.

    `recent` counts the keys that differ since too short a time: they are left to their events. `markers` is the start
    of the next page; None after the last one.
    """

    keys: int
    differences: list[Difference]
    recent: int
    markers: Markers | None


def compare(
    s3: S3,
    assets: Collection[Document],
    now: datetime,
    prefix: str = MEDIA_PREFIX,
    markers: Markers | None = None,
    grace: timedelta = GRACE,
) -> Iterator[Page]:
    """Compare all keys under a prefix in pages of up to 1,000 versions, starting at `markers`.

    Changes within `grace` are left to their events, and only counted. Raises AwsError, PyMongoError.
    """
    while True:
        listed = s3.list_versions(prefix, markers)
        last = listed.next_markers[0] if listed.next_markers else None
        current = {each.key: each for each in listed.versions if each.is_latest and _is_media(s3.bucket, each.key)}
        known = _assets_between(assets, s3.bucket, prefix, markers[0] if markers else None, last)
        differences = list(_differences(current, known))
        settled = [each for each in differences if not _is_recent(current.get(each.key), now - grace)]
        yield Page(len(current), settled, len(differences) - len(settled), listed.next_markers)
        if listed.next_markers is None:
            return
        markers = listed.next_markers


def _differences(current: Mapping[str, ListedVersion], known: Mapping[str, Document]) -> Iterator[Difference]:
    for key, version in current.items():
        drift = _drift(version, known.get(key))
        if drift is not None:
            marker = version.version_id if version.is_delete_marker else None
            is_lost_event = marker is not None or drift in (Drift.MISSING, Drift.NOT_INGESTED)
            is_imported = drift is Drift.NOT_INGESTED and "import_id" in known[key]["s3"]
            yield Difference(key, drift, marker, version.last_modified if is_lost_event else None, is_imported)
    for key, asset in known.items():
        # An asset without an ETag never had bytes: its upload is in progress or has expired.
        if key not in current and asset["status"] != "deleted" and asset["s3"].get("etag"):
            yield Difference(key, Drift.NOT_DELETED)


def _is_recent(version: ListedVersion | None, before: datetime) -> bool:
    return version is not None and version.last_modified > before


def _drift(version: ListedVersion, asset: Document | None) -> Drift | None:
    if asset is None:
        return Drift.MISSING
    status, s3 = asset["status"], asset.get("s3") or {}
    if version.is_delete_marker:
        return None if status == "deleted" else Drift.NOT_DELETED
    if status == "deleted":
        return Drift.NOT_RESTORED
    if status == "pending":
        return Drift.NOT_INGESTED
    held = s3.get("version_id") or "null"
    is_same = held == version.version_id and (held != "null" or s3.get("etag") == version.etag)
    return None if is_same else Drift.STALE


def _assets_between(
    assets: Collection[Document], bucket: str, prefix: str, after: str | None, last: str | None
) -> dict[str, Document]:
    """Return the assets by key, after one key up to another; MongoDB and S3 both order keys by their UTF-8 bytes."""
    bounds: Document = {"$gt" if after else "$gte": after or prefix}
    bounds |= {"$lte": last} if last else {"$lt": prefix[:-1] + chr(ord(prefix[-1]) + 1)}
    found: Iterable[Document] = assets.find({"s3.key": bounds}, _FIELDS).hint("foveal_s3_key")
    return {asset["s3"]["key"]: asset for asset in found if asset["s3"].get("bucket", bucket) == bucket}


def _is_media(bucket: str, key: str) -> bool:
    return parse_media_key(bucket, key) is not None
