"""Writing annotations so that the asset's summary and revision can never disagree with them.

A call is cut into transactions; each changes some annotations, keeps the states that they replace in the history, and
updates summary, revision and outbox of their assets. A writer that dies leaves all of it or nothing, whichever step it
died at; two writers of one asset are put in order by the server, the second one starts again from what the first has
left. Within a transaction the operations are worked out in memory (`unit_of_work`) and then written (`flush`); two that
have nothing in common are under way at a time (`batches`).
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

import pymongo
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from foveal.catalog import label_counters
from foveal.catalog.annotations import batches, label_summary
from foveal.catalog.annotations.flush import store
from foveal.catalog.annotations.operations import Create, Operation, Outcome
from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.catalog.annotations.unit_of_work import Worksheet
from foveal.catalog.annotations.validation import Drafts
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.database.error_codes import DUPLICATE_KEY
from foveal.errors import Problem, ServiceUnavailable

Result = TypeVar("Result")
SECONDS: Final = 20
_UNSETTLED: Final = ("TransientTransactionError", "UnknownTransactionCommitResult")


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
    Raises PyMongoError when the outcome of the remaining operations is not known.
    """
    outcomes = stream(database, project, author, operations, ordered=ordered, clip=clip, masks=masks)
    return list(outcomes)


def stream(
    database: Database[Document],
    project: str,
    author: Author,
    operations: Iterable[Operation | Problem],
    *,
    ordered: bool = False,
    clip: bool = False,
    masks: MaskStore,
) -> Iterator[Outcome]:
    """As `write`, for any number of operations, which are taken as they are needed; what is yielded is done."""
    drafts = Drafts(database, project, clip=clip, masks=masks)

    def carry_out(part: Sequence[Operation | Problem]) -> list[Outcome]:
        work_out = functools.partial(Worksheet.all, operations=part, ordered=ordered)
        return _transaction(database, project, author, drafts, work_out)

    parts = batches.cut(operations)
    return _until_problem(map(carry_out, parts)) if ordered else batches.overlapped(parts, carry_out)


def _until_problem(results: Iterable[list[Outcome]]) -> Iterator[Outcome]:
    for outcomes in results:
        yield from outcomes
        if isinstance(outcomes[-1], Problem):
            break


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
    masks: MaskStore,
) -> int:
    """Make the given annotations all that a layer of an asset has, at once; return the asset's new revision.

    Those under an id that the layer has already are new revisions of it, so that tracks and references stay. Raises
    PreconditionFailed when the asset's annotations are not at `known_revision` any more, InvalidRequest (with the
    position) for a draft that is not possible.
    """

    def work_out(work: Worksheet) -> list[Outcome]:
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
        actual = label_summary.from_groups(
            database.annotations.aggregate([{"$match": {"asset_id": {"$in": ids}}}, *label_summary.GROUP])
        )
        differing = [each["_id"] for each in batch if each.get("label_summary", []) != actual.get(each["_id"], [])]
        repaired += [asset_id for asset_id in differing if _repair(database, asset_id)]
    return repaired


def _repair(database: Database[Document], asset_id: str) -> bool:
    """Recompute one summary as of now: the difference may have been a write in between."""

    def repair(session: ClientSession) -> bool:
        groups = [{"$match": {"asset_id": asset_id}}, *label_summary.GROUP]
        actual = label_summary.from_groups(database.annotations.aggregate(groups, session=session)).get(asset_id, [])
        change = {"$set": {"label_summary": actual}, "$inc": {"annotation_revision": 1}}
        differing = {"_id": asset_id, "label_summary": {"$ne": actual}}
        found = database.assets.update_one(differing, change, session=session)
        counted = {"_id": asset_id, "counted.status": {"$exists": True}}
        if found.modified_count:
            database.assets.update_one(counted, {"$set": {"counted.status": label_counters.STALE}}, session=session)
        return bool(found.modified_count)

    return _run(database, repair)


def _transaction(
    database: Database[Document],
    project: str,
    author: Author,
    drafts: Drafts,
    work_out: Callable[[Worksheet], list[Outcome]],
) -> list[Outcome]:
    def attempt(session: ClientSession) -> list[Outcome]:
        work = Worksheet(database, session, project, author, drafts)
        outcomes = work_out(work)
        store(work, database, session)
        return outcomes

    try:
        return _run(database, attempt)
    except (DuplicateKeyError, BulkWriteError) as error:
        codes = {each["code"] for each in (error.details or {}).get("writeErrors", [error.details or {}])}
        if codes != {DUPLICATE_KEY}:
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


def _batches(documents: Iterable[Document], size: int) -> Iterable[list[Document]]:
    batch: list[Document] = []
    for each in documents:
        batch.append(each)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
