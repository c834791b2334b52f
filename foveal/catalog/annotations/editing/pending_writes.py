"""Pending writes of an edit: annotations, entries of their history and changes of assets, until `flush` writes them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, cast

from foveal.catalog.annotations import history, label_summary
from foveal.catalog.annotations.editing.changes import Change, Put, Refusal, Removal, TooLargeTogetherError
from foveal.catalog.annotations.editing.loading import WorkingCopy
from foveal.catalog.annotations.editing.reviews import signed
from foveal.catalog.author import Author
from foveal.database.catalog_documents import AnnotationDocument, RevisionDocument
from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.errors import InvalidRequest, PreconditionFailed, Problem

MAX_REVIEWED: Final = 2_000
"""Of an asset, whose document and answers name them all: as many as there may be labels."""


@dataclass(slots=True)
class AssetChanges:
    """Changes to the annotations of one asset."""

    created: list[AnnotationDocument] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"created": 0, "updated": 0, "deleted": 0})
    layers: set[str] = field(default_factory=set)
    reviewed: tuple[str, bool] | None = None
    """The layer that is stated as reviewed, or as not reviewed."""

    @property
    def only_grew(self) -> bool:
        return not self.counts["updated"] + self.counts["deleted"]


class PendingWrites:
    """Changes to write: annotations, entries of the history by `_id`, assets by `_id`, kept in the working copy."""

    def __init__(self, project: str, author: Author, copy: WorkingCopy, max_bytes: float) -> None:
        self.project, self.author = project, author
        self._bytes_left = max_bytes
        self.assets = copy.assets
        self.history: dict[str, RevisionDocument] = {}
        self.changes: dict[str, AssetChanges] = {}
        self._copy = copy
        self._labels: dict[str, Counter[label_summary.Key]] = {}
        self._loaded = frozenset(copy.annotations)
        self._changed: dict[str, None] = {}

    def record(self, change: Change) -> AnnotationDocument:
        """Record a change; return the annotation as it is to be stored, or its last state with the new revision.

        Raises InvalidRequest when the asset would have more labels than its summary holds, the Problem of a refusal;
        TooLargeTogetherError.
        """
        match change:
            case Put():
                self._bytes_left -= change.size_bytes
                if self._bytes_left < 0:
                    raise TooLargeTogetherError
                return self._put(self._stamped(change), change.draft.present)
            case Removal():
                return self._delete(change.present)
            case Refusal():
                raise self._refused(change)

    def record_layer(self, asset_id: str, layer: str, reviewed: bool | None) -> None:
        """Record that a layer was replaced, even by nothing, and whether it is stated as reviewed.

        Raises InvalidRequest for one reviewed layer more than an asset may have.
        """
        layers = self.assets[asset_id].get("reviewed_fields", [])
        if reviewed and layer not in layers and len(layers) >= MAX_REVIEWED:
            raise InvalidRequest(f"The asset has {len(layers)} reviewed layers already; {MAX_REVIEWED} is the most.")
        changes = self._changes_of(asset_id, layer)
        if reviewed is not None:
            changes.reviewed = layer, reviewed

    def next_revision(self, asset_id: str) -> int:
        """Return the annotation revision that an asset will have."""
        return int(self.assets[asset_id].get("annotation_revision", 0)) + 1

    def inserted(self) -> list[AnnotationDocument]:
        """Return the annotations to insert."""
        return [self._copy.annotations[each] for each in self._kept() if each not in self._loaded]

    def replaced(self) -> list[AnnotationDocument]:
        """Return the annotations to write in place of those with the same `_id`."""
        return [self._copy.annotations[each] for each in self._kept() if each in self._loaded]

    def deleted(self) -> list[str]:
        """Return the `_id`s of the annotations to delete."""
        return [each for each in self._changed if each in self._loaded and each not in self._copy.annotations]

    def _kept(self) -> Iterable[str]:
        return (each for each in self._changed if each in self._copy.annotations)

    def _put(self, annotation: AnnotationDocument, present: AnnotationDocument | None) -> AnnotationDocument:
        """Insert an annotation, or replace the state of it that is there."""
        annotation_id, asset_id = annotation["_id"], annotation["asset_id"]
        labels, key = self._labels_of(asset_id), label_summary.key_of(annotation)
        leaves = present is not None and labels[label_summary.key_of(present)] == 1
        if key not in labels and len(labels) - leaves >= label_summary.MAX_ENTRIES:
            raise InvalidRequest(
                f"The asset has {len(labels)} different labels already, counted by field, label and type; "
                f"{label_summary.MAX_ENTRIES} is the most."
            )
        changes = self._changes_of(asset_id, annotation["field"])
        if present is None:
            changes.created.append(annotation)
            changes.counts["created"] += 1
        else:
            changes.counts["updated"] += 1
            self._discount(present)
            self._keep(history.past(present))
        labels[key] += 1
        self._changed[annotation_id] = None
        self._copy.annotations[annotation_id] = annotation
        return annotation

    def _stamped(self, change: Put) -> AnnotationDocument:
        """Return an annotation with its ids, revision, author and times."""
        author, draft = self.author, change.draft
        made_from, annotation_id = draft.made_from, draft.annotation_id
        last = draft.present["revision"] if draft.present else self._copy.last_revisions.get(annotation_id, 0)
        tool = author.tool or change.annotation.get("tool")
        is_restored = draft.kind == "restored"
        annotation = change.annotation if is_restored else signed(change.annotation, draft.present, author)
        stamped: Document = {
            "_id": annotation_id,
            "project": self.project,
            "asset_id": draft.asset["_id"],
            **annotation,
            "revision": last + 1,
            "change": {"kind": draft.kind, "by": author.subject, "at": author.at, **({"tool": tool} if tool else {})},
            "created_at": made_from["created_at"] if made_from else author.at,
            "created_by": made_from["created_by"] if made_from else author.subject,
            "updated_at": author.at,
            "updated_by": author.subject,
            "schema_version": SCHEMA_VERSION,
        }
        return cast("AnnotationDocument", stamped)

    def _delete(self, present: AnnotationDocument) -> AnnotationDocument:
        self._discount(present).counts["deleted"] += 1
        self._keep(history.past(present))
        self._keep(history.tombstone(present, self.author))
        annotation_id, revision = present["_id"], present["revision"] + 1
        self._changed[annotation_id] = None
        del self._copy.annotations[annotation_id]
        self._copy.last_revisions[annotation_id] = revision
        return {**present, "revision": revision, "deleted_at": self.author.at}

    def _refused(self, refusal: Refusal) -> Problem:
        """Keep an attempt in the history, so that nothing that somebody wrote is lost, and return its problem."""
        present = refusal.present
        try:
            self._keep(history.refusal(present, self.author, refusal.attempted))
        except ValueError as error:
            return InvalidRequest(f"The change {error}.")
        return PreconditionFailed(
            f"The annotation is at revision {present['revision']} now.", current=history.public(present)
        )

    def _changes_of(self, asset_id: str, layer: str) -> AssetChanges:
        """Return the changes to an asset, of which one is in the given layer."""
        changes = self.changes.get(asset_id)
        if changes is None:
            changes = self.changes[asset_id] = AssetChanges()
        changes.layers.add(layer)
        return changes

    def _discount(self, present: AnnotationDocument) -> AssetChanges:
        """Take an annotation out of the labels of its asset; return the asset's changes."""
        labels, key = self._labels_of(present["asset_id"]), label_summary.key_of(present)
        labels[key] -= 1
        if labels[key] <= 0:
            del labels[key]
        return self._changes_of(present["asset_id"], present["field"])

    def _labels_of(self, asset_id: str) -> Counter[label_summary.Key]:
        """Return how many annotations an asset will have of each field, label and type."""
        if asset_id not in self._labels:
            summary = self.assets[asset_id].get("label_summary", [])
            self._labels[asset_id] = Counter({label_summary.key_of(entry): entry["count"] for entry in summary})
        return self._labels[asset_id]

    def _keep(self, entry: RevisionDocument) -> None:
        self.history[entry["_id"]] = self._copy.history[entry["_id"]] = entry
