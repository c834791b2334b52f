"""The label summary of an asset: counts and confidences of its annotations, small enough to stay on the asset.

One entry for each (field, label, type): how many, between which confidences, and how many without one. Filters and
counts read only this; writers keep it true to the annotations in their transaction (`flush`), `reconcile` repairs it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.catalog import label_counters
from foveal.database.client import Document
from foveal.database.documents import LabelSummaryEntry
from foveal.database.transactions import run_transaction
from foveal.database.vocabulary import AnnotationType

Labelled = Mapping[str, Any]
"""An annotation or an entry: has field, label and type."""
Key = tuple[str, str | None, AnnotationType]
"""Field, label and type."""
MAX_ENTRIES: Final = 2_000
"""Of an asset. Its document holds them twice (`counted`), and every answer with the asset once."""

GROUP: Final[list[Document]] = [
    {
        "$group": {
            "_id": {"asset_id": "$asset_id", "field": "$field", "label": "$label", "type": "$type"},
            "count": {"$sum": 1},
            "unscored": {"$sum": {"$cond": [{"$isNumber": "$confidence"}, 0, 1]}},
            "min_confidence": {"$min": "$confidence"},
            "max_confidence": {"$max": "$confidence"},
        }
    }
]
"""The same as `summarise`, by the server, over the annotations of any number of assets."""


def summarise(annotations: Iterable[Labelled]) -> list[LabelSummaryEntry]:
    """Return the summary of an asset's annotations, in the order of field, label and type."""
    return merge([], annotations)


def merge(summary: Iterable[LabelSummaryEntry], added: Iterable[Labelled]) -> list[LabelSummaryEntry]:
    """Return the summary of what it summed up before and the added annotations."""
    entries = {key_of(entry): entry.copy() for entry in summary}
    for annotation in added:
        confidence = annotation.get("confidence")
        entry = entries.get(key := key_of(annotation))
        if entry is None:
            field, label, kind = key
            entry = entries[key] = {"field": field, "label": label, "type": kind, "count": 0, "unscored": 0}
            entry["min_confidence"] = entry["max_confidence"] = None
        entry["count"] += 1
        if confidence is None:
            entry["unscored"] += 1
        else:
            low, high = entry["min_confidence"], entry["max_confidence"]
            entry["min_confidence"] = confidence if low is None else min(low, confidence)
            entry["max_confidence"] = confidence if high is None else max(high, confidence)
    return ordered(entries.values())


def from_groups(groups: Iterable[Document]) -> dict[str, list[LabelSummaryEntry]]:
    """Return the summaries by asset id from the answer to GROUP."""
    summaries: dict[str, list[LabelSummaryEntry]] = {}
    for group in groups:
        names = group.pop("_id")
        entry = cast(
            "LabelSummaryEntry", {"field": names["field"], "label": names.get("label"), "type": names["type"], **group}
        )
        summaries.setdefault(names["asset_id"], []).append(entry)
    return {asset_id: ordered(entries) for asset_id, entries in summaries.items()}


def reconcile(database: Database[Document], project: str | None = None) -> list[str]:
    """Compare each asset's summary with its annotations, put right what differs, and return the ids put right.

    Writers of annotations never make them differ; a restored backup, or a write past the catalog, may.
    """
    repaired = []
    assets = database.assets.find({"project": project} if project else {}, {"label_summary": 1}, batch_size=1_000)
    for batch in _batches(assets, 1_000):
        ids = [asset["_id"] for asset in batch]
        actual = from_groups(database.annotations.aggregate([{"$match": {"asset_id": {"$in": ids}}}, *GROUP]))
        differing = [each["_id"] for each in batch if each.get("label_summary", []) != actual.get(each["_id"], [])]
        repaired += [asset_id for asset_id in differing if _repair(database, asset_id)]
    return repaired


def _repair(database: Database[Document], asset_id: str) -> bool:
    """Recompute one summary as of now: the difference may have been a write in between."""

    def repair(session: ClientSession) -> bool:
        groups = [{"$match": {"asset_id": asset_id}}, *GROUP]
        actual = from_groups(database.annotations.aggregate(groups, session=session)).get(asset_id, [])
        change = {"$set": {"label_summary": actual}, "$inc": {"annotation_revision": 1}}
        differing = {"_id": asset_id, "label_summary": {"$ne": actual}}
        found = database.assets.update_one(differing, change, session=session)
        counted = {"_id": asset_id, "counted.status": {"$exists": True}}
        if found.modified_count:
            database.assets.update_one(counted, {"$set": {"counted.status": label_counters.STALE}}, session=session)
        return bool(found.modified_count)

    return run_transaction(database, repair)


def _batches(documents: Iterable[Document], size: int) -> Iterable[list[Document]]:
    batch: list[Document] = []
    for each in documents:
        batch.append(each)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def ordered(entries: Iterable[LabelSummaryEntry]) -> list[LabelSummaryEntry]:
    return sorted(entries, key=lambda entry: (entry["field"], entry["label"] or "", entry["type"]))


def key_of(of: Labelled) -> Key:
    """Return field, label and type of an annotation or an entry."""
    return of["field"], of.get("label"), of["type"]
