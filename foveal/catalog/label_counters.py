"""Sharded counters of the labels of a project: exact at every read, without reading its assets.

`label_tally` holds, for each label of a project, how many annotations and how many ready assets have it; the entry
without a label holds how many ready assets there are. An entry is the sum of its slots: a writer adds to one at random,
so that writers seldom meet. Each asset remembers under `counted` what it has added.

Writers of annotations count what they change, in their own transaction. Whatever else has changed (a new asset, a
status, by anybody) is found by one index over `status` and `counted.status`, and added while reading: tally + what is
not counted yet, in one question to the server, answered from one snapshot, which groups assets that are alike. Counting
in is upkeep, a hundred times as dear: after a read that found much uncounted, and by the sweep of each minute, batch by
batch in transactions, so that no change is lost or taken twice. Somebody who meets others at the same assets leaves the
batch to them.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, NamedTuple, cast

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure

from foveal.database import typed
from foveal.database.catalog_documents import AssetDocument
from foveal.database.client import Document, unhurried
from foveal.database.error_codes import WRITE_CONFLICT
from foveal.database.schema import INDEX_PREFIX
from foveal.database.stored_documents import CountedMark, LabelMark
from foveal.database.transactions import run_transaction
from foveal.database.vocabulary import ASSET_STATUSES, SCHEMA_VERSION
from foveal.errors import ServiceUnavailable

STALE: Final = "stale"
"""The status under which an asset was counted whose summary was repaired since."""
SLOTS: Final = 32
MAX_UNCOUNTED: Final = 500
"""Assets that a read adds without counting any in."""
MAX_ADDED: Final = 300_000
"""Assets that a read adds, at 5 to 8 microseconds each; with more, reads of labels are refused until they are fewer."""
BATCH: Final = 1_000
_INDEX: Final = f"{INDEX_PREFIX}counted"
_SUM: Final = {"$group": {"_id": "$label", "annotations": {"$sum": "$annotations"}, "assets": {"$sum": "$assets"}}}
_FIELDS: Final = {"status": 1, "label_summary.label": 1, "label_summary.count": 1, "counted": 1}

Totals = dict[str | None, tuple[int, int]]
"""Annotations and assets for each label; under None the number of assets, twice."""


class Tally(NamedTuple):
    """The counts of a project, and the number of assets that were added to the counters to know them."""

    totals: Totals
    uncounted: int


class CountersStale(Exception):
    """More assets have changed than a read adds, until `catch_up` or `count_in` have counted most of them in."""


def labels(database: Database[Document], project: str, session: ClientSession) -> Tally:
    """Return the counts of all ready assets of a project, as a snapshot session sees them. Raises CountersStale."""
    ready, gone = _uncounted_conditions(project)
    stages: list[Document] = [
        *_some(ready),
        {"$unionWith": {"coll": "assets", "pipeline": _some(gone)}},
        {"$unionWith": {"coll": "label_tally", "pipeline": [{"$match": {"project": project}}, _SUM]}},
    ]
    totals: Totals = {}
    alike: list[tuple[AssetDocument, int]] = []
    for each in database.assets.aggregate(stages, session, hint=_INDEX, batchSize=10 * BATCH):
        if "alike" in each:
            alike.append((cast("AssetDocument", each["_id"]), each["alike"]))
        else:
            totals[each["_id"]] = (each["annotations"], each["assets"])
    uncounted = sum(number for _, number in alike)
    if uncounted > MAX_ADDED:
        raise CountersStale
    return Tally(_added(totals, _differences(alike)), uncounted)


def add(database: Database[Document], project: str, assets: Iterable[AssetDocument], session: ClientSession) -> None:
    """Add the uncounted part of assets, as they are now, to the counters; the caller stores their `mark`."""
    slot, changes = secrets.randbelow(SLOTS), []
    differences = _differences((asset, 1) for asset in assets)
    for label, (annotations, count) in sorted(differences.items(), key=lambda item: item[0] or ""):
        identity = {"_id": f"{project}/{slot}/{'' if label is None else '=' + label}"}
        fixed = {"project": project, "label": label, "schema_version": SCHEMA_VERSION}
        change = {"$inc": {"annotations": annotations, "assets": count}, "$setOnInsert": fixed}
        changes.append(UpdateOne(identity, change, upsert=True))
    if changes:
        database.label_tally.bulk_write(changes, ordered=False, session=session)


def mark(asset: AssetDocument) -> CountedMark:
    """Return the member `counted` of an asset that was added."""
    return {"status": asset["status"], "labels": _part(asset)}


def count_in(database: Database[Document], project: str, assets: int = 10 * BATCH) -> int:
    """Add changed assets to the counters, at most so many; return their number."""
    done = 0
    while done < assets:
        counted = run_transaction(database, lambda session: _count_batch(database, project, session))
        done += counted
        if counted < BATCH:
            break
    return done


def keep_up(database: Database[Document], project: str) -> int:
    """Count a batch in and return its number of assets: 0 also where others are changing them or the database cannot.

    What is left is counted in by a later call.
    """

    def attempt(session: ClientSession) -> int:
        try:
            return _count_batch(database, project, session)
        except OperationFailure as error:
            if error.code == WRITE_CONFLICT:
                raise ServiceUnavailable("Others are counting these assets.") from error
            raise

    with suppress(ServiceUnavailable):
        return run_transaction(database, attempt)
    return 0


def catch_up(database: Database[Document]) -> int:
    """Count in a batch of each project that is behind by more than a read leaves, and return the number of assets."""
    behind = [each for each in database.assets.distinct("project") if _is_behind(database, each)]
    return sum(keep_up(database, each) for each in behind)


def rebuild(database: Database[Document], project: str) -> int:
    """Count a project anew, for when something was deleted past the catalog; return the number of assets counted.

    Reads meanwhile may be too low, never too high.
    """
    with unhurried():
        database.assets.update_many({"project": project}, {"$unset": {"counted": ""}})
        database.label_tally.delete_many({"project": project})
        done = 0
        while counted := count_in(database, project):
            done += counted
        return done


def _count_batch(database: Database[Document], project: str, session: ClientSession) -> int:
    uncounted = _uncounted(database, project, session)
    if uncounted:  # the assets first: others who count are met there, before annotators have to wait for a slot
        marks = [UpdateOne({"_id": asset["_id"]}, {"$set": {"counted": mark(asset)}}) for asset in uncounted]
        database.assets.bulk_write(marks, ordered=False, session=session)
    add(database, project, uncounted, session)
    return len(uncounted)


def _uncounted_conditions(project: str) -> tuple[Document, Document]:
    """Return the conditions for assets whose part in the counters is out of date: ready ones, and others.

    One `$or` of them would be slower by far: the planner then also tries to read the whole index.
    """
    others = [status for status in ASSET_STATUSES if status != "ready"]
    return (
        {"project": project, "status": "ready", "counted.status": {"$ne": "ready"}},
        {"project": project, "status": {"$in": others}, "counted.status": {"$in": ["ready", STALE]}},
    )


def _some(wrong: Document) -> list[Document]:
    alike = {"$group": {"_id": "$$ROOT", "alike": {"$sum": 1}}}
    return [{"$match": wrong}, {"$limit": MAX_ADDED + 1}, {"$project": {"_id": 0, **_FIELDS}}, alike]


def _is_behind(database: Database[Document], project: str) -> bool:
    many = MAX_UNCOUNTED + 1
    conditions = _uncounted_conditions(project)
    return sum(database.assets.count_documents(each, hint=_INDEX, limit=many) for each in conditions) >= many


def _uncounted(database: Database[Document], project: str, session: ClientSession) -> list[AssetDocument]:
    found: list[AssetDocument] = []
    for wrong in _uncounted_conditions(project):
        if len(found) < BATCH:
            cursor = typed.assets(database).find(wrong, _FIELDS, session=session).hint(_INDEX)
            found += cursor.limit(BATCH - len(found))
    return found


def _differences(alike: Iterable[tuple[AssetDocument, int]]) -> Totals:
    """Return the part that assets, each so many times, should have added to the counters, less what they have."""
    sums: defaultdict[str | None, list[int]] = defaultdict(lambda: [0, 0])
    for asset, number in alike:
        counted = asset.get("counted")
        for times, part in ((number, _part(asset)), (-number, counted.get("labels", []) if counted else [])):
            for each in part:
                sums[each["label"]][0] += times * each["annotations"]
                sums[each["label"]][1] += times
    return {label: (annotations, assets) for label, (annotations, assets) in sums.items() if annotations or assets}


def _part(asset: AssetDocument) -> list[LabelMark]:
    """Return the part of an asset: itself, and its labels over all layers and types."""
    if asset["status"] != "ready":
        return []
    sums: defaultdict[str, int] = defaultdict(int)
    for entry in asset.get("label_summary", []):
        if entry["label"] is not None:
            sums[entry["label"]] += entry["count"]
    of_asset: LabelMark = {"label": None, "annotations": 1}
    return [of_asset] + [{"label": name, "annotations": n} for name, n in sums.items()]


def _added(totals: Totals, differences: Totals) -> Totals:
    for label, (annotations, assets) in differences.items():
        before = totals.get(label, (0, 0))
        totals[label] = (before[0] + annotations, before[1] + assets)
    return {label: counts for label, counts in totals.items() if counts != (0, 0)}
