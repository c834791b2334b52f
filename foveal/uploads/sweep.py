"""Sweep of stale uploads: parts are aborted in S3, uploads expire, assets fail.

Of an upload that is old and still open, either the object is there after all (a single upload, or a completion whose
answer was lost), or it never came: then it is `expired`, its asset `failed` for the reason `upload_expired`.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from foveal.uploads import multipart, store
from foveal.uploads.backend import Backend

STALE_AFTER: Final = timedelta(days=7)
AT_ONCE: Final = 500


class Swept(NamedTuple):
    """Number of uploads that had arrived after all, and of those that expired."""

    arrived: int
    expired: int


def sweep_stale(backend: Backend, now: datetime, stale_after: timedelta = STALE_AFTER) -> Swept:
    """Settle up to 500 old open uploads, oldest first; call again until both counts are 0. Safe to repeat.

    Raises ServiceUnavailable when S3 is not reachable, PyMongoError.
    """
    query = {"state": "open", "created_at": {"$lt": now - stale_after}}
    stale = list(backend.uploads.find(query, sort=[("created_at", 1)], limit=AT_ONCE))
    statuses = store.asset_statuses(backend, {each["asset_id"] for each in stale})
    arrived = [each for each in stale if statuses.get(each["asset_id"], "pending") != "pending"]
    lost = [each for each in stale if statuses.get(each["asset_id"], "pending") == "pending"]
    for upload in lost:
        multipart.discard_parts(backend, upload)
    store.settle(backend, [each["_id"] for each in arrived], "completed")
    store.fail_pending_assets(backend, [each["asset_id"] for each in lost], "upload_expired", now)
    store.settle(backend, [each["_id"] for each in lost], "expired")
    return Swept(len(arrived), len(lost))
