"""S3 events: reads EventBridge events and direct S3 notifications into one type.

Sources: Amazon S3 User Guide, "EventBridge event message structure" and "Event message structure".
"""

import enum
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote_plus

from foveal.stack_contract import ARCHIVAL_EVENT, ARCHIVE_CLASSES, ARRIVAL_EVENTS

_OWN_SOURCE: Final = "foveal.sweep"
_RECHECK_REQUESTED: Final = "Recheck Requested"
_RECHECK_TYPES: Final = (_RECHECK_REQUESTED, "Look Again")  # the second: sent by releases before the rename
_DELETE_MARKER: Final = ("Delete Marker Created", "DeleteMarkerCreated")


class UnreadableMessage(Exception):
    """A message that is not an S3 event; no retry can handle it."""


class Kind(enum.Enum):
    """Kinds of events of a key."""

    CREATED = enum.auto()
    MARKED_DELETED = enum.auto()
    """A delete marker was created."""
    REMOVED = enum.auto()
    """A version was deleted permanently: the current one, an older one, or a delete marker."""
    RECHECK = enum.auto()
    """A recheck requested by reconciliation or by a completed restore; it has no sequencer."""
    ARCHIVED = enum.auto()
    """S3 archived a version: it cannot be read before it is restored; its bytes are unchanged."""


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """One event of a key; `version_id` is the version or delete marker that was created, deleted or archived.

    Rechecks and archivals have no `sequencer`. The `version_id` of a recheck is that of the current delete marker, if
    there is one. `moved_to` of an archival holds the new `storage_class` or `archive_status`, named as in the catalog.
    """

    bucket: str
    key: str
    version_id: str | None
    sequencer: str | None
    kind: Kind
    occurred_at: datetime
    size_bytes: int | None = None
    """Size at the time of the event; another version may be current by now."""
    moved_to: Mapping[str, str] = field(default_factory=dict)
    is_quiet: bool = False
    """A recheck whose changes are committed without events, as in a quiet rebuild."""

    def supersedes(self, other: "ObjectEvent") -> bool:
        """Tell whether this event decides over another one of the same key: not archivals, then by sequencer."""
        orders = [(each.kind is not Kind.ARCHIVED, sequencer_order(each.sequencer)) for each in (self, other)]
        return orders[0] > orders[1]


_SEQUENCER = re.compile(r"[0-9A-Fa-f]{1,64}")
"""S3 user guide, "Event message structure": a hexadecimal value. Another one could never be superseded."""
_UNORDERED = (Kind.RECHECK, Kind.ARCHIVED)


def sequencer_order(sequencer: str | None) -> str:
    """Return a sort key for S3's order of the events of one key; None sorts first.

    S3 compares sequencers as text after the shorter was padded with zeros on the right ("Event message structure").
    Text without trailing zeros sorts the same way, and no width has to be chosen.
    """
    return (sequencer or "").lower().rstrip("0")


def object_events(body: str) -> list[ObjectEvent]:
    """Return the object events of a queue message; none for other kinds of S3 events and for test messages.

    Raises UnreadableMessage when the message is not an S3 event or is incomplete.
    """
    try:
        message = json.loads(body)
        if "detail-type" in message:
            return _from_envelope(message)
        if message.get("Event") == "s3:TestEvent":
            return []
        return [event for record in message["Records"] for event in _from_notification(record)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableMessage(f"not an S3 event: {type(error).__name__}") from None


def recheck_message(
    bucket: str, key: str, delete_marker: str | None, occurred_at: datetime, *, is_quiet: bool = False
) -> str:
    """Return the queue message that requests a recheck of a key, for a change that occurred at a time."""
    detail = {"bucket": {"name": bucket}, "object": {"key": key, "version-id": delete_marker}, "is-quiet": is_quiet}
    return json.dumps(
        {"source": _OWN_SOURCE, "detail-type": _RECHECK_REQUESTED, "time": occurred_at.isoformat(), "detail": detail}
    )


def _from_envelope(message: Mapping[str, Any]) -> list[ObjectEvent]:
    if message["source"] == _OWN_SOURCE and message["detail-type"] in _RECHECK_TYPES:
        item, bucket = message["detail"]["object"], message["detail"]["bucket"]["name"]
        event = _event(bucket, item["key"], item["version-id"], None, Kind.RECHECK, message["time"])
        return [replace(event, is_quiet=message["detail"].get("is-quiet") is True)]
    if message["source"] != "aws.s3":
        raise UnreadableMessage("not an S3 event: another source")
    name, detail = message["detail-type"], message["detail"]
    if name == ARCHIVAL_EVENT and detail["destination-storage-class"] in ARCHIVE_CLASSES:
        return _archived(detail, {"storage_class": detail["destination-storage-class"]}, message["time"])
    if name not in ARRIVAL_EVENTS:
        return []
    if name == "Object Restore Completed":
        return [_event(detail["bucket"]["name"], detail["object"]["key"], None, None, Kind.RECHECK, message["time"])]
    if name == "Object Access Tier Changed":
        return _archived(detail, {"archive_status": detail["destination-access-tier"]}, message["time"])
    kind = _kind(name == "Object Created", detail.get("deletion-type"))
    item, bucket = detail["object"], detail["bucket"]["name"]
    version_id, size = item.get("version-id"), item.get("size")
    return [_event(bucket, item["key"], version_id, item["sequencer"], kind, message["time"], size)]


def _from_notification(record: Mapping[str, Any]) -> list[ObjectEvent]:
    name, _, action = record["eventName"].removeprefix("s3:").partition(":")
    is_restored = (name, action) == ("ObjectRestore", "Completed")
    if name not in ("ObjectCreated", "ObjectRemoved", "LifecycleExpiration") and not is_restored:
        return []
    item, bucket = record["s3"]["object"], record["s3"]["bucket"]["name"]
    # The key is form-encoded in a direct notification and plain in an EventBridge event.
    key = unquote_plus(item["key"], errors="strict")
    if is_restored:
        return [_event(bucket, key, None, None, Kind.RECHECK, record["eventTime"])]
    kind = _kind(name == "ObjectCreated", action)
    version_id, size = item.get("versionId"), item.get("size")
    return [_event(bucket, key, version_id, item["sequencer"], kind, record["eventTime"], size)]


def _archived(detail: Mapping[str, Any], moved_to: Mapping[str, str], time: str) -> list[ObjectEvent]:
    item = detail["object"]
    event = _event(detail["bucket"]["name"], item["key"], item.get("version-id"), None, Kind.ARCHIVED, time)
    return [replace(event, moved_to=moved_to)]


def _kind(is_created: bool, deletion: str | None) -> Kind:
    if is_created:
        return Kind.CREATED
    return Kind.MARKED_DELETED if deletion in _DELETE_MARKER else Kind.REMOVED


def _event(
    bucket: Any, key: Any, version_id: Any, sequencer: Any, kind: Kind, time: Any, size: Any = None
) -> ObjectEvent:
    if not all(isinstance(text, str) and text for text in (bucket, key, "-" if kind in _UNORDERED else sequencer)):
        raise UnreadableMessage("not an S3 event: bucket, key and sequencer must be text")
    key.encode()
    if sequencer is not None and not _SEQUENCER.fullmatch(sequencer):
        raise UnreadableMessage("not an S3 event: the sequencer is not hexadecimal")
    occurred_at = datetime.fromisoformat(time)
    if occurred_at.tzinfo is None:
        occurred_at = occurred_at.replace(tzinfo=UTC)
    version = version_id if isinstance(version_id, str) and version_id not in ("", "null") else None
    size_bytes = size if isinstance(size, int) else None
    return ObjectEvent(bucket, key, version, sequencer, kind, occurred_at, size_bytes)
