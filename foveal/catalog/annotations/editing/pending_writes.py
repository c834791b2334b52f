"""Pending writes of an edit: annotations, entries of their history and changes of assets, until `flush` writes them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from foveal.catalog.annotations import history, label_summary
from foveal.catalog.annotations.editing.loading import Loaded
from foveal.catalog.assets import no_such_annotation
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.errors import InvalidRequest, PreconditionFailed, Problem


@dataclass(slots=True)
class AssetChanges:
    """Changes to the annotations of one asset."""

    created: list[Document] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"created": 0, "updated": 0, "deleted": 0})
    layers: set[str] = field(default_factory=set)
    reviewed: tuple[str, bool] | None = None
    """The layer that is stated as reviewed, or as not reviewed."""

    @property
    def only_grew(self) -> bool:
        return not self.counts["updated"] + self.counts["deleted"]


class PendingWrites:
    """Annotations by `_id` as they will be (None: deleted), entries of the history by `_id`, changes by asset `_id`."""

    def __init__(self, project: str, author: Author, loaded: Loaded) -> None:
        self.project, self.author = project, author
        self.assets = loaded.assets
        self.history: dict[str, Document] = {}
        self.changes: dict[str, AssetChanges] = {}
        self._labels: dict[str, Counter[label_summary.Key]] = {}
        self._before = loaded.annotations
        self._after: dict[str, Document | None] = {}
        self._last_revisions = dict(loaded.last_revisions)

    def annotation(self, annotation_id: str) -> Document | None:
        """Return an annotation as it will be."""
        if annotation_id in self._after:
            return self._after[annotation_id]
        return self._before.get(annotation_id)

    def last_revision(self, annotation_id: str) -> int | None:
        """Return the number of the last revision of a deleted annotation, None for one that was never deleted."""
        return self._last_revisions.get(annotation_id)

    def put(self, annotation: Document) -> None:
        """Insert an annotation, or replace the state of it that is there.

        Raises InvalidRequest when the asset would have more labels than its summary holds.
        """
        present = self.annotation(annotation["_id"])
        self._check_labels(annotation, present)
        changes = self.changes_of(annotation["asset_id"], annotation["field"])
        if present is None:
            changes.created.append(annotation)
            changes.counts["created"] += 1
        else:
            changes.counts["updated"] += 1
            self._discount(present)
            self._keep(history.past(present))
        self._labels_of(annotation["asset_id"])[label_summary.key_of(annotation)] += 1
        self._after[annotation["_id"]] = annotation

    def delete(self, present: Document) -> Document:
        """Delete an annotation; return its last state with the new revision."""
        self._discount(present).counts["deleted"] += 1
        gone = {**present, "revision": present["revision"] + 1, "deleted_at": self.author.at}
        self._keep(history.past(present))
        self._keep(history.tombstone(present, self.author))
        self._after[present["_id"]] = None
        self._last_revisions[present["_id"]] = gone["revision"]
        return gone

    def at_revision(self, annotation_id: str, revision: int, attempted: Any) -> Document:
        """Return an annotation as it will be, for a change that expects it at a revision.

        Raises NoSuchAnnotation; PreconditionFailed at another revision, InvalidRequest when the attempt cannot be kept.
        """
        present = self.annotation(annotation_id)
        if present is None:
            raise no_such_annotation()
        if present["revision"] != revision:
            raise self._refusal(present, attempted)
        return present

    def check_absent(self, annotation_id: str, attempted: Any) -> None:
        """Raise PreconditionFailed when an annotation is there, InvalidRequest when the attempt cannot be kept."""
        present = self.annotation(annotation_id)
        if present is not None:
            raise self._refusal(present, attempted)

    def changes_of(self, asset_id: str, layer: str) -> AssetChanges:
        """Return the changes to an asset, of which one is in the given layer."""
        changes = self.changes.get(asset_id)
        if changes is None:
            changes = self.changes[asset_id] = AssetChanges()
        changes.layers.add(layer)
        return changes

    def inserted(self) -> list[Document]:
        """Return the annotations to insert."""
        return [each for each in self._after.values() if each is not None and each["_id"] not in self._before]

    def replaced(self) -> list[Document]:
        """Return the annotations to write in place of those with the same `_id`."""
        return [each for each in self._after.values() if each is not None and each["_id"] in self._before]

    def deleted(self) -> list[str]:
        """Return the `_id`s of the annotations to delete."""
        return [name for name, each in self._after.items() if each is None and name in self._before]

    def _discount(self, present: Document) -> AssetChanges:
        """Take an annotation out of the labels of its asset; return the asset's changes."""
        labels, key = self._labels_of(present["asset_id"]), label_summary.key_of(present)
        labels[key] -= 1
        if labels[key] <= 0:
            del labels[key]
        return self.changes_of(present["asset_id"], present["field"])

    def _check_labels(self, annotation: Document, present: Document | None) -> None:
        labels, key = self._labels_of(annotation["asset_id"]), label_summary.key_of(annotation)
        leaves = present is not None and labels[label_summary.key_of(present)] == 1
        if key not in labels and len(labels) - leaves >= label_summary.MAX_ENTRIES:
            raise InvalidRequest(
                f"The asset has {len(labels)} different labels already, counted by field, label and type; "
                f"{label_summary.MAX_ENTRIES} is the most."
            )

    def _labels_of(self, asset_id: str) -> Counter[label_summary.Key]:
        """Return how many annotations an asset will have of each field, label and type."""
        if asset_id not in self._labels:
            summary = self.assets[asset_id].get("label_summary", [])
            self._labels[asset_id] = Counter({label_summary.key_of(entry): entry["count"] for entry in summary})
        return self._labels[asset_id]

    def _refusal(self, present: Document, attempted: Any) -> Problem:
        """Keep an attempt in the history, so that nothing that somebody wrote is lost, and return its refusal."""
        try:
            self._keep(history.refusal(present, self.author, attempted))
        except ValueError as error:
            return InvalidRequest(f"The change {error}.")
        return PreconditionFailed(
            f"The annotation is at revision {present['revision']} now.", current=history.public(present)
        )

    def _keep(self, entry: Document) -> None:
        self.history[entry["_id"]] = entry
