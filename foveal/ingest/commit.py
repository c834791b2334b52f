"""One atomic update per asset: the facts, the sequencer (S3's order of events) and the outgoing event.

Each update is an upsert by `_id` alone whose pipeline decides on the server whether it applies. A filter on the
sequencer would turn every late event into a duplicate-key error (MongoDB manual, `db.collection.update()`, "Upsert with
unique index"). Every value from outside is under `$literal`; otherwise a file could contain `$$NOW` and have
it evaluated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bson import encode
from bson.raw_bson import RawBSONDocument
from pymongo import UpdateOne

from foveal.database.asset_fields import DRAWN, EVENT_MEMBERS, OF_VERSION
from foveal.database.client import Document
from foveal.database.stored_documents import EventDocument
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.ids import time_of
from foveal.events.outbox import appended, pending_event, renamed
from foveal.ingest.observation import Absent, Observation
from foveal.ingest.s3_events import sequencer_order
from foveal.ingest.verdict import Verdict, judge
from foveal.objects.metadata import declared_bytes, declared_file_name
from foveal.scanning import holding
from foveal.scanning.holding import Hold

STATE_FIELDS: Final = {"status": 1, "reason": 1, "s3": 1, "expected": 1, "deletion": 1, "pending_events.event_id": 1}
_EVENTS: Final = {"ready": "AssetReady", "failed": "AssetFailed", "quarantined": "AssetQuarantined"}
# The parts that are the same in every update are encoded once.
_STORED: Final = {"$ifNull": ["$s3.sequencer", ""]}
_ANY_VERSION: Final[Document] = {"$and": []}
_HAS_NO_SEQUENCER: Final = RawBSONDocument(encode({"$eq": [_STORED, ""]}))
_STORED_ORDER: Final = RawBSONDocument(encode({"$rtrim": {"input": {"$toLower": _STORED}, "chars": "0"}}))
_IS_NO_FACT: Final = {"$not": {"$in": ["$$this.k", [*OF_VERSION, "deletion"]]}}
_WITHOUT_FACTS: Final = RawBSONDocument(
    encode({"$arrayToObject": {"$filter": {"input": {"$objectToArray": "$$ROOT"}, "cond": _IS_NO_FACT}}})
)


@dataclass(frozen=True, slots=True)
class Asset:
    """The asset of an object, and the state of its document when the work began (None: no document)."""

    asset_id: str
    project: str
    bucket: str
    key: str
    is_adopted: bool
    state: Mapping[str, Any] | None

    @property
    def status(self) -> str | None:
        return self.state["status"] if self.state else None

    @property
    def s3(self) -> Mapping[str, Any]:
        return (self.state or {}).get("s3") or {}

    @property
    def sequencer(self) -> str | None:
        return self.s3.get("sequencer")

    @property
    def version_id(self) -> str | None:
        return self.s3.get("version_id")

    @property
    def deletion(self) -> Mapping[str, Any] | None:
        """Return the mark that an API deletion left (`foveal.delivery.deletion`)."""
        return (self.state or {}).get("deletion")

    def refuses(self, version_id: str | None) -> bool:
        """Tell whether a version must not bring the asset back: a ticket outlived a deletion or an aborted upload.

        A soft deletion is undone by its own version. Adopted objects are not bound: they have no tickets.
        """
        if self.is_adopted or self.state is None:
            return False
        if self.deletion is not None:
            return bool(self.deletion["is_permanent"]) or version_id is None or version_id != self.version_id
        return self.status == "failed" and self.state.get("reason") == "upload_aborted"


@dataclass(frozen=True, slots=True)
class Trigger:
    """Reason for an observation: an event with its sequencer, or a recheck (`sequencer` None).

    `cause` is the version that was removed or the delete marker that was created; it distinguishes occurrences that
    are otherwise equal, such as a second deletion of one version. `has_delete_marker` is true if the current version
    is a delete marker; `delete_marker` is its version id, if known.
    """

    sequencer: str | None
    cause: str
    occurred_at: datetime
    delete_marker: str | None = None
    has_delete_marker: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """The change that one observation makes to one asset."""

    asset: Asset
    trigger: Trigger
    status: str
    fields: Document
    s3: Document
    events: tuple[EventDocument, ...]
    replaces_facts: bool
    is_same_version: Document
    is_refusal: bool = False
    file_name: str | None = None
    """Name that the object's metadata declare, for a document that has none."""
    hold: Hold | None = None
    """Set for an arrival where versions are held until they were scanned for malware."""

    @property
    def is_of_held_version(self) -> bool:
        """Tell whether the catalog held this very version before."""
        return self.asset.version_id == self.s3.get("version_id")

    def update(self, now: datetime, *, marks_copies: bool = False) -> UpdateOne:
        """Return the update. It changes nothing after a newer event or, for a recheck, after any event.

        `marks_copies`: a CDN may hold copies of a version that was delivered and is blocked now, which is marked.
        """
        written = {"$literal": {"project": self.asset.project, **self.fields}}
        base = {"sequencer": "$s3.sequencer"} if self.replaces_facts else {"$ifNull": ["$s3", {}]}
        computed = {
            "s3": {"$mergeObjects": [base, {"$literal": self.s3}]},
            "updated_at": {"$cond": ["$$is_same", {"$ifNull": ["$updated_at", now]}, now]},
            "pending_events": {"$cond": ["$$is_same", {"$ifNull": ["$pending_events", []]}, self._pending_events()]},
        }
        if self.is_refusal:
            mark = self.asset.deletion or {"is_permanent": False, "requested_at": now, "is_of_upload": True}
            computed["deletion"] = {"$mergeObjects": [{"$literal": mark}, "$deletion", {"look_at": now}]}
        elif self.replaces_facts:
            computed["deletion"] = self._new_deletion()
        if self.replaces_facts:
            computed |= {name: {"$cond": [self._is_held_version(), f"${name}", "$$REMOVE"]} for name in DRAWN}
        if marks_copies and self.asset.status == "ready" and self.status == "quarantined":
            computed["cached_version"] = {"$literal": self.s3["version_id"]}
        if self.hold:
            computed["scan"] = {"$ifNull": ["$$scan", "$$REMOVE"]}
        current = _WITHOUT_FACTS if self.replaces_facts else "$$ROOT"
        changed: Document = {"$mergeObjects": [{"$literal": self._defaults()}, current, written, "$$state", computed]}
        for name, value in reversed(self._variables(now).items()):
            changed = {"$let": {"vars": {name: value}, "in": changed}}
        pipeline = [{"$replaceWith": {"$cond": [self._applies(), changed, "$$ROOT"]}}]
        return UpdateOne({"_id": self.asset.asset_id}, pipeline, upsert=self._may_insert())

    def _variables(self, now: datetime) -> dict[str, Document]:
        """Return the variables of the update in the order in which they depend on each other."""
        scan = {}
        if self.hold:
            version = {name: self.s3.get(name) for name in ("version_id", "etag")}
            scan = {"scan": holding.scan_member(version, self._is_held_version(), now, self.hold)}
        state = holding.state() if self._is_held else {"$literal": {"status": self.status}}
        is_same = {"$and": [{"$eq": ["$status", "$$state.status"]}, self.is_same_version]}
        return {**scan, "state": state, "is_same": is_same}

    @property
    def _is_held(self) -> bool:
        """Tell whether a scan decides: of a version that ingest has refused itself, none does."""
        return self.hold is not None and self.status == "ready"

    def _pending_events(self) -> Document:
        if not self._is_held:
            return appended(self.events)
        (ready,) = self.events
        return holding.events(
            ready, {reason: renamed(ready, "AssetQuarantined", reason=reason) for reason in holding.QUARANTINE_REASONS}
        )

    def _applies(self) -> Document:
        if self.trigger.sequencer is not None:
            return _is_newer(self.trigger.sequencer)
        asset = self.asset
        return _all_equal({"status": asset.status, "s3.sequencer": asset.sequencer, "s3.version_id": asset.version_id})

    def _new_deletion(self) -> Document:
        """Return the mark of a deletion that was requested while the object was read; an older one is done with."""
        is_known = _all_equal({"deletion": self.asset.deletion})
        return {"$cond": [is_known, "$$REMOVE", "$deletion"]}

    def _is_held_version(self) -> Document:
        return _all_equal({f"s3.{name}": self.s3.get(name) for name in ("version_id", "etag")})

    def _may_insert(self) -> bool:
        # A recheck whose document has been removed meanwhile must not create an empty one.
        return self.trigger.sequencer is not None or self.asset.state is None

    def _defaults(self) -> Document:
        asset = self.asset
        begun_at, arrived_at = None if asset.is_adopted else time_of(asset.asset_id), self.trigger.occurred_at
        defaults = {
            "created_at": min(begun_at, arrived_at) if begun_at else arrived_at,
            "tags": [],
            "attributes": {},
            "label_summary": [],
            "annotation_revision": 0,
            "schema_version": SCHEMA_VERSION,
        }
        name_in_key = asset.key.rpartition("/")[2] if asset.is_adopted else None
        file_name = self.file_name or name_in_key
        return defaults | ({"file_name": file_name} if file_name else {})


def change(asset: Asset, trigger: Trigger, observation: Observation, hold: Hold | None = None) -> Change | None:
    """Return the change that an observation makes to an asset; None if neither object nor document exists.

    With `hold` a version is not ready before it was scanned for malware.

    A version that the asset refuses is recorded as a deletion; the mark then says that a sweep has to delete it.
    """
    if isinstance(observation, Absent):
        known = asset.state is not None or trigger.has_delete_marker
        return _deletion(asset, trigger) if known else None
    if asset.refuses(observation.head.version_id):
        return replace(_deletion(asset, trigger), is_refusal=True)
    metadata = observation.head.metadata
    is_first_arrival = asset.version_id in (None, observation.head.version_id)
    expected = asset.state.get("expected") if asset.state and is_first_arrival else None
    arrival = _arrival(asset, trigger, judge(observation, expected or declared_bytes(metadata)))
    return replace(arrival, file_name=declared_file_name(metadata), hold=hold)


def confirmation(asset: Asset, sequencer: str) -> UpdateOne:
    """Return the update for an event of the version that the catalog holds: only the sequencer is new.

    Without it an older observation that is still in progress could pass for a newer one.
    """
    is_same_version = _all_equal({"s3.version_id": asset.version_id})
    applies = {"$and": [is_same_version, _is_newer(sequencer)]}
    moved = {"$cond": [applies, {"$literal": sequencer}, "$s3.sequencer"]}
    return UpdateOne({"_id": asset.asset_id}, [{"$set": {"s3.sequencer": moved}}])


def archival(asset: Asset, version_id: str | None, moved_to: Mapping[str, str]) -> UpdateOne:
    """Return the update for a version that S3 has archived: only its storage class or archive status is new.

    No event is published: a download request reports that the object has to be restored first.
    """
    location = {f"s3.{name}": {"$literal": value} for name, value in moved_to.items()}
    return UpdateOne({"_id": asset.asset_id, "s3.version_id": version_id}, [{"$set": location}])


def _arrival(asset: Asset, trigger: Trigger, verdict: Verdict) -> Change:
    detail_type = _EVENTS[verdict.status]
    is_back = asset.status == "deleted" and asset.version_id == verdict.version_id and asset.version_id is not None
    if is_back and verdict.status == "ready":
        detail_type = "AssetRestored"
    s3 = s3_location(asset, trigger, verdict.s3)
    members: Document = {name: verdict.fields[name] for name in EVENT_MEMBERS if name in verdict.fields}
    event = _event(detail_type, asset, trigger, verdict.version_id or verdict.s3["etag"], verdict.version_id, members)
    is_same_version = _all_equal({"s3.version_id": verdict.version_id, "s3.etag": s3["etag"]})
    return Change(asset, trigger, verdict.status, verdict.fields, s3, (event,), True, is_same_version)


def _deletion(asset: Asset, trigger: Trigger) -> Change:
    marker = {"delete_marker_version_id": trigger.delete_marker}
    event = _event("AssetDeleted", asset, trigger, asset.version_id or "", asset.version_id, marker)
    fields = {"deleted_at": trigger.occurred_at}
    return Change(asset, trigger, "deleted", fields, s3_location(asset, trigger, marker), (event,), False, _ANY_VERSION)


def s3_location(asset: Asset, trigger: Trigger, s3: Mapping[str, Any]) -> Document:
    """Return the `s3` member of an asset's document: bucket, key and, if the trigger has one, the sequencer."""
    location = {"bucket": asset.bucket, "key": asset.key, **s3}
    return location if trigger.sequencer is None else {**location, "sequencer": trigger.sequencer}


def _event(
    detail_type: str, asset: Asset, trigger: Trigger, version: str, version_id: str | None, members: Document
) -> EventDocument:
    subject = {"asset_id": asset.asset_id, "version_id": version_id, "bucket": asset.bucket, "key": asset.key}
    identity = (asset.asset_id, version, trigger.cause)
    return pending_event(detail_type, asset.project, identity, trigger.occurred_at, {**subject, **members})


def _is_newer(sequencer: str) -> Document:
    return {"$or": [_HAS_NO_SEQUENCER, {"$gt": [{"$literal": sequencer_order(sequencer)}, _STORED_ORDER]}]}


def _all_equal(values: Mapping[str, Any]) -> Document:
    return {"$and": [{"$eq": [{"$ifNull": [f"${name}", None]}, {"$literal": value}]} for name, value in values.items()]}
