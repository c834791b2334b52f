"""Scan results: their vocabulary, their order, and the state of an asset that follows from one.

A result belongs to one version of an object. Results of a version form a total order (time, then severity), and the
highest one counts, so that the outcome does not depend on the order or the number of their deliveries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from foveal.database.client import Document
from foveal.database.vocabulary import ScanResult
from foveal.stack_contract import CLEAN, QUARANTINED

OF_GUARDDUTY: Final[Mapping[str, ScanResult]] = {
    "NO_THREATS_FOUND": "clean",
    "THREATS_FOUND": "threats_found",
    "UNSUPPORTED": "unsupported",
    "ACCESS_DENIED": "access_denied",
    "FAILED": "failed",
}
"""`scanResultStatus` (GuardDuty user guide, "Monitoring S3 object scans with EventBridge")."""
CLEARED: Final[tuple[ScanResult, ...]] = ("clean", "released", "older")
"""Results with which a version is delivered: no threat found, released by a person, older than the option."""
_SEVERITY: Final[tuple[ScanResult, ...]] = (
    *("pending", "older", "clean", "failed", "access_denied", "unsupported", "threats_found", "released"),
)
_NOT_SCANNED: Final = "the scanner could not read the bytes; an admin can release the version or have it scanned again"
_CLEARED_STATE: Final = {"status": "ready"}
STATES: Final[Mapping[ScanResult, Mapping[str, str]]] = {
    **dict.fromkeys(CLEARED, _CLEARED_STATE),
    "pending": {
        "status": "scanning",
        "reason": "scan_pending",
        "reason_detail": "the bytes are being scanned for malware",
    },
    "threats_found": {
        "status": "quarantined",
        "reason": "malware",
        "reason_detail": "the scanner found malware in the bytes",
    },
    "unsupported": {"status": "quarantined", "reason": "not_scanned", "reason_detail": f"unsupported: {_NOT_SCANNED}"},
    "access_denied": {
        "status": "quarantined",
        "reason": "not_scanned",
        "reason_detail": f"access denied: {_NOT_SCANNED}",
    },
    "failed": {"status": "quarantined", "reason": "not_scanned", "reason_detail": f"failed: {_NOT_SCANNED}"},
}
"""Status and reason of an asset whose bytes ingest has found ready, by the result of its version."""
SCAN_REASONS: Final = frozenset({"scan_pending", "malware", "not_scanned"})
_TAGS: Final = {"ready": CLEAN, "quarantined": QUARANTINED}
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one version: of the scanner, or the decision of a person (`by`, `note`)."""

    key: str
    version_id: str
    result: ScanResult
    at: datetime
    threats: tuple[str, ...] = ()
    by: str | None = None
    note: str | None = None

    def order(self) -> tuple[datetime, int]:
        return self.at, _SEVERITY.index(self.result)

    def member(self, before: Mapping[str, Any]) -> Document:
        """Return the member `scan` of the asset with this result in place of the one before."""
        kept = {name: before[name] for name in ("etag", "asked_at") if name in before}
        told = {"threats": list(self.threats), "by": self.by, "note": self.note}
        found = {"version_id": self.version_id, "result": self.result, "at": self.at}
        return {**kept, **found, **{name: value for name, value in told.items() if value}}


def order_of(scan: Mapping[str, Any]) -> tuple[datetime, int]:
    """Return the place of a stored result in the order of results."""
    return scan.get("at") or _NEVER, _SEVERITY.index(scan.get("result", "pending"))


def tag_of(asset: Mapping[str, Any]) -> str | None:
    """Return the value of `foveal-status` that belongs to an asset's state; None: no tag."""
    return _TAGS.get(asset["status"])
