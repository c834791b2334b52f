"""Writing annotations so that the asset's summary and revision can never disagree with them.

A call is cut into transactions; each changes some annotations, keeps the states that they replace in the history, and
updates summary, revision and outbox of their assets. A writer that dies leaves all of it or nothing, whichever step it
died at; two writers of one asset are put in order by the server, the second one starts again from what the first has
left. Within a transaction the operations are worked out in memory, one after the other, and written at the end, the
assets last: another writer waits for as short a time as possible.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import pymongo
from pymongo import DeleteOne, ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from foveal.catalog import history, summary, tally
from foveal.catalog.annotation import GEOMETRY, WRITABLE
from foveal.catalog.drafts import Drafts
from foveal.catalog.masks import MaskStore
from foveal.catalog.operations import Author, Create, Delete, Operation, Outcome, Restore, Update
from foveal.catalog.schema import SCHEMA_VERSION
from foveal.errors import (
    AssetNotReady,
    InvalidRequest,
    NoSuchAnnotation,
    NoSuchAsset,
    PreconditionFailed,
    Problem,
    ServiceUnavailable,
)
from foveal.events import pending_event
from foveal.ids import new_id
from foveal.mongo import Document

Result = TypeVar("Result")
OPERATIONS_IN_TRANSACTION: Final = 1_000
SECONDS: Final = 20
_DUPLICATE_KEY: Final = 11_000
_UNSETTLED: Final = ("TransientTransactionError", "UnknownTransactionCommitResult")
_WHERE: Final = GEOMETRY | {"type", "rotation"}
_ASSET: Final = {"counted.status": 1} | dict.fromkeys(
    ("project", "status", "media_type", "width", "height", "frame_count", "label_summary", "annotation_revision"), 1
)


def write(
    database: Database[Document],
    project: str,
    author: Author,
    operations: Sequence[Operation | Problem],
    *,
    ordered: bool = False,
    clip: bool = False,
    masks: MaskStore | None = None,
) -> list[Outcome]:
    """Carry out operations on annotations of one project; return an outcome for each that was tried, in order.

    An operation that is a Problem already stays one. With `ordered`, nothing after the first Problem is tried.
    Raises PyMongoError when the outcome of the remaining operations is not known.
    """
    outcomes: list[Outcome] = []
    drafts = Drafts(database, project, clip=clip, masks=masks)
    for start in range(0, len(operations), OPERATIONS_IN_TRANSACTION):
        chunk = operations[start : start + OPERATIONS_IN_TRANSACTION]
        outcomes += _transaction(
            database, project, author, drafts, functools.partial(_Work.all, operations=chunk, ordered=ordered)
        )
        if ordered and isinstance(outcomes[-1], Problem):
            break
    return outcomes


def replace_layer(
    database: Database[Document],
    asset: Document,
    author: Author,
    layer: str,
    drafts: Sequence[Create],
    *,
    known_revision: int | None,
    reviewed: bool | None = None,
    clip: bool = False,
    masks: MaskStore | None = None,
) -> int:
    """Make the given annotations all that a layer of an asset has, at once; return the asset's new revision.

    Those under an id that the layer has already are new revisions of it, so that tracks and references stay. Raises
    PreconditionFailed when the asset's annotations are not at `known_revision` any more, InvalidRequest (with the
    position) for a draft that is not possible.
    """

    def work_out(work: "_Work") -> list[Outcome]:
        work.load_layer(asset["_id"], layer)
        return [work.replace(asset["_id"], layer, drafts, known_revision, reviewed)]

    checked = Drafts(database, asset["project"], clip=clip, masks=masks)
    (outcome,) = _transaction(database, asset["project"], author, checked, work_out)
    if isinstance(outcome, Problem):
        raise outcome
    return int(outcome["annotation_revision"])


def reconcile(database: Database[Document], project: str | None = None) -> list[str]:
    """Compare each asset's summary with its annotations, put right what differs, and return the ids put right.

    Nothing here makes them differ; a restored backup, or a write past this code, may.
    """
    repaired = []
    assets = database.assets.find({"project": project} if project else {}, {"label_summary": 1}, batch_size=1_000)
    for batch in _batches(assets, 1_000):
        ids = [asset["_id"] for asset in batch]
        actual = summary.from_groups(
            database.annotations.aggregate([{"$match": {"asset_id": {"$in": ids}}}, *summary.GROUP])
        )
        differing = [each["_id"] for each in batch if each.get("label_summary", []) != actual.get(each["_id"], [])]
        repaired += [asset_id for asset_id in differing if _repair(database, asset_id)]
    return repaired


def _repair(database: Database[Document], asset_id: str) -> bool:
    """Recompute one summary as of now: the difference may have been a write in between."""

    def repair(session: ClientSession) -> bool:
        groups = [{"$match": {"asset_id": asset_id}}, *summary.GROUP]
        actual = summary.from_groups(database.annotations.aggregate(groups, session=session)).get(asset_id, [])
        change = {"$set": {"label_summary": actual}, "$inc": {"annotation_revision": 1}}
        differing = {"_id": asset_id, "label_summary": {"$ne": actual}}
        found = database.assets.update_one(differing, change, session=session)
        counted = {"_id": asset_id, "counted.status": {"$exists": True}}
        if found.modified_count:
            database.assets.update_one(counted, {"$set": {"counted.status": tally.STALE}}, session=session)
        return bool(found.modified_count)

    return _run(database, repair)


def _transaction(
    database: Database[Document],
    project: str,
    author: Author,
    drafts: Drafts,
    work_out: Callable[["_Work"], list[Outcome]],
) -> list[Outcome]:
    def attempt(session: ClientSession) -> list[Outcome]:
        work = _Work(database, session, project, author, drafts)
        outcomes = work_out(work)
        work.store()
        return outcomes

    try:
        return _run(database, attempt)
    except (DuplicateKeyError, BulkWriteError) as error:
        codes = {each["code"] for each in (error.details or {}).get("writeErrors", [error.details or {}])}
        if codes != {_DUPLICATE_KEY}:
            raise
        return _run(database, attempt)  # somebody made the same id at the same moment: this time it is seen


def _run(database: Database[Document], attempt: Callable[[ClientSession], Result]) -> Result:
    try:
        with pymongo.timeout(SECONDS), database.client.start_session() as session:
            return session.with_transaction(
                attempt, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )
    except PyMongoError as error:
        if error.timeout or any(error.has_error_label(label) for label in _UNSETTLED):
            raise ServiceUnavailable("Somebody else is writing to the same asset; read it, then try again.") from error
        raise


@dataclass(slots=True)
class _Touched:
    """What has happened to one asset."""

    created: list[Document] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"created": 0, "updated": 0, "deleted": 0})
    layers: set[str] = field(default_factory=set)
    reviewed: dict[str, bool] = field(default_factory=dict)

    @property
    def only_grew(self) -> bool:
        return self.counts["created"] == len(self.created) and not self.counts["updated"] + self.counts["deleted"]


class _Work:
    """One transaction: annotations by id as they are (None: not there), and what has been done to them so far."""

    def __init__(
        self, database: Database[Document], session: ClientSession, project: str, author: Author, drafts: Drafts
    ) -> None:
        self._database, self._session = database, session
        self._project, self._author, self._drafts = project, author, drafts
        self._assets: dict[str, Document] = {}
        self._stored: dict[str, Document | None] = {}
        self._now: dict[str, Document | None] = {}
        self._last_revision: dict[str, int] = {}
        self._past: list[Document] = []
        self._touched: dict[str, _Touched] = {}

    def all(self, operations: Sequence[Operation | Problem], ordered: bool) -> list[Outcome]:
        self._load([each for each in operations if not isinstance(each, Problem)])
        outcomes: list[Outcome] = []
        for operation in operations:
            outcomes.append(operation if isinstance(operation, Problem) else self._tried(operation))
            if ordered and isinstance(outcomes[-1], Problem):
                break
        return outcomes

    def _tried(self, operation: Operation) -> Outcome:
        try:
            match operation:
                case Create():
                    return self._create(operation)
                case Update():
                    return self._update(operation)
                case Delete():
                    return self._delete(operation)
                case Restore():
                    return self._restore(operation)
        except Problem as problem:
            return problem

    # reading

    def _load(self, operations: Sequence[Operation]) -> None:
        named = {each.annotation_id for each in operations if each.annotation_id is not None}
        self._stored = dict.fromkeys(named)
        if named:
            found = self._database.annotations.find({"_id": {"$in": sorted(named)}}, session=self._session)
            self._stored |= {each["_id"]: each for each in found}
        self._now = dict(self._stored)
        for annotation_id in named:
            if self._now[annotation_id] is None:
                self._last_revision[annotation_id] = history.last_revision(self._database, annotation_id, self._session)
        self._load_assets(
            {each.asset_id for each in operations if isinstance(each, Create)}
            | {each["asset_id"] for each in self._stored.values() if each is not None}
        )

    def load_layer(self, asset_id: str, layer: str) -> None:
        found = self._database.annotations.find({"asset_id": asset_id, "field": layer}, session=self._session)
        self._stored = {each["_id"]: each for each in found}
        self._now = dict(self._stored)
        self._load_assets({asset_id})

    def _load_assets(self, ids: Iterable[str]) -> None:
        wanted = {"_id": {"$in": sorted(ids)}, "project": self._project}
        self._assets |= {
            each["_id"]: each for each in self._database.assets.find(wanted, _ASSET, session=self._session)
        }

    # working out

    def _create(self, operation: Create) -> Document:
        asset = self._ready_asset(operation.asset_id)
        annotation_id = operation.annotation_id or new_id()
        present = self._now.get(annotation_id)
        if present is not None:
            raise self._changed(present, operation.annotation)
        annotation = self._drafts.check(operation.annotation, asset)
        created = self._stamped(annotation, annotation_id, asset["_id"], "created", self._revision_after(annotation_id))
        self._put(created, None)
        return created

    def _update(self, operation: Update) -> Document:
        present = self._current(operation.annotation_id, operation.revision, operation.changes)
        asset = self._ready_asset(present["asset_id"])
        stays = not _WHERE & operation.changes.keys()
        annotation = self._drafts.check(merged_draft(present, operation.changes), asset, is_placed=stays)
        if "origin" in annotation:
            annotation["origin"]["edited"] = True
        updated = self._stamped(annotation, present["_id"], present["asset_id"], "updated", present["revision"] + 1)
        self._put(updated, present)
        return updated

    def _delete(self, operation: Delete) -> Document:
        present = self._current(operation.annotation_id, operation.revision, None)
        return self._remove(present)

    def _restore(self, operation: Restore) -> Document:
        annotation_id = operation.annotation_id
        present = self._now.get(annotation_id)
        if present is None:
            return self._restore_deleted(operation)
        self._current(annotation_id, operation.revision, {"restore": operation.to})
        wanted = operation.to or present["revision"] - 1
        if wanted == 0:
            return self._remove(present)
        past = history.state(self._database, annotation_id, wanted, self._session)
        if past is None:
            raise NoSuchAnnotation("There is no such revision to go back to.")
        return self._bring_back(past, present)

    def _restore_deleted(self, operation: Restore) -> Document:
        last = self._last_revision.get(operation.annotation_id, 0)
        wanted = operation.to or last - 1
        past = history.state(self._database, operation.annotation_id, wanted, self._session)
        if past is None or past["project"] != self._project:
            raise no_such_annotation()
        if operation.revision != last:
            raise PreconditionFailed("The annotation was deleted.", current={"revision": last, "deleted": True})
        self._load_assets({past["asset_id"]})
        return self._bring_back(past, None)

    def _bring_back(self, past: Document, present: Document | None) -> Document:
        asset = self._ready_asset(past["asset_id"])
        annotation = {name: past[name] for name in past if name in WRITABLE or name == "bbox_area"}
        revision = self._revision_after(past["_id"]) if present is None else present["revision"] + 1
        restored = self._stamped(annotation, past["_id"], asset["_id"], "restored", revision)
        self._put(restored, present)
        return restored

    def replace(
        self, asset_id: str, layer: str, drafts: Sequence[Create], known_revision: int | None, reviewed: bool | None
    ) -> Outcome:
        asset = self._ready_asset(asset_id)
        revision = int(asset.get("annotation_revision", 0))
        if known_revision is not None and revision != known_revision:
            return PreconditionFailed(
                "The annotations of this asset have changed in the meantime.", current={"annotation_revision": revision}
            )
        kept: set[str] = set()
        for draft in drafts:
            annotation = self._drafts.check({**draft.annotation, "field": layer}, asset)
            present = self._stored.get(draft.annotation_id) if draft.annotation_id else None
            if draft.annotation_id is not None and present is None:
                return InvalidRequest(f"{draft.annotation_id} is not an annotation of {layer}; leave the id out.")
            annotation_id = present["_id"] if present else new_id()
            if annotation_id in kept:
                return InvalidRequest(f"{annotation_id} comes twice.")
            kept.add(annotation_id)
            after = present["revision"] + 1 if present else 1
            self._put(self._stamped(annotation, annotation_id, asset_id, "replaced", after), present)
        for annotation_id, present in self._stored.items():
            if annotation_id not in kept and present is not None:
                self._remove(present)
        touched = self._touched.setdefault(asset_id, _Touched())
        touched.layers.add(layer)
        if reviewed is not None:
            touched.reviewed[layer] = reviewed
        return {"annotation_revision": revision + 1}

    def _ready_asset(self, asset_id: str) -> Document:
        asset = self._assets.get(asset_id)
        if asset is None:
            raise NoSuchAsset("There is no such asset.")
        if asset["status"] != "ready":
            raise AssetNotReady(f"Only a ready asset is annotated; this one is {asset['status']}.")
        return asset

    def _current(self, annotation_id: str, revision: int, attempted: Any) -> Document:
        present = self._now.get(annotation_id)
        if present is None or present["project"] != self._project:
            raise no_such_annotation()
        if present["revision"] != revision:
            raise self._changed(present, attempted)
        return present

    def _changed(self, present: Document, attempted: Any) -> Problem:
        """Keep the attempt in the history, so that nothing that somebody wrote is lost, and return the refusal."""
        if present["project"] != self._project:
            return PreconditionFailed("This annotation id is taken.")
        self._past.append(history.refusal(present, self._author, attempted))
        return PreconditionFailed(
            f"The annotation is at revision {present['revision']} now.", current=history.public(present)
        )

    def _stamped(self, annotation: Document, annotation_id: str, asset_id: str, kind: str, revision: int) -> Document:
        author, present = self._author, self._now.get(annotation_id)
        tool = author.tool or annotation.get("tool")
        return {
            "_id": annotation_id,
            "project": self._project,
            "asset_id": asset_id,
            **annotation,
            "revision": revision,
            "change": {"kind": kind, "by": author.subject, "at": author.at, **({"tool": tool} if tool else {})},
            "created_at": present["created_at"] if present else author.at,
            "created_by": present["created_by"] if present else author.subject,
            "updated_at": author.at,
            "updated_by": author.subject,
            "schema_version": SCHEMA_VERSION,
        }

    def _put(self, annotation: Document, present: Document | None) -> None:
        touched = self._touch(annotation)
        if present is None:
            touched.created.append(annotation)
            touched.counts["created"] += 1
        else:
            self._touch(present).counts["updated"] += 1
            self._past.append(history.past(present))
        self._now[annotation["_id"]] = annotation

    def _remove(self, present: Document) -> Document:
        self._touch(present).counts["deleted"] += 1
        gone = {**present, "revision": present["revision"] + 1, "deleted_at": self._author.at}
        self._past += [history.past(present), history.tombstone(present, self._author)]
        self._now[present["_id"]] = None
        self._last_revision[present["_id"]] = gone["revision"]
        return gone

    def _touch(self, annotation: Document) -> _Touched:
        touched = self._touched.setdefault(annotation["asset_id"], _Touched())
        touched.layers.add(annotation["field"])
        return touched

    def _revision_after(self, annotation_id: str) -> int:
        return self._last_revision.get(annotation_id, 0) + 1

    # writing

    def store(self) -> None:
        """Write what was worked out: annotations, then their history, then their assets."""
        new, changes = [], list[ReplaceOne[Document] | DeleteOne]()
        for annotation_id, annotation in self._now.items():
            before = self._stored.get(annotation_id)
            if annotation is before:
                continue
            if before is None and annotation is not None:
                new.append(annotation)
            elif annotation is not None:
                changes.append(ReplaceOne({"_id": annotation_id}, annotation))
            else:
                changes.append(DeleteOne({"_id": annotation_id}))
        if new:
            self._database.annotations.insert_many(new, ordered=False, session=self._session)
        if changes:
            self._database.annotations.bulk_write(changes, ordered=False, session=self._session)
        if self._past:
            self._database.annotation_revisions.insert_many(self._past, ordered=False, session=self._session)
        if self._touched:
            updates = [self._asset_update(asset_id, summary_) for asset_id, summary_ in self._summaries().items()]
            self._database.assets.bulk_write(updates, ordered=False, session=self._session)

    def _summaries(self) -> dict[str, list[summary.Entry]]:
        grown = {asset_id for asset_id, touched in self._touched.items() if touched.only_grew}
        summaries = {
            asset_id: summary.merge(self._assets[asset_id].get("label_summary", []), self._touched[asset_id].created)
            for asset_id in grown
        }
        if changed := sorted(set(self._touched) - grown):
            groups = [{"$match": {"asset_id": {"$in": changed}}}, *summary.GROUP]
            counted = summary.from_groups(self._database.annotations.aggregate(groups, session=self._session))
            summaries |= {asset_id: counted.get(asset_id, []) for asset_id in changed}
        return summaries

    def _asset_update(self, asset_id: str, summary_: list[summary.Entry]) -> UpdateOne:
        touched, author = self._touched[asset_id], self._author
        revision = int(self._assets[asset_id].get("annotation_revision", 0)) + 1
        told = {
            "asset_id": asset_id,
            "annotation_revision": revision,
            "fields": sorted(touched.layers),
            **{f"{kind}_count": count for kind, count in touched.counts.items()},
        }
        event = pending_event("AnnotationsChanged", self._project, (asset_id, str(revision)), author.at, told)
        values = {"label_summary": summary_, "annotation_revision": revision, "updated_at": author.at}
        if self._assets[asset_id].get("counted"):
            values["counted.status"] = tally.STALE
        change: Document = {"$set": values, "$push": {"pending_events": event}}
        for layer, is_reviewed in touched.reviewed.items():
            change["$addToSet" if is_reviewed else "$pull"] = {
                **change.get("$addToSet" if is_reviewed else "$pull", {}),
                "reviewed_fields": layer,
            }
        return UpdateOne({"_id": asset_id}, change)


def merged_draft(present: Document, changes: Document) -> Document:
    """Return an annotation as a caller would write it anew after some changes (RFC 7386); raises nothing."""
    draft = {name: value for name, value in history.public(present).items() if name in WRITABLE}
    if GEOMETRY & changes.keys():
        draft = {name: value for name, value in draft.items() if name not in GEOMETRY}
    draft.update(changes)
    return {name: value for name, value in draft.items() if value is not None}


def no_such_annotation() -> NoSuchAnnotation:
    return NoSuchAnnotation("There is no such annotation.")


def _batches(documents: Iterable[Document], size: int) -> Iterable[list[Document]]:
    batch: list[Document] = []
    for each in documents:
        batch.append(each)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
