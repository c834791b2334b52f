"""Closed formulas: writes of MongoDB by index size and cache, limits of each stage, a hot asset, hits of the CDN."""

from itertools import pairwise
from typing import Final

from foveal.operations.simulation.scenario import Scenario

GIB: Final = 2**30
READ_AND_WRITE: Final = 2.0
"""A page that is read into a full cache pushes out one that was changed, which is written."""
DISK_BYTES_OF_ANNOTATION: Final = 106.0
"""Measured at 5,000,000 annotations (docs/scale.md)."""
SMALL_RANKS: Final = 1_000
BUCKETS: Final = 400


def index_to_cache(s: Scenario) -> float:
    """Return the size of the indexes on assets of a shard, in caches; those on annotations are read in order."""
    return s["assets"] * s["index_bytes_per_asset"] / s["shards"] / (s["cache_gb"] * GIB)


def pages_read(s: Scenario) -> float:
    """Return the index pages that inserting an asset reads into the cache; 0 while indexes fit."""
    ratio = index_to_cache(s)
    return s["pages_of_insert"] * max(0.0, 1 - s["cached_share"] / ratio) if ratio else 0.0


def inserts_per_shard(s: Scenario) -> float:
    """Return w, the assets that a shard takes a second: the lower of what its cores and its disk allow."""
    by_cores, pages = s["cores"] * 1e6 / s["insert_cpu_us"], pages_read(s)
    return min(by_cores, s["iops"] / (pages * READ_AND_WRITE)) if pages else by_cores


def limits(s: Scenario) -> dict[str, float]:
    """Return the arrivals that each part takes a second at most, when it does nothing else."""
    functions = min(s["max_concurrency"], s["account_concurrency"])
    return {
        "S3 writes": s["s3_partitions"] * s["s3_writes_per_second"],
        "EventBridge to SQS": s["events_per_second"],
        "functions": functions * s["arrivals_per_function_second"],
        "MongoDB": s["shards"] * inserts_per_shard(s),
    }


def import_hours(s: Scenario) -> float:
    """Return the hours in which all assets are inserted once, by as many functions as MongoDB can take."""
    return s["assets"] / limits(s)["MongoDB"] / 3600


def hot_asset(s: Scenario) -> dict[str, float]:
    """Return what the asset with most annotations means for the one shard that has all of them.

    `seconds` to write them, `gigabytes` of data and indexes there, and `share` of a shard's annotations.
    """
    mean = s["assets"] * s["annotations_per_asset"] / s["shards"]
    on_shard = s["hot_annotations"] + mean
    return {
        "seconds": s["hot_annotations"] / s["annotations_per_second"],
        "gigabytes": s["hot_annotations"] * (DISK_BYTES_OF_ANNOTATION + s["index_bytes_per_annotation"]) / 1e9,
        "share": s["hot_annotations"] / on_shard if on_shard else 0.0,
    }


def edge_hits(s: Scenario) -> float:
    """Return the share of views that an edge answers from its cache.

    Views of a file are a Poisson process, popularity is Zipf's, and an edge keeps a file for a fixed time after it was
    fetched: of λ views a second, λT / (1 + λT) are hits (renewal argument for a cache with lifetimes, no eviction).
    """
    files = max(1, int(s["assets"] * s["viewed_share"]))
    views = s["views_per_day"] / 86_400 / s["edges"]
    groups = list(_ranks(files))
    total = sum(count * rank ** -s["zipf"] for rank, count in groups)
    hits = 0.0
    for rank, count in groups:
        share = rank ** -s["zipf"] / total
        expected = views * share * s["cdn_seconds"]
        hits += count * share * expected / (1 + expected)
    return hits


def browser_hits(s: Scenario) -> float:
    """Return the share of views that browsers answer: repeats for which the URL is still the same."""
    return s["repeat_share"] * max(0.0, 1 - s["repeat_gap_seconds"] / s["url_window_seconds"])


def _ranks(files: int) -> list[tuple[float, int]]:
    """Return ranks with the number of files that each stands for: every small one, then groups of equal ratio."""
    first = min(files, SMALL_RANKS)
    groups = [(float(rank), 1) for rank in range(1, first + 1)]
    if files > first:
        ratio = (files / first) ** (1 / BUCKETS)
        edges = sorted({min(files, round(first * ratio**step)) for step in range(BUCKETS + 1)} | {files})
        groups += [((low + 1 + high) / 2, high - low) for low, high in pairwise(edges)]
    return groups
