"""Unit of work: operations applied one after the other, so that later ones see the results of earlier ones.

Each goes one way: it is resolved into a change against the working copy, validated, and recorded as a pending write.
"""

import math
from collections.abc import Sequence

from foveal.catalog.annotations.editing.changes import Draft, Resolved
from foveal.catalog.annotations.editing.loading import WorkingCopy
from foveal.catalog.annotations.editing.pending_writes import PendingWrites
from foveal.catalog.annotations.editing.resolution import resolve, resolve_layer
from foveal.catalog.annotations.editing.validation import AnnotationValidator
from foveal.catalog.annotations.operations import Create, Operation, Outcome
from foveal.catalog.author import Author
from foveal.database.catalog_documents import AnnotationDocument
from foveal.errors import Problem


class UnitOfWork:
    """The changes of one transaction to annotations of one project; `pending` is what is to be written."""

    def __init__(
        self,
        project: str,
        author: Author,
        validator: AnnotationValidator,
        copy: WorkingCopy,
        max_bytes: float = math.inf,
    ) -> None:
        self.pending = PendingWrites(project, author, copy, max_bytes)
        self._validator, self._copy = validator, copy

    def apply_all(self, operations: Sequence[Operation | Problem], ordered: bool) -> list[Outcome]:
        """Apply operations; return an outcome for each. With `ordered`, nothing after the first Problem is tried.

        Raises TooLargeTogetherError when they write more than `max_bytes` together.
        """
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
        removals, replaced = resolve_layer(asset_id, layer, drafts, known_revision, self._copy)
        for removal in removals:
            self._carry_out(removal)
        for position, draft in enumerate(replaced):
            try:
                self._carry_out(draft)
            except Problem as problem:
                raise type(problem)(f"annotations.{position}: {problem.detail}") from None
        self.pending.record_layer(asset_id, layer, reviewed)
        return self.pending.next_revision(asset_id)

    def _apply(self, operation: Operation) -> Outcome:
        try:
            return self._carry_out(resolve(operation, self._copy))
        except Problem as problem:
            return problem

    def _carry_out(self, change: Resolved) -> AnnotationDocument:
        """Record a change; return the annotation as it is to be stored, or its last state. Raises Problem."""
        return self.pending.record(self._validator.validated(change) if isinstance(change, Draft) else change)
