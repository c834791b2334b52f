"""Comparison of bucket and catalog in steps that one call has time for; see `foveal.ingest.reconcile`."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pymongo.database import Database

from foveal.aws.s3 import S3
from foveal.database.client import Document
from foveal.errors import Conflict
from foveal.ingest.reconcile import Markers, compare

MAX_EXAMPLES: Final = 20


@dataclass(slots=True)
class Step:
    """Result of one step: numbers of keys compared, differing by kind of drift, and too young; where the next begins.

    `examples` are the first of the keys that differ, each with its kind of drift.
    """

    keys: int = 0
    recent: int = 0
    drift: dict[str, int] = field(default_factory=dict)
    examples: list[tuple[str, str]] = field(default_factory=list)
    markers: Markers | None = None


def step(
    s3: S3,
    database: Database[Document],
    prefix: str,
    markers: Markers | None,
    seconds: float,
    send: Callable[[Sequence[str]], None] | None,
) -> Step:
    """Compare keys below a prefix for about so many seconds, from `markers` on; at least one page of 1,000 versions.

    `send` gets a message for each key that differs, by which ingest rechecks it; None only compares. Raises Conflict
    for a repair of an empty catalog, AwsError, PyMongoError.
    """
    if send is not None and database.assets.find_one({}, {"_id": 1}) is None:
        raise Conflict(
            "The catalog is empty: restore its backup first, or rebuild it by `foveal reconcile --repair` "
            '(docs/operations.md, "Lost database").'
        )
    now, end, result = datetime.now(UTC), time.monotonic() + seconds, Step(markers=markers)
    for page in compare(s3, database.assets, now, prefix, markers):
        result.keys, result.recent, result.markers = result.keys + page.keys, result.recent + page.recent, page.markers
        for each in page.differences:
            result.drift[each.drift.value] = result.drift.get(each.drift.value, 0) + 1
            if len(result.examples) < MAX_EXAMPLES:
                result.examples.append((each.key, each.drift.value))
        if send is not None:
            send([each.message(s3.bucket, now) for each in page.differences])
        if time.monotonic() >= end:
            break
    return result
