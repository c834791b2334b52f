"""Histogram of an instant over filtered assets, counted by the server: of the values only the ends are read.

Bucket n of b begins ⌊n·s/b⌋ milliseconds after the least value, for s milliseconds from there to the greatest one. A
value d milliseconds after the least lies in the last bucket that begins at or before it. That is number
⌈(d+1)·b/s⌉ − 1, which is computed in whole numbers, and so exact.
"""

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from foveal.catalog.aggregates.distributions import equal_boundaries
from foveal.database.client import Document

LEAST: Final = datetime.min.replace(tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)

Run = Callable[[Document, list[Document]], list[Document]]
"""Runs an aggregation of the filtered assets that satisfy a condition besides."""


def histogram(run: Run, path: str, buckets: int) -> tuple[dict[str, Any], int | None]:
    """Return `{"boundaries", "counts"}` as `distributions.histogram` does, and the number of assets.

    Assets without a value are in that number; it is None where no asset has a value.
    """
    low, high = (_end(run, path, direction) for direction in (1, -1))
    if low is None or high is None:
        return {"boundaries": [], "counts": []}, None
    boundaries, span = equal_boundaries(low, high, buckets), max((high - low) // MILLISECOND, 1)
    groups = {each["_id"]: each["count"] for each in run({}, [_by_bucket(path, low, span, buckets)])}
    total, _ = sum(groups.values()), groups.pop(None, 0)
    counts = [0] * (len(boundaries) - 1)
    for group, count in groups.items():
        number = min(group // span, buckets) - 1
        begin = low + MILLISECOND * (number * span // buckets)
        counts[bisect_right(boundaries, begin, hi=len(counts)) - 1] += count
    return {"boundaries": boundaries, "counts": counts}, total


def _end(run: Run, path: str, direction: int) -> datetime | None:
    """Return the least value (direction 1), or the greatest (-1)."""
    only_value = {"$project": {"_id": 0, "value": f"${path}"}}
    found = run({path: {"$gte": LEAST}}, [{"$sort": {path: direction}}, {"$limit": 1}, only_value])
    return found[0]["value"] if found else None


def _by_bucket(path: str, low: datetime, span: int, buckets: int) -> Document:
    """Return the stage that groups by the number of the bucket and 1, times `span`; null without a value."""
    product: Document = {"$multiply": [{"$add": [{"$subtract": [f"${path}", low]}, 1]}, buckets]}
    above: Document = {"$add": [product, span - 1]}
    return {"$group": {"_id": {"$subtract": [above, {"$mod": [above, span]}]}, "count": {"$sum": 1}}}
