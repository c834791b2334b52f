"""Unit of work: annotation operations applied in memory to the documents that a transaction has loaded.

Operations are applied one after the other, so that later ones see the results of earlier ones. Each goes one way: it is
resolved into a change, the change is validated, and becomes a pending write.
"""

from collections import Counter
from collections.abc import Sequence

from foveal.catalog.annotations import ids
from foveal.catalog.annotations.editing.loading import Loaded
from foveal.catalog.annotations.editing.pending_writes import PendingWrites
from foveal.catalog.annotations.editing.resolution import Change, Put, Removal, ready_asset, resolve
from foveal.catalog.annotations.editing.validation import AnnotationValidator
from foveal.catalog.annotations.geometry import DISPLAY_MARK
from foveal.catalog.annotations.operations import Create, Operation, Outcome
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.ids import new_id
from foveal.errors import InvalidRequest, PreconditionFailed, Problem


class UnitOfWork:
    """The changes of one transaction to annotations of one project; `pending` is what is to be written."""

    def __init__(self, project: str, author: Author, validator: AnnotationValidator, loaded: Loaded) -> None:
        self.pending = PendingWrites(project, author, loaded)
        self._author, self._validator, self._loaded = author, validator, loaded

    def apply_all(self, operations: Sequence[Operation | Problem], ordered: bool) -> list[Outcome]:
        """Apply operations; return an outcome for each. With `ordered`, nothing after the first Problem is tried."""
        outcomes: list[Outcome] = []
        for operation in operations:
            outcomes.append(operation if isinstance(operation, Problem) else self._apply(operation))
            if ordered and isinstance(outcomes[-1], Problem):
                break
        return outcomes

    def replace_layer(
        self, asset_id: str, layer: str, drafts: Sequence[Create], known_revision: int | None, reviewed: bool | None
    ) -> int:
        """Make drafts all that a layer of an asset has; return the asset's new annotation revision.

        Raises PreconditionFailed, and InvalidRequest with the position of a draft that is not possible.
        """
        asset = ready_asset(self._loaded, asset_id)
        revision = int(asset.get("annotation_revision", 0))
        if known_revision not in (None, revision):
            raise PreconditionFailed(
                "The annotations of this asset have changed in the meantime.", current={"annotation_revision": revision}
            )
        present = self._named(layer, drafts)
        for annotation_id in self._loaded.annotations.keys() - {each["_id"] for each in present if each is not None}:
            self.pending.delete(self._loaded.annotations[annotation_id])
        for at, (draft, before) in enumerate(zip(drafts, present, strict=True)):
            annotation_id = before["_id"] if before else new_id()
            annotation = {**draft.annotation, "field": layer}
            self._carry_out_at(at, Put("replaced", asset, annotation_id, annotation, before, made_from=before))
        changes = self.pending.changes_of(asset_id, layer)
        if reviewed is not None:
            changes.reviewed = layer, reviewed
        return revision + 1

    def _named(self, layer: str, drafts: Sequence[Create]) -> list[Document | None]:
        """Return the annotation of the layer that each draft names, None for one without an id.

        Raises InvalidRequest for an id that the layer does not have, or that comes twice.
        """
        by_name = {ids.public(each["_id"]): each for each in self._loaded.annotations.values()}
        names = [each.annotation_id for each in drafts if each.annotation_id is not None]
        for name, count in Counter(names).items():
            if name not in by_name:
                raise InvalidRequest(f"{name} is not an annotation of {layer}; leave the id out.")
            if count > 1:
                raise InvalidRequest(f"{name} comes twice.")
        return [None if each.annotation_id is None else by_name[each.annotation_id] for each in drafts]

    def _apply(self, operation: Operation) -> Outcome:
        try:
            return self._carry_out(resolve(operation, self._loaded, self.pending))
        except Problem as problem:
            return problem

    def _carry_out_at(self, position: int, change: Change) -> None:
        try:
            self._carry_out(change)
        except Problem as problem:
            raise type(problem)(f"annotations.{position}: {problem.detail}") from None

    def _carry_out(self, change: Change) -> Document:
        """Add a change to the pending writes; return the annotation as it is stored, or its last state."""
        if isinstance(change, Removal):
            return self.pending.delete(change.present)
        stored = self._stamped(change, self._validated(change))
        self.pending.put(stored)
        return stored

    def _validated(self, change: Put) -> Document:
        if change.form == "stored":
            self._validator.enforce(change.annotation)
            return change.annotation
        annotation = self._validator.check(change.annotation, change.asset, is_placed=change.form == "placed")
        if change.form == "placed" and change.present and DISPLAY_MARK[0] in change.present:
            annotation |= dict([DISPLAY_MARK])
        if change.kind == "updated" and "origin" in annotation:
            annotation["origin"]["edited"] = True
        return annotation

    def _stamped(self, change: Put, annotation: Document) -> Document:
        """Return an annotation with its ids, revision, author and times."""
        author, made_from = self._author, change.made_from
        tool = author.tool or annotation.get("tool")
        before = change.present["revision"] if change.present else self.pending.last_revision(change.annotation_id)
        return {
            "_id": change.annotation_id,
            "project": self.pending.project,
            "asset_id": change.asset["_id"],
            **annotation,
            "revision": (before or 0) + 1,
            "change": {"kind": change.kind, "by": author.subject, "at": author.at, **({"tool": tool} if tool else {})},
            "created_at": made_from["created_at"] if made_from else author.at,
            "created_by": made_from["created_by"] if made_from else author.subject,
            "updated_at": author.at,
            "updated_by": author.subject,
            "schema_version": SCHEMA_VERSION,
        }
