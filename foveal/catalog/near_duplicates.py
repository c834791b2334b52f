"""Near-duplicates by perceptual hash: all pairs of filtered assets whose hashes differ in few of 64 bits, exactly.

Bands: of `distance + 2` bands of the bits, two that differ nowhere are left when at most `distance` bits differ, so
that each pair is found among hashes that are equal in two bands. A million hashes of 64 bits are 8 MB.
"""

import time
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pymongo.database import Database

from foveal.catalog.search import search
from foveal.catalog.search.compiler import compile_filter
from foveal.database.client import Document
from foveal.errors import QueryTooExpensive

MAX_HASHES: Final = 1_000_000
MAX_COMPARING_SECONDS: Final = 10.0
_BITS: Final = 64
_INDEX: Final = "foveal_perceptual_hash"
_BATCH_SIZE: Final = 20_000
_KEPT: Final = 100_000
"""Pairs in memory before the farthest are dropped."""

Hashes = npt.NDArray[np.uint64]
Pairs = npt.NDArray[np.int64]
"""Rows of distance, and the numbers of two hashes, the smaller one first."""


def near_pairs(
    database: Database[Document], project: str, filter_: Any, max_distance: int, limit: int
) -> dict[str, Any]:
    """Return `{"pairs": [{"distance", "between"}, …], "is_complete"}`, nearest first, then by id.

    Raises QueryTooExpensive for more hashes or more comparisons than an answer has time for.
    """
    asset_ids, hashes = _hashes(database, project, filter_)
    pairs = pairs_within(hashes, max_distance, limit + 1)
    shown = [
        {"distance": distance, "between": [{"asset_id": asset_ids[one]}, {"asset_id": asset_ids[other]}]}
        for distance, one, other in pairs[:limit].tolist()
    ]
    return {"pairs": shown, "is_complete": len(pairs) <= limit}


def pairs_within(hashes: Hashes, max_distance: int, limit: int) -> Pairs:
    """Return the first pairs of hashes that differ in at most so many bits, by distance and by number.

    Raises QueryTooExpensive when they take too long.
    """
    ends_at = time.monotonic() + MAX_COMPARING_SECONDS
    found: list[Pairs] = []
    count, distance = 0, max_distance
    for key in _keys(hashes, max_distance + 2):
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        at = np.arange(len(order))
        for step in range(1, len(order)):
            at = at[: np.searchsorted(at, len(order) - step)]
            at = at[ordered[at] == ordered[at + step]]
            if not len(at):
                break
            one, other = order[at], order[at + step]
            apart = np.bitwise_count(hashes[one] ^ hashes[other])
            is_near = apart <= distance
            rows = np.stack([apart[is_near], one[is_near], other[is_near]], axis=1).astype(np.int64)
            found.append(rows)
            count += len(rows)
            if count > _KEPT:
                found = [_first(found, limit)]
                count = len(found[0])
                distance = int(found[0][-1, 0]) if count == limit else max_distance
            if time.monotonic() > ends_at:
                raise QueryTooExpensive(
                    f"Comparing {len(hashes)} pictures took more than {MAX_COMPARING_SECONDS:g} seconds; narrow the "
                    "filter or lower max_distance.",
                    narrow=["filter", "max_distance"],
                )
    return _first(found, limit)


def _hashes(database: Database[Document], project: str, filter_: Any) -> tuple[list[str], Hashes]:
    """Return the ids of the filtered assets that have a hash, in order, and the hashes."""
    compiled = compile_filter(project, filter_)
    stages: list[Document] = [
        {"$match": {"$and": [compiled.match, {"perceptual_hash": {"$gt": ""}}]}},
        *compiled.stages,
        {"$limit": MAX_HASHES + 1},
        {"$project": {"perceptual_hash": 1}},
    ]
    options: dict[str, Any] = {"hint": _INDEX} if filter_ is None else {}
    asset_ids: list[str] = []
    packed = bytearray()
    with search.within_limit(compiled):
        for asset in database.assets.aggregate(stages, batchSize=_BATCH_SIZE, **options):
            asset_ids.append(asset["_id"])
            packed += bytes.fromhex(asset["perceptual_hash"])
    if len(asset_ids) > MAX_HASHES:
        raise QueryTooExpensive(f"More than {MAX_HASHES} pictures to compare; narrow the filter.", narrow=["filter"])
    order = sorted(range(len(asset_ids)), key=asset_ids.__getitem__)
    hashes = np.frombuffer(bytes(packed), dtype=">u8").astype(np.uint64)
    return [asset_ids[at] for at in order], hashes[order]


def _keys(hashes: Hashes, bands: int) -> Iterator[Hashes]:
    """Yield the bits of each two bands of the hashes."""
    edges = [round(_BITS * at / bands) for at in range(bands + 1)]
    masks = [((1 << end) - 1) ^ ((1 << start) - 1) for start, end in pairwise(edges)]
    for one, other in combinations(masks, 2):
        yield hashes & np.uint64(one | other)


def _first(found: list[Pairs], limit: int) -> Pairs:
    """Return the first pairs by distance and by number, each once."""
    if not found:
        return np.zeros((0, 3), dtype=np.int64)
    rows = np.concatenate(found)
    rows[:, 1:].sort(axis=1)
    return np.unique(rows, axis=0)[:limit]
