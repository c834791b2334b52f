"""The daily quota of a project: bytes that were begun on a day (UTC), counted in one document.

`quotas`: `_id` (`{project}:{YYYY-MM-DD}`), `project`, `bytes`, `expires_at` (TTL), `schema_version`. Counting is one
conditional update, so that concurrent begins can never pass the limit together.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.instants import timestamp
from foveal.uploads.backend import Backend

RETENTION: Final = timedelta(days=7)
ATTEMPTS: Final = 5


def reserve(backend: Backend, project: str, at: datetime, amounts: Sequence[int]) -> list[bool]:
    """Reserve bytes for each amount; return for each whether it fits. A large one does not keep smaller ones out."""
    if not amounts or _take(backend, project, at, sum(amounts)):
        return [True] * len(amounts)
    for _ in range(ATTEMPTS):
        found = backend.database.quotas.find_one({"_id": _day(project, at)})
        left = backend.limits.daily_quota_bytes - (found["bytes"] if found else 0)
        fits = []
        for amount in amounts:
            fits.append(amount <= left)
            left -= amount if fits[-1] else 0
        granted = sum(amount for amount, does_fit in zip(amounts, fits, strict=True) if does_fit)
        if not granted or _take(backend, project, at, granted):
            return fits
    return [False] * len(amounts)


def release(backend: Backend, project: str, at: datetime, amount: int) -> None:
    """Give back bytes that were counted on the day of `at`."""
    if amount:
        backend.database.quotas.update_one({"_id": _day(project, at)}, {"$inc": {"bytes": -amount}})


def state(backend: Backend, project: str, at: datetime) -> dict[str, Any]:
    """Return `{"daily_bytes", "used_bytes", "resets_at"}` of the day of `at`."""
    found = backend.database.quotas.find_one({"_id": _day(project, at)})
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "daily_bytes": backend.limits.daily_quota_bytes,
        "used_bytes": found["bytes"] if found else 0,
        "resets_at": timestamp(midnight + timedelta(days=1)),
    }


def _take(backend: Backend, project: str, at: datetime, amount: int) -> bool:
    limit = backend.limits.daily_quota_bytes
    if amount > limit:
        return False
    try:
        backend.database.quotas.update_one(
            {"_id": _day(project, at), "bytes": {"$lte": limit - amount}},
            {
                "$inc": {"bytes": amount},
                "$setOnInsert": {"project": project, "expires_at": at + RETENTION, "schema_version": SCHEMA_VERSION},
            },
            upsert=True,
        )
    except DuplicateKeyError:
        return False
    return True


def _day(project: str, at: datetime) -> str:
    return f"{project}:{at.astimezone(UTC):%Y-%m-%d}"
