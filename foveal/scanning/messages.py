"""Messages to the scan function: results of GuardDuty, releases by people, assets older than the option."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from foveal.scanning.results import OF_GUARDDUTY, Outcome
from foveal.stack_contract import EVENT_SOURCE, SCAN_RESULT_EVENT, SCANNER

_RELEASED, _OLDER = "Scan Release Requested", "Scan Adoption Requested"
BEFORE_ANY_RESULT: Final = datetime(1970, 1, 1, tzinfo=UTC)
MAX_THREATS: Final = 20


class UnreadableMessage(ValueError):
    """A message that is neither a scan result nor a decision."""


def outcome_of(body: str, bucket: str) -> Outcome | None:
    """Return the outcome that a message tells; None for another bucket or a scan that was skipped.

    Raises UnreadableMessage.
    """
    try:
        message = json.loads(body)
        kind, detail = (message["source"], message["detail-type"]), message["detail"]
        if kind == (SCANNER, SCAN_RESULT_EVENT):
            return _scanned(detail, bucket, _instant(message["time"]))
        if kind == (EVENT_SOURCE, _RELEASED) and detail["bucket"] == bucket:
            by, note, at = str(detail["by"]), str(detail["note"]), _instant(message["time"])
            return Outcome(detail["key"], detail["version_id"], "released", at, by=by, note=note)
        if kind == (EVENT_SOURCE, _OLDER) and detail["bucket"] == bucket:
            return Outcome(detail["key"], detail["version_id"], "older", BEFORE_ANY_RESULT)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableMessage(f"not a scan result: {type(error).__name__}") from None
    if kind[0] not in (SCANNER, EVENT_SOURCE):
        raise UnreadableMessage("not a scan result: another source")
    return None


def release_message(bucket: str, key: str, version_id: str, by: str, note: str, at: datetime) -> str:
    """Return the message that releases a version by the decision of a person."""
    detail = {"bucket": bucket, "key": key, "version_id": version_id, "by": by, "note": note}
    return _own(_RELEASED, at, detail)


def adoption_message(bucket: str, key: str, version_id: str, at: datetime) -> str:
    """Return the message that clears a version which is older than the option, unless it has a result of its own."""
    return _own(_OLDER, at, {"bucket": bucket, "key": key, "version_id": version_id})


def _own(detail_type: str, at: datetime, detail: Mapping[str, str]) -> str:
    return json.dumps({"source": EVENT_SOURCE, "detail-type": detail_type, "time": at.isoformat(), "detail": detail})


def _scanned(detail: Mapping[str, Any], bucket: str, at: datetime) -> Outcome | None:
    item, found = detail["s3ObjectDetails"], detail.get("scanResultDetails") or {}
    if item["bucketName"] != bucket:
        return None
    result = OF_GUARDDUTY[found.get("scanResultStatus") or "UNSUPPORTED"]  # a skipped scan is blocked, not passed
    threats = tuple(str(each["name"])[:200] for each in (found.get("threats") or [])[:MAX_THREATS])
    return Outcome(item["objectKey"], item["versionId"], result, at, threats)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)  # as MongoDB stores it
