"""The label summary of an asset: what its annotations say, small enough to stay on the asset.

One entry for each (field, label, type): how many, between which confidences, and how many without one. Filters and
counts read only this; that it is always true to the annotations is the business of `foveal.catalog.annotations.writes`.
"""

from collections.abc import Iterable
from typing import Any, Final

from foveal.database.client import Document

Entry = dict[str, Any]

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


def summarise(annotations: Iterable[Document]) -> list[Entry]:
    """Return the summary of an asset's annotations, in the order of field, label and type."""
    return merge([], annotations)


def merge(summary: Iterable[Entry], added: Iterable[Document]) -> list[Entry]:
    """Return the summary of what it summed up before and the added annotations."""
    entries = {_key(entry): dict(entry) for entry in summary}
    for annotation in added:
        confidence = annotation.get("confidence")
        entry = entries.get(key := _key(annotation))
        if entry is None:
            names = dict(zip(("field", "label", "type"), key, strict=True))
            entry = {**names, "count": 0, "unscored": 0, "min_confidence": None, "max_confidence": None}
            entries[key] = entry
        entry["count"] += 1
        if confidence is None:
            entry["unscored"] += 1
        else:
            low, high = entry["min_confidence"], entry["max_confidence"]
            entry["min_confidence"] = confidence if low is None else min(low, confidence)
            entry["max_confidence"] = confidence if high is None else max(high, confidence)
    return ordered(entries.values())


def from_groups(groups: Iterable[Document]) -> dict[str, list[Entry]]:
    """Return the summaries by asset id from the answer to GROUP."""
    summaries: dict[str, list[Entry]] = {}
    for group in groups:
        names = group.pop("_id")
        entry = {"field": names["field"], "label": names.get("label"), "type": names["type"], **group}
        summaries.setdefault(names["asset_id"], []).append(entry)
    return {asset_id: ordered(entries) for asset_id, entries in summaries.items()}


def ordered(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry["field"], entry["label"] or "", entry["type"]))


def _key(of: Document) -> tuple[Any, Any, Any]:
    return of["field"], of.get("label"), of["type"]
