"""What operations do to annotations, worked out in memory from what a transaction has read.

Operations are carried out one after the other, so that later ones see what earlier ones have done; nothing is written
here, see `foveal.catalog.annotations.flush`.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final

from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.catalog.annotations import history
from foveal.catalog.annotations import ids as identity
from foveal.catalog.annotations.models import GEOMETRY, WRITABLE
from foveal.catalog.annotations.operations import Create, Delete, Operation, Outcome, Restore, Update
from foveal.catalog.annotations.validation import Drafts
from foveal.catalog.assets import no_such_annotation, no_such_asset
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.errors import AssetNotReady, InvalidRequest, NoSuchAnnotation, PreconditionFailed, Problem
from foveal.ids import new_id
from foveal.validation.values import MAX_DEPTH, depth

_WHERE: Final = GEOMETRY | {"type", "rotation", "coordinate_frame"}
_ASSET: Final = dict.fromkeys(
    (
        *("project", "status", "media_type", "width", "height", "stored_width", "stored_height", "frame_count"),
        *("label_summary", "annotation_revision"),
    ),
    1,
) | {"counted": 1}


@dataclass(slots=True)
class Touched:
    """What has happened to one asset."""

    created: list[Document] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"created": 0, "updated": 0, "deleted": 0})
    layers: set[str] = field(default_factory=set)
    reviewed: dict[str, bool] = field(default_factory=dict)

    @property
    def only_grew(self) -> bool:
        return not self.counts["updated"] + self.counts["deleted"]


class Worksheet:
    """One transaction's worth: annotations by `_id` before and now (None: not there), and what that does to assets."""

    def __init__(
        self, database: Database[Document], session: ClientSession, project: str, author: Author, drafts: Drafts
    ) -> None:
        self._database, self._session = database, session
        self.project, self.author, self._drafts = project, author, drafts
        self.assets: dict[str, Document] = {}
        self.before: dict[str, Document | None] = {}
        self.now: dict[str, Document | None] = {}
        self._ids: dict[str, str] = {}
        self._last_revision: dict[str, int] = {}
        self.past: list[Document] = []
        self.touched: dict[str, Touched] = {}

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

    def _load(self, operations: Sequence[Operation]) -> None:
        names = {each.annotation_id for each in operations if each.annotation_id is not None}
        if names:
            self._load_named(names)
        self.now = dict(self.before)
        self._load_assets(
            {each.asset_id for each in operations if isinstance(each, Create)}
            | {each["asset_id"] for each in self.before.values() if each is not None}
        )

    def _load_named(self, names: Set[str]) -> None:
        ids = [each for name in sorted(names) for each in identity.candidates(name, [self.project])]
        wanted = {"_id": {"$in": ids}, "project": self.project}
        self.before = {each["_id"]: each for each in self._database.annotations.find(wanted, session=self._session)}
        self._last_revision = history.last_revisions(
            self._database, set(ids) - self.before.keys(), self.project, self._session
        )
        present = (*self._last_revision, *self.before)
        self._ids = {name: identity.named(name, self.project) for name in names}
        self._ids |= {identity.public(stored_id): stored_id for stored_id in present}

    def load_layer(self, asset_id: str, layer: str) -> None:
        found = self._database.annotations.find({"asset_id": asset_id, "field": layer}, session=self._session)
        self.before = {each["_id"]: each for each in found}
        self.now = dict(self.before)
        self._load_assets({asset_id})

    def _load_assets(self, ids: Iterable[str]) -> None:
        wanted = {"_id": {"$in": sorted(ids)}, "project": self.project}
        self.assets |= {each["_id"]: each for each in self._database.assets.find(wanted, _ASSET, session=self._session)}

    def _create(self, operation: Create) -> Document:
        asset = self._ready_asset(operation.asset_id)
        annotation_id = self._ids[operation.annotation_id] if operation.annotation_id else new_id()
        present = self.now.get(annotation_id)
        if present is not None:
            raise self._changed(present, operation.annotation)
        annotation = self._drafts.check(operation.annotation, asset)
        revision = self._revision_after(annotation_id)
        created = self._stamped(annotation, annotation_id, asset["_id"], "created", revision, None)
        self._put(created, None)
        return created

    def _update(self, operation: Update) -> Document:
        present = self._current(operation.annotation_id, operation.revision, operation.changes)
        asset = self._ready_asset(present["asset_id"])
        if depth(operation.changes) > MAX_DEPTH + 1:
            raise InvalidRequest(f"The change nests deeper than {MAX_DEPTH + 1} levels.")
        stays = not _WHERE & operation.changes.keys()
        annotation = self._drafts.check(merged_draft(present, operation.changes), asset, is_placed=stays)
        if "origin" in annotation:
            annotation["origin"]["edited"] = True
        revision = present["revision"] + 1
        updated = self._stamped(annotation, present["_id"], present["asset_id"], "updated", revision, present)
        self._put(updated, present)
        return updated

    def _delete(self, operation: Delete) -> Document:
        present = self._current(operation.annotation_id, operation.revision, None)
        return self._remove(present)

    def _restore(self, operation: Restore) -> Document:
        annotation_id = self._ids[operation.annotation_id]
        present = self.now.get(annotation_id)
        if present is not None:
            self._current(operation.annotation_id, operation.revision, {"restore": operation.to})
        elif (last := self._last_revision.get(annotation_id)) is None:
            raise no_such_annotation()
        elif operation.revision != last:
            raise PreconditionFailed("The annotation was deleted.", current={"revision": last, "deleted": True})
        wanted = operation.revision - 1 if operation.to is None else operation.to
        past = self._past_entry(annotation_id, wanted) if wanted else {}
        if past is None or (present is None and "state" not in past):
            raise NoSuchAnnotation("There is no such revision to go back to.")
        if present is not None and "state" not in past:  # it was not there then
            return self._remove(present)
        return self._bring_back(past["state"], present)

    def _past_entry(self, annotation_id: str, revision: int) -> Document | None:
        """Return the history's entry for a revision, also where this transaction has yet to write it."""
        entry_id = history.entry_id(annotation_id, revision)
        for entry in self.past:
            if entry["_id"] == entry_id:
                return entry
        return self._database.annotation_revisions.find_one({"_id": entry_id}, session=self._session)

    def _bring_back(self, past: Document, present: Document | None) -> Document:
        if present is not None and present["asset_id"] != past["asset_id"]:
            raise InvalidRequest("That revision is of another asset; delete the annotation, then restore it.")
        self._load_assets({past["asset_id"]})
        asset = self._ready_asset(past["asset_id"])
        annotation = {name: past[name] for name in past if name in WRITABLE or name == "bbox_area"}
        self._drafts.enforce(annotation)
        revision = self._revision_after(past["_id"]) if present is None else present["revision"] + 1
        restored = self._stamped(annotation, past["_id"], asset["_id"], "restored", revision, past)
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
        called = {identity.public(each["_id"]): each for each in self.before.values() if each is not None}
        for at, draft in enumerate(drafts):
            annotation = self._checked(at, {**draft.annotation, "field": layer}, asset)
            present = called.get(draft.annotation_id) if draft.annotation_id else None
            if draft.annotation_id is not None and present is None:
                return InvalidRequest(f"{draft.annotation_id} is not an annotation of {layer}; leave the id out.")
            annotation_id = present["_id"] if present else new_id()
            if annotation_id in kept:
                return InvalidRequest(f"{draft.annotation_id} comes twice.")
            kept.add(annotation_id)
            after = present["revision"] + 1 if present else 1
            self._put(self._stamped(annotation, annotation_id, asset_id, "replaced", after, present), present)
        for annotation_id, present in self.before.items():
            if annotation_id not in kept and present is not None:
                self._remove(present)
        touched = self.touched.setdefault(asset_id, Touched())
        touched.layers.add(layer)
        if reviewed is not None:
            touched.reviewed[layer] = reviewed
        return {"annotation_revision": revision + 1}

    def _checked(self, at: int, draft: Document, asset: Document) -> Document:
        try:
            return self._drafts.check(draft, asset)
        except Problem as problem:
            raise type(problem)(f"annotations.{at}: {problem.detail}") from None

    def _ready_asset(self, asset_id: str) -> Document:
        asset = self.assets.get(asset_id)
        if asset is None:
            raise no_such_asset()
        if asset["status"] != "ready":
            raise AssetNotReady(f"Only a ready asset is annotated; this one is {asset['status']}.")
        return asset

    def _current(self, name: str, revision: int, attempted: Any) -> Document:
        present = self.now.get(self._ids[name])
        if present is None:
            raise no_such_annotation()
        if present["revision"] != revision:
            raise self._changed(present, attempted)
        return present

    def _changed(self, present: Document, attempted: Any) -> Problem:
        """Keep the attempt in the history, so that nothing that somebody wrote is lost, and return the refusal."""
        try:
            self.past.append(history.refusal(present, self.author, attempted))
        except ValueError as error:
            return InvalidRequest(f"The change {error}.")
        return PreconditionFailed(
            f"The annotation is at revision {present['revision']} now.", current=history.public(present)
        )

    def _stamped(
        self, annotation: Document, annotation_id: str, asset_id: str, kind: str, revision: int, before: Document | None
    ) -> Document:
        """Return an annotation as it is stored; `before` is the state from which it keeps who made it and when."""
        author = self.author
        tool = author.tool or annotation.get("tool")
        return {
            "_id": annotation_id,
            "project": self.project,
            "asset_id": asset_id,
            **annotation,
            "revision": revision,
            "change": {"kind": kind, "by": author.subject, "at": author.at, **({"tool": tool} if tool else {})},
            "created_at": before["created_at"] if before else author.at,
            "created_by": before["created_by"] if before else author.subject,
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
            self.past.append(history.past(present))
        self.now[annotation["_id"]] = annotation

    def _remove(self, present: Document) -> Document:
        self._touch(present).counts["deleted"] += 1
        gone = {**present, "revision": present["revision"] + 1, "deleted_at": self.author.at}
        self.past += [history.past(present), history.tombstone(present, self.author)]
        self.now[present["_id"]] = None
        self._last_revision[present["_id"]] = gone["revision"]
        return gone

    def _touch(self, annotation: Document) -> Touched:
        touched = self.touched.get(annotation["asset_id"])
        if touched is None:
            touched = self.touched[annotation["asset_id"]] = Touched()
        touched.layers.add(annotation["field"])
        return touched

    def _revision_after(self, annotation_id: str) -> int:
        return self._last_revision.get(annotation_id, 0) + 1


def merged_draft(present: Document, changes: Document) -> Document:
    """Return an annotation as a caller would write it anew after some changes (RFC 7386); raises nothing."""
    draft = {name: value for name, value in history.public(present).items() if name in WRITABLE}
    if GEOMETRY & changes.keys():
        draft = {name: value for name, value in draft.items() if name not in GEOMETRY}
    merged: Document = _merged(draft, changes)
    return merged


def _merged(target: Any, change: Any) -> Any:
    """Return a value with a change taken in: `MergePatch` of RFC 7386, section 2."""
    if not isinstance(change, dict):
        return change
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged
