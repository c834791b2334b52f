"""Holding of arrivals: the part of ingest's update that keeps a version from delivery until its scan has a result.

The expressions are evaluated on the server, in the update that commits the facts: a result that was applied after
ingest had read the asset is not lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from foveal.database.client import Document
from foveal.database.stored_documents import EventDocument
from foveal.database.vocabulary import ScanResult
from foveal.events.outbox import appended
from foveal.scanning.results import CLEARED, STATES


@dataclass(frozen=True, slots=True)
class Hold:
    """Holding of arrivals is on; `known` is a result that the tag of the version told, for a catalog that was lost."""

    known: ScanResult | None = None


QUARANTINE_REASONS: Final = ("malware", "not_scanned")
RESULT: Final = {"$ifNull": ["$$scan.result", "older"]}
"""The result of the version; an asset without the member `scan` is older than the option."""


def scan_member(version: Mapping[str, Any], is_held_version: Document, now: datetime, hold: Hold) -> Document:
    """Return the expression for `scan` after the arrival of a version (`version_id`, `etag`).

    It is null for an asset that held the version before the option was switched on.
    """
    is_known = {
        "$and": [{"$eq": [{"$ifNull": [f"$scan.{name}", None]}, {"$literal": v}]} for name, v in version.items()]
    }
    new: Document = {**version, "result": hold.known or "pending", **({"at": now} if hold.known else {"asked_at": now})}
    return {"$cond": [is_known, "$scan", {"$cond": [is_held_version, None, {"$literal": new}]}]}


def state() -> Document:
    """Return the expression for status, reason and its detail of a version that ingest has found ready."""
    branches = [
        {"case": {"$eq": [RESULT, result]}, "then": {"$literal": dict(state)}} for result, state in STATES.items()
    ]
    return {"$switch": {"branches": branches, "default": {"$literal": STATES["pending"]}}}


def events(ready: EventDocument, quarantined: Mapping[str, EventDocument]) -> Document:
    """Return the expression for `pending_events`: with the event of a ready version, of a quarantined one, or neither.

    `quarantined` holds the event for each reason of QUARANTINE_REASONS.
    """
    branches = [{"case": {"$in": [RESULT, list(CLEARED)]}, "then": appended([ready])}]
    branches += [
        {"case": {"$eq": ["$$state.reason", reason]}, "then": appended([event])}
        for reason, event in quarantined.items()
    ]
    return {"$switch": {"branches": branches, "default": {"$ifNull": ["$pending_events", []]}}}
