"""Requests for scans: by a person, and by the sweep for versions whose result has not come."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo.collection import Collection

from foveal.aws.errors import AwsError
from foveal.database.client import Document

RESCAN_AFTER: Final = timedelta(minutes=30)
"""GuardDuty scans most objects within a minute; one of 100 GB takes longer."""
AT_ONCE: Final = 100
Scan = Callable[[str, str, str], None]
"""Has the version of an object scanned (bucket, key, version id). Raises AwsError."""


def rescan(assets: Collection[Document], scan: Scan, asset: Mapping[str, Any], now: datetime) -> str:
    """Have the current version of an asset scanned, and return its id; its state stays until the result is there.

    Raises AwsError.
    """
    place = asset["s3"]
    scan(place["bucket"], place["key"], place["version_id"])
    same_version = {"_id": asset["_id"], "scan.version_id": place["version_id"]}
    assets.update_one(same_version, {"$set": {"scan.asked_at": now}})
    return str(place["version_id"])


def ask_for_lost(assets: Collection[Document], scan: Scan, now: datetime) -> int:
    """Have the versions scanned that wait for longer than RESCAN_AFTER, oldest first; return how many.

    Each is tried before the first AwsError is raised, and comes up again after RESCAN_AFTER only.
    """
    waiting = {"status": "scanning", "scan.asked_at": {"$lt": now - RESCAN_AFTER}}
    asked, failure = 0, None
    for asset in assets.find(waiting, {"s3": 1}, sort=[("scan.asked_at", 1)], limit=AT_ONCE):
        place = asset["s3"]
        assets.update_one({"_id": asset["_id"], **waiting}, {"$set": {"scan.asked_at": now}})
        try:
            scan(place["bucket"], place["key"], place["version_id"])
            asked += 1
        except AwsError as error:
            failure = failure or error
    if failure:
        raise failure
    return asked
