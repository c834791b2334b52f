"""Groups a batch of queue messages by key: for each key the event that decides, and the messages that it settles."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from pymongo import UpdateOne

from foveal.ingest.commit import Asset, Change, Trigger, change
from foveal.ingest.observation import Observation
from foveal.ingest.s3_events import Kind, ObjectEvent, UnreadableMessage, object_events, sequencer_order
from foveal.objects.keys import MediaKey, parse_media_key
from foveal.scanning.holding import Hold

_SETTLED: Final = frozenset({"scanning", "ready", "failed", "quarantined"})


@dataclass(frozen=True, slots=True)
class Message:
    """A queue message: its id, its body, and how often it was delivered, this time included."""

    id: str
    body: str
    attempt: int = 1


@dataclass(slots=True)
class Work:
    """One key of the batch: the event that decides; later its asset, and the resulting update or error."""

    event: ObjectEvent
    media_key: MediaKey
    message_ids: set[str]
    attempt: int
    asset: Asset | None = None
    update: UpdateOne | None = None
    error: Exception | None = None
    retagged_version: str | None = None
    """Version whose tag has to be compared with the asset after the commit."""

    @property
    def known(self) -> Asset:
        """Return the asset; only after `asset` has been set."""
        assert self.asset is not None
        return self.asset

    @property
    def is_late(self) -> bool:
        """Tell whether this event or a later one, in S3's order, has been committed already."""
        asset, event = self.known, self.event
        if event.sequencer is None or not asset.sequencer:
            return False
        return sequencer_order(event.sequencer) <= sequencer_order(asset.sequencer)

    @property
    def is_of_held_version(self) -> bool:
        """Tell whether the event is about the version that the catalog holds; at most its sequencer is new."""
        asset, event = self.known, self.event
        is_held = event.version_id is not None and event.version_id == asset.version_id
        return event.kind is Kind.CREATED and asset.status in _SETTLED and is_held

    def change(self, observation: Observation, hold: Hold | None = None) -> Change | None:
        """Return the change of the asset that follows from the event and the observation; None if there is none."""
        event = self.event
        marker = event.version_id if event.kind in (Kind.MARKED_DELETED, Kind.RECHECK) else None
        has_marker = event.kind is Kind.MARKED_DELETED or marker is not None
        trigger = Trigger(event.sequencer, self._cause(), event.occurred_at, marker, has_marker)
        found = change(self.known, trigger, observation, hold)
        return replace(found, events=()) if found is not None and event.is_quiet else found

    def _cause(self) -> str:
        """Return the part of the event id that tells occurrences apart; for a recheck, that of the lost event."""
        asset, event = self.known, self.event
        if event.kind is Kind.CREATED:
            return ""
        if event.kind is Kind.RECHECK:
            undone = asset.s3.get("delete_marker_version_id") if asset.status == "deleted" else asset.version_id
            return event.version_id or undone or ""
        return event.version_id or event.sequencer or ""


def read(messages: Iterable[Message], bucket: str) -> tuple[dict[str, str], list[Work]]:
    """Return the reasons of unreadable messages by message id, and the work of the readable ones for one bucket."""
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
            if event.supersedes(work.event):
                work.event = event
    return unreadable, list(works.values())
