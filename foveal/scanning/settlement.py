"""Settlement of scan results: the result of a version becomes the state of its asset, an event and the tag.

A result is applied only to an asset that holds its version. One that comes before ingest has read the version fails,
so that its queue delivers it again; one of a version that is no longer the current one is dropped. Edge locations drop
a version that was delivered before it is blocked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from aws_lambda_powertools import Logger
from pymongo.collection import Collection

from foveal.aws.s3 import ObjectHead
from foveal.database.asset_fields import EVENT_MEMBERS
from foveal.database.client import Document
from foveal.database.stored_documents import EventDocument
from foveal.delivery.edge_copies import MARKED_FIELDS, Invalidate, drop_blocked
from foveal.events.outbox import Publisher, pending_event
from foveal.ingest.batch import Message
from foveal.ingest.observation import NotThere
from foveal.scanning import messages, tags
from foveal.scanning.results import SCAN_REASONS, STATES, Outcome, order_of
from foveal.stack_contract import CLEAN, QUARANTINED

_EVENTS: Final = {"ready": "AssetReady", "quarantined": "AssetQuarantined"}


class NotIngestedYet(Exception):
    """The catalog does not hold the version yet; a later delivery of the result helps."""


class Bucket(tags.TaggedBucket, Protocol):
    """Operations on the bucket that a settlement needs."""

    name: str

    def head(self, key: str, version_id: str | None, /) -> ObjectHead:
        """Return the metadata of the current or of a given version. Raises NotThere."""
        ...


@dataclass(frozen=True, slots=True)
class Settlement:
    """Applies scan results to the assets of one bucket; `invalidate` is None on a stage without a CDN."""

    assets: Collection[Document]
    bucket: Bucket
    publisher: Publisher
    logger: Logger
    invalidate: Invalidate | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def settle(self, deliveries: Sequence[Message]) -> list[str]:
        """Return the ids of the messages to deliver again."""
        failed = []
        for delivery in deliveries:
            try:
                outcome = messages.outcome_of(delivery.body, self.bucket.name)
                if outcome is not None:
                    self.apply(outcome)
            except Exception as error:
                facts = {"message_id": delivery.id, "attempt": delivery.attempt, "error_type": type(error).__name__}
                if isinstance(error, NotIngestedYet):
                    self.logger.info("result before its asset", extra=facts)
                else:
                    self.logger.exception("result not applied", extra=facts)
                failed.append(delivery.id)
        return failed

    def apply(self, outcome: Outcome) -> None:
        """Apply a result. Raises NotIngestedYet, tags.Unsettled, and the errors of bucket and database."""
        for _ in range(tags.MAX_ROUNDS):
            asset = self.assets.find_one({"s3.key": outcome.key, "s3.version_id": outcome.version_id})
            if asset is None:
                self._require_superseded(outcome)
                self._drop_copies(outcome)
                return
            if self._applied(asset, outcome):
                break
        else:
            raise tags.Unsettled
        tags.settle_tag(self.assets, self.bucket, asset["_id"], outcome.version_id)
        self.publisher.publish(self.assets, {"_id": asset["_id"]})
        self._drop_copies(outcome)

    def _applied(self, asset: Mapping[str, Any], outcome: Outcome) -> bool:
        """Commit the result; return False for an asset that has changed meanwhile."""
        before = _scan_of(asset, outcome.version_id)
        if before is not None and order_of(before) >= outcome.order():
            return True
        if outcome.result == "older" and before is not None:
            return True  # it arrived with the option on: only a scan or a person clears it
        scan = outcome.member(before or {"etag": asset["s3"].get("etag")})
        changes: Document = {"$set": {"scan": scan}}
        state = STATES[outcome.result] if _is_decided_by_scans(asset) else {"status": asset["status"]}
        if _is_decided_by_scans(asset):
            gone = [name for name in ("reason", "reason_detail") if name not in state]
            changes["$set"] |= {**state, "updated_at": self.now()}
            changes |= {"$unset": dict.fromkeys(gone, "")} if gone else {}
            if self.invalidate and asset["status"] == "ready" and state["status"] == "quarantined":
                changes["$set"]["cached_version"] = outcome.version_id
            if state["status"] != asset["status"]:
                changes["$push"] = {"pending_events": _event(asset, outcome, state)}
        if state["status"] in _EVENTS:  # the tag first: no URL is signed that the edge still refuses, and none too late
            self._tag(outcome, CLEAN if state["status"] == "ready" else QUARANTINED)
        unchanged = {"_id": asset["_id"], "status": asset["status"], "s3.version_id": outcome.version_id}
        unchanged["scan"] = asset.get("scan")
        unchanged["reason"] = asset.get("reason")
        return self.assets.update_one(unchanged, changes).matched_count == 1

    def _tag(self, outcome: Outcome, status: str) -> None:
        try:
            self.bucket.set_status_tag(outcome.key, outcome.version_id, status)
        except NotThere:
            self.logger.info("version is gone", extra={"result": outcome.result})

    def _drop_copies(self, outcome: Outcome) -> None:
        """Have edge locations drop a version that was delivered before it was blocked. Raises AwsError.

        An error fails the message; the mark stays, and the next delivery tries again.
        """
        marked = {"s3.key": outcome.key, "cached_version": outcome.version_id}
        if self.invalidate and (asset := self.assets.find_one(marked, MARKED_FIELDS)):
            drop_blocked(self.assets, asset, self.invalidate)

    def _require_superseded(self, outcome: Outcome) -> None:
        try:
            is_current = self.bucket.head(outcome.key, None).version_id == outcome.version_id
        except NotThere:
            is_current = False
        if is_current:
            raise NotIngestedYet


def _scan_of(asset: Mapping[str, Any], version_id: str) -> Mapping[str, Any] | None:
    scan: Mapping[str, Any] | None = asset.get("scan")
    return scan if scan and scan.get("version_id") == version_id else None


def _is_decided_by_scans(asset: Mapping[str, Any]) -> bool:
    """Tell whether ingest has found the version ready, so that its state follows from scans alone."""
    return asset["status"] in ("ready", "scanning") or (
        asset["status"] == "quarantined" and asset.get("reason") in SCAN_REASONS
    )


def _event(asset: Mapping[str, Any], outcome: Outcome, state: Mapping[str, str]) -> EventDocument:
    subject = {"asset_id": asset["_id"], "version_id": outcome.version_id}
    place = {"bucket": asset["s3"]["bucket"], "key": asset["s3"]["key"]}
    facts = {name: asset[name] for name in EVENT_MEMBERS if name in asset and name != "reason"}
    if "reason" in state:
        facts["reason"] = state["reason"]
    identity = (asset["_id"], outcome.version_id, f"{outcome.result} {outcome.at.isoformat()}")
    return pending_event(
        _EVENTS[state["status"]], asset["project"], identity, outcome.at, {**subject, **place, **facts}
    )
