"""Writes of annotations: the asset's label summary and revision can never disagree with its annotations.

A call is cut into transactions; each changes some annotations, keeps the states that they replace in the history, and
updates summary, revision and outbox of their assets. A writer that dies leaves all of it or nothing, whichever step it
died at; two writers of one asset are put in order by the server, the second one starts again from what the first has
left. A transaction loads documents (`editing.loading`), applies operations to them in memory (`editing.unit_of_work`)
and writes what is pending (`editing.flush`); two that have nothing in common are under way at a time
(`editing.batches`).
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from foveal.catalog.annotations.editing import batches, loading, sizes
from foveal.catalog.annotations.editing.changes import TooLargeTogetherError
from foveal.catalog.annotations.editing.flush import flush
from foveal.catalog.annotations.editing.unit_of_work import UnitOfWork
from foveal.catalog.annotations.editing.validation import AnnotationValidator
from foveal.catalog.annotations.operations import Create, Operation, Outcome
from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.catalog.author import Author
from foveal.database.catalog_documents import AnnotationDocument
from foveal.database.client import Document
from foveal.database.error_codes import DUPLICATE_KEY
from foveal.database.transactions import run_transaction
from foveal.errors import EntityTooLarge, Problem

Result = TypeVar("Result")
MAX_REPLACED_BYTES: Final = 16_000_000
"""As BSON. The replaced annotations are written once more, into the history."""


def write(
    database: Database[Document],
    project: str,
    author: Author,
    operations: Sequence[Operation | Problem],
    *,
    ordered: bool = False,
    clip: bool = False,
    masks: MaskStore,
) -> list[Outcome]:
    """Carry out operations on annotations of one project; return an outcome for each that was tried, in order.

    An operation that is a Problem already stays one. With `ordered`, nothing after the first Problem is tried.
    Raises ServiceUnavailable or PyMongoError when the outcome of the remaining operations is not known.
    """
    outcomes = stream(database, project, author, operations, ordered=ordered, clip=clip, masks=masks)
    return list(outcomes)


class Written(NamedTuple):
    """The annotation that an operation wrote, and the annotation revision that its asset has since."""

    annotation: AnnotationDocument
    annotation_revision: int


def write_one(
    database: Database[Document],
    project: str,
    author: Author,
    operation: Operation,
    *,
    clip: bool = False,
    masks: MaskStore,
) -> Written:
    """Carry out one operation; return the annotation, or its last state, and the asset's new annotation revision.

    Raises the Problem of the operation, ServiceUnavailable or PyMongoError when its outcome is not known.
    """

    def attempt(session: ClientSession) -> tuple[Outcome, int]:
        copy = loading.load(database, session, project, [operation], math.inf)
        validator = AnnotationValidator(database, session, project, clip=clip, masks=masks)
        work = UnitOfWork(project, author, validator, copy)
        (outcome,) = work.apply_all([operation], ordered=False)
        flush(work.pending, database, session)
        return outcome, 0 if isinstance(outcome, Problem) else work.pending.next_revision(outcome["asset_id"])

    outcome, revision = _run(database, attempt)
    if isinstance(outcome, Problem):
        raise outcome
    return Written(outcome, revision)


def stream(
    database: Database[Document],
    project: str,
    author: Author,
    operations: Iterable[Operation | Problem],
    *,
    ordered: bool = False,
    clip: bool = False,
    asset_events: bool = True,
    masks: MaskStore,
) -> Iterator[Outcome]:
    """As `write`, for any number of operations, which are taken as they are needed; what is yielded is done.

    Without `asset_events`, no AnnotationsChanged is published: the caller publishes one event of the whole.
    """

    def commit(part: Sequence[Operation | Problem], max_bytes: float = math.inf) -> list[Outcome]:
        def attempt(session: ClientSession) -> list[Outcome]:
            named = [each for each in part if not isinstance(each, Problem)]
            copy = loading.load(database, session, project, named, max_bytes)
            validator = AnnotationValidator(database, session, project, clip=clip, masks=masks)
            work = UnitOfWork(project, author, validator, copy, max_bytes)
            outcomes = work.apply_all(part, ordered)
            flush(work.pending, database, session, asset_events=asset_events)
            return outcomes

        return _run(database, attempt)

    def commits(part: Sequence[Operation | Problem]) -> Iterator[list[Outcome]]:
        limit = batches.BYTES_IN_TRANSACTION
        try:
            yield commit(part, limit if len(part) > 1 else math.inf)
        except TooLargeTogetherError:
            yield from map(commit, batches.by_size(part, sizes.bytes_of_each(database, project, part), limit))

    def carry_out(part: Sequence[Operation | Problem]) -> list[Outcome]:
        return list(itertools.chain.from_iterable(commits(part)))

    parts = batches.cut(operations)
    if ordered:
        return _until_problem(itertools.chain.from_iterable(map(commits, parts)))
    return batches.overlapped(parts, carry_out)


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
    asset_events: bool = True,
    masks: MaskStore,
) -> int:
    """Make the given annotations all that a layer of an asset has, at once; return the asset's new revision.

    Those under an id that the layer has already are new revisions of it, so that tracks and references stay. Raises
    PreconditionFailed when the asset's annotations are not at `known_revision` any more, InvalidRequest (with the
    position) for a draft that is not possible, EntityTooLarge for a layer that one transaction cannot replace; then
    nothing is written.
    """
    asset_id, project = asset["_id"], asset["project"]
    if sizes.layer_bytes(database, asset_id, layer) > MAX_REPLACED_BYTES:
        raise EntityTooLarge(
            f"The annotations of {layer} are larger than {MAX_REPLACED_BYTES} bytes, too much to replace in one step; "
            "change or delete some of them with annotations/bulk before."
        )

    def attempt(session: ClientSession) -> int:
        copy = loading.load_layer(database, session, project, asset_id, layer)
        validator = AnnotationValidator(database, session, project, clip=clip, masks=masks)
        work = UnitOfWork(project, author, validator, copy)
        revision = work.replace_layer(asset_id, layer, drafts, known_revision, reviewed)
        flush(work.pending, database, session, asset_events=asset_events)
        return revision

    return _run(database, attempt)


def _until_problem(results: Iterable[list[Outcome]]) -> Iterator[Outcome]:
    for outcomes in results:
        yield from outcomes
        if isinstance(outcomes[-1], Problem):
            break


def _run(database: Database[Document], attempt: Callable[[ClientSession], Result]) -> Result:
    try:
        return run_transaction(database, attempt)
    except (DuplicateKeyError, BulkWriteError) as error:
        codes = {each["code"] for each in (error.details or {}).get("writeErrors", [error.details or {}])}
        if codes != {DUPLICATE_KEY}:
            raise
        return run_transaction(database, attempt)  # somebody made the same id at the same moment: this time it is seen
