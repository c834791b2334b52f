"""What S3 says has happened: one shape for EventBridge envelopes and for direct S3 notifications.

Sources: Amazon S3 User Guide, "EventBridge event message structure" and "Event message structure".
"""

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from foveal.aws.s3 import ARCHIVE_CLASSES

_OURS, _LOOK = "foveal.sweep", "Look Again"
_DELETE_MARKER = ("Delete Marker Created", "DeleteMarkerCreated")


class UnreadableMessage(Exception):
    """A message that is no S3 event; it can never be handled, whatever is repaired elsewhere."""


class Kind(enum.Enum):
    """What happened to the key."""

    CREATED = enum.auto()
    MARKED_DELETED = enum.auto()
    """A delete marker was put on top."""
    REMOVED = enum.auto()
    """A version went for good: the current one, an older one, or a delete marker."""
    LOOK = enum.auto()
    """Something without a place in S3's order: bucket and catalog did not agree about this key when they were compared,
    or an archived object has been restored and can be read now."""
    ARCHIVED = enum.auto()
    """S3 moved a version to where it cannot be read before it is restored; its bytes are what they were."""


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """An object that was created, or a version or delete marker that came or went; `version_id` says which.

    A look has no `sequencer`; its `version_id` is that of the delete marker on top, if there is one. What was archived
    has none either, and says by `moved_to` what is known of its place from then on, in the names of the catalog.
    """

    bucket: str
    key: str
    version_id: str | None
    sequencer: str | None
    kind: Kind
    occurred_at: datetime
    size_bytes: int | None = None
    """How large the object was; by now it may be another one."""
    moved_to: Mapping[str, str] = field(default_factory=dict)

    def outranks(self, other: "ObjectEvent") -> bool:
        """Tell which of two events of one key to go by: one that has the object looked at, of those the newer one."""
        orders = [(each.kind is not Kind.ARCHIVED, sequencer_order(each.sequencer)) for each in (self, other)]
        return orders[0] > orders[1]


_UNORDERED = (Kind.LOOK, Kind.ARCHIVED)


def sequencer_order(sequencer: str | None) -> str:
    """Return text that sorts as S3 orders the events of one key; no sequencer sorts before all.

    S3 compares sequencers as text after the shorter was padded with zeros on the right ("Event message structure").
    Without its trailing zeros each one sorts the same way, and no width has to be chosen.
    """
    return (sequencer or "").lower().rstrip("0")


def object_events(body: str) -> list[ObjectEvent]:
    """Return what a queue message tells about objects; nothing for other kinds of S3 events and for test messages.

    Raises UnreadableMessage when the message is not an S3 event or lacks a part of one.
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


def look(bucket: str, key: str, delete_marker: str | None, now: datetime) -> str:
    """Return the queue message that has ingest look at a key again."""
    thing = {"key": key, "version-id": delete_marker}
    detail = {"bucket": {"name": bucket}, "object": thing}
    return json.dumps({"source": _OURS, "detail-type": _LOOK, "time": now.isoformat(), "detail": detail})


def _from_envelope(message: Mapping[str, Any]) -> list[ObjectEvent]:
    if message["source"] == _OURS and message["detail-type"] == _LOOK:
        thing, bucket = message["detail"]["object"], message["detail"]["bucket"]["name"]
        return [_event(bucket, thing["key"], thing["version-id"], None, Kind.LOOK, message["time"])]
    if message["source"] != "aws.s3":
        raise UnreadableMessage("not an S3 event: another source")
    name, detail = message["detail-type"], message["detail"]
    if name == "Object Restore Completed":
        return [_event(detail["bucket"]["name"], detail["object"]["key"], None, None, Kind.LOOK, message["time"])]
    if name == "Object Access Tier Changed":
        return _archived(detail, {"archive_status": detail["destination-access-tier"]}, message["time"])
    if name == "Object Storage Class Changed" and detail["destination-storage-class"] in ARCHIVE_CLASSES:
        return _archived(detail, {"storage_class": detail["destination-storage-class"]}, message["time"])
    if name not in ("Object Created", "Object Deleted"):
        return []
    kind = _kind(name == "Object Created", detail.get("deletion-type"))
    thing, bucket = detail["object"], detail["bucket"]["name"]
    version_id, size = thing.get("version-id"), thing.get("size")
    return [_event(bucket, thing["key"], version_id, thing["sequencer"], kind, message["time"], size)]


def _from_notification(record: Mapping[str, Any]) -> list[ObjectEvent]:
    name, _, action = record["eventName"].removeprefix("s3:").partition(":")
    is_restored = (name, action) == ("ObjectRestore", "Completed")
    if name not in ("ObjectCreated", "ObjectRemoved", "LifecycleExpiration") and not is_restored:
        return []
    thing, bucket = record["s3"]["object"], record["s3"]["bucket"]["name"]
    # A direct notification carries the key as a form would; EventBridge carries it as it is.
    key = unquote_plus(thing["key"], errors="strict")
    if is_restored:
        return [_event(bucket, key, None, None, Kind.LOOK, record["eventTime"])]
    kind = _kind(name == "ObjectCreated", action)
    version_id, size = thing.get("versionId"), thing.get("size")
    return [_event(bucket, key, version_id, thing["sequencer"], kind, record["eventTime"], size)]


def _archived(detail: Mapping[str, Any], moved_to: Mapping[str, str], time: str) -> list[ObjectEvent]:
    thing = detail["object"]
    event = _event(detail["bucket"]["name"], thing["key"], thing.get("version-id"), None, Kind.ARCHIVED, time)
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
    occurred_at = datetime.fromisoformat(time)
    if occurred_at.tzinfo is None:
        occurred_at = occurred_at.replace(tzinfo=UTC)
    version = version_id if isinstance(version_id, str) and version_id not in ("", "null") else None
    size_bytes = size if isinstance(size, int) else None
    return ObjectEvent(bucket, key, version, sequencer, kind, occurred_at, size_bytes)
