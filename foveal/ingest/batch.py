"""A batch of queue messages as pieces of work: for each key the event to go by, and the messages that wait for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pymongo import UpdateOne

from foveal.ingest.commit import Asset, Change, Trigger, change
from foveal.ingest.observation import Observation
from foveal.ingest.records import Kind, ObjectEvent, UnreadableMessage, object_events, sequencer_order
from foveal.keys import MediaKey, parse_media_key

_SETTLED: Final = frozenset({"ready", "failed", "quarantined"})


@dataclass(frozen=True, slots=True)
class Message:
    """A queue message: its id, its body, and how often it was delivered, this time included."""

    id: str
    body: str
    attempt: int = 1


@dataclass(slots=True)
class Work:
    """What happened to one key; on its way through the pipeline its asset, and the update or error that came of it."""

    event: ObjectEvent
    media_key: MediaKey
    message_ids: set[str]
    attempt: int
    asset: Asset | None = None
    update: UpdateOne | None = None
    error: Exception | None = None

    @property
    def known(self) -> Asset:
        """Return the asset, once it has been found."""
        assert self.asset is not None
        return self.asset

    @property
    def is_late(self) -> bool:
        """Tell whether an event was committed that S3 puts behind this one."""
        asset, event = self.known, self.event
        if event.sequencer is None or not asset.sequencer:
            return False
        return sequencer_order(event.sequencer) <= sequencer_order(asset.sequencer)

    @property
    def is_of_held_version(self) -> bool:
        """Tell whether this is about the very version that the catalog holds; at most its place in the order is new."""
        asset, event = self.known, self.event
        is_held = event.version_id is not None and event.version_id == asset.version_id
        return event.kind is Kind.CREATED and asset.status in _SETTLED and is_held

    def change(self, seen: Observation) -> Change | None:
        """Return what the event and what was seen of the object do to the asset."""
        event = self.event
        marker = event.version_id if event.kind in (Kind.MARKED_DELETED, Kind.LOOK) else None
        has_marker = event.kind is Kind.MARKED_DELETED or marker is not None
        trigger = Trigger(event.sequencer, self._cause(), event.occurred_at, marker, has_marker)
        return change(self.known, trigger, seen)

    def _cause(self) -> str:
        """Return what makes this occurrence one of its kind; a look says what the lost event would have said."""
        asset, event = self.known, self.event
        if event.kind is Kind.CREATED:
            return ""
        if event.kind is Kind.LOOK:
            undone = asset.s3.get("delete_marker_version_id") if asset.status == "deleted" else asset.version_id
            return event.version_id or undone or ""
        return event.version_id or event.sequencer or ""


def read(messages: Iterable[Message], bucket: str) -> tuple[dict[str, str], list[Work]]:
    """Return why messages cannot be read, by their ids, and the work that the others are about in one bucket."""
    unreadable: dict[str, str] = {}
    works: dict[str, Work] = {}
    for message in messages:
        try:
            events = object_events(message.body)
        except UnreadableMessage as error:
            unreadable[message.id] = str(error)
            continue
        for event in events:
            media_key = parse_media_key(event.bucket, event.key)
            if event.bucket != bucket or media_key is None:
                continue
            work = works.setdefault(event.key, Work(event, media_key, set(), message.attempt))
            work.message_ids.add(message.id)
            work.attempt = max(work.attempt, message.attempt)
            if event.outranks(work.event):
                work.event = event
    return unreadable, list(works.values())
