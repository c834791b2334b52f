"""Outbox: an event is appended to the document it is about in the same write, and published from there.

`pending_events` holds committed events that may not be published yet. A publisher sends them, then removes them by id;
after a crash between the two the next publisher sends them again. So an event is never lost, never describes an
uncommitted change, and a repeated one has the same id.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pymongo.collection import Collection

from foveal.aws.eventbridge import Entry, FailedEntry
from foveal.database.client import Document
from foveal.database.stored_documents import EventDocument
from foveal.encoding.instants import timestamp
from foveal.events.schemas import DETAIL_TYPES, SCHEMA_VERSION, SOURCE

Send = Callable[[Sequence[Entry]], Sequence[FailedEntry]]
"""Sends entries and returns those that EventBridge did not take (foveal.aws.eventbridge.put_events)."""

OUTBOX_COLLECTIONS: Final = ("assets", "jobs", "dataset_versions")
_NAMESPACE: Final = uuid.UUID("b0d6d4d4-31c5-5d0c-9a43-27d1e6a7c1f5")


def pending_event(
    detail_type: str, project: str, identity: Iterable[str], occurred_at: datetime, members: Mapping[str, Any]
) -> EventDocument:
    """Return an event in the form stored in `pending_events`.

    `identity` is what makes the occurrence one of its kind (asset id, version id, …): the same identity gives the same
    `event_id`, on which consumers deduplicate. `members` are JSON values; `None` is left out where it says nothing.
    """
    assert detail_type in DETAIL_TYPES, detail_type
    event_id = str(uuid.uuid5(_NAMESPACE, "\n".join((detail_type, *identity))))
    detail = {
        "schema_version": SCHEMA_VERSION,
        "event_id": event_id,
        "occurred_at": timestamp(occurred_at),
        "project": project,
        **members,
    }
    return {"event_id": event_id, "detail_type": detail_type, "detail": detail}


def renamed(event: EventDocument, detail_type: str, **members: Any) -> EventDocument:
    """Return an event of another detail type about the same occurrence, with further members."""
    event_id = str(uuid.uuid5(_NAMESPACE, f"{detail_type}\n{event['event_id']}"))
    detail = {**event["detail"], "event_id": event_id, **members}
    return {"event_id": event_id, "detail_type": detail_type, "detail": detail}


def appended(events: Sequence[EventDocument]) -> Document:
    """Return the aggregation expression for `pending_events` with these events at its end, none twice."""
    waiting = {"$ifNull": ["$pending_events", []]}
    ids = [event["event_id"] for event in events]
    others = {"$filter": {"input": waiting, "cond": {"$not": {"$in": ["$$this.event_id", ids]}}}}
    return {"$concatArrays": [others, {"$literal": list(events)}]}


class Publisher:
    """Publishes the `pending_events` of documents to one event bus."""

    def __init__(self, event_bus: str, send: Send) -> None:
        self._event_bus, self._send = event_bus, send

    def publish(self, documents: Collection[Document], which: Mapping[str, Any], limit: int = 0) -> int:
        """Publish the pending events of the documents that match, and take out those that were accepted.

        Returns how many were accepted; the others stay for the next publisher. `limit` bounds the documents (0: all).
        Raises what `send` raises, and PyMongoError; both leave the events pending.
        """
        waiting = {**which, "pending_events.event_id": {"$exists": True}}
        found = list(documents.find(waiting, {"pending_events": 1}, limit=limit))
        events = [event for document in found for event in document["pending_events"]]
        entries = [self._entry(event) for event in events]
        refused = {id(each.entry) for each in self._send(entries)}
        accepted = [event["event_id"] for event, entry in zip(events, entries, strict=True) if id(entry) not in refused]
        if accepted:
            documents.update_many(
                {"_id": {"$in": [document["_id"] for document in found]}},
                {"$pull": {"pending_events": {"event_id": {"$in": accepted}}}},
            )
        return len(accepted)

    def _entry(self, event: EventDocument) -> Entry:
        detail = json.dumps(event["detail"], ensure_ascii=False, separators=(",", ":"))
        return {
            "EventBusName": self._event_bus,
            "Source": SOURCE,
            "DetailType": event["detail_type"],
            "Detail": detail,
        }
