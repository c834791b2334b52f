"""Closed formulas: MongoDB against what bench.insert_rate measured, hits of the CDN against a drawn day, limits."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.operations.simulation import formulas, scenario
from foveal.operations.simulation.scenario import Scenario

MEASURED = {  # indexes in caches: pages read for each insert, bench.insert_rate with a cache of 0.25 GB (docs/scale.md)
    1.33: 3.756,
    1.79: 4.960,
    2.95: 5.159,
    3.56: 5.797,
    4.11: 6.067,
    4.89: 6.141,
    5.35: 6.225,
    6.03: 6.581,
    6.47: 6.487,
}


def of(**values: float) -> Scenario:
    return scenario.default().replaced({"shards": 1, "cache_gb": 1, "cores": 2, **values}, "test")


def at_ratio(ratio: float, **values: float) -> Scenario:
    """Return a scenario whose indexes are so many times the cache of one shard."""
    return of(assets=ratio * 2**30 / scenario.default()["index_bytes_per_asset"], **values)


@pytest.mark.parametrize(("ratio", "pages"), MEASURED.items())
def test_pages_that_an_insert_reads_are_those_that_were_measured(ratio: float, pages: float) -> None:
    assert formulas.pages_read(at_ratio(ratio)) == pytest.approx(pages, rel=0.09)


@given(st.floats(0.01, 1e4), st.floats(0.01, 1e4))
def test_inserts_fall_as_indexes_outgrow_the_cache(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert formulas.inserts_per_shard(at_ratio(low)) >= formulas.inserts_per_shard(at_ratio(high))


def test_inserts_are_limited_by_cores_while_indexes_fit_and_by_the_disk_beyond() -> None:
    assert formulas.inserts_per_shard(at_ratio(0.5, insert_cpu_us=500, cores=2)) == 4_000  # 2 × 1e6 / 500
    # 6 caches: 7 × (1 - 0.6 / 6) = 6.3 pages read and as many written: 3,000 / 12.6
    assert formulas.inserts_per_shard(at_ratio(6, iops=3_000)) == pytest.approx(238.1, abs=0.1)


def test_import_takes_the_hand_computed_hours() -> None:
    s = of(assets=1e9, shards=10, cache_gb=1e6, cores=2, insert_cpu_us=500)
    assert formulas.import_hours(s) == pytest.approx(6.944, abs=0.001)  # 1e9 / (10 × 4,000) / 3,600: the note's 6.9 h


def test_hot_asset_weighs_on_one_shard_as_computed_by_hand() -> None:
    s = of(assets=1e9, shards=10, annotations_per_asset=5, hot_annotations=1e6, annotations_per_second=5_000)
    assert formulas.hot_asset(s) == pytest.approx(
        {"seconds": 200, "gigabytes": 0.217, "share": 1e6 / (1e6 + 5e8)}  # 1e6 × (106 + 111) B
    )


def test_edge_hits_are_those_of_a_drawn_day() -> None:
    """Poisson views of 200 files by Zipf, one edge that keeps a file for an hour after it was fetched."""
    s = of(assets=200, viewed_share=1, zipf=0.8, edges=1, cdn_seconds=3_600, views_per_day=20_000)
    chance, hits, views = random.Random(5), 0, 200_000
    weights = [rank**-0.8 for rank in range(1, 201)]
    expires, now = dict[int, float](), 0.0
    for file in chance.choices(range(200), weights, k=views):
        now += chance.expovariate(20_000 / 86_400)
        if expires.get(file, 0.0) > now:
            hits += 1
        else:
            expires[file] = now + 3_600
    assert formulas.edge_hits(s) == pytest.approx(hits / views, abs=0.01)


@pytest.mark.parametrize("assets", [1, 10, 1_000, 5_000])
def test_edge_hits_of_grouped_ranks_are_those_of_single_ones(assets: int) -> None:
    s = of(assets=assets, viewed_share=1, zipf=0.9, edges=3, cdn_seconds=600, views_per_day=1e5)
    rate = 1e5 / 86_400 / 3 * 600
    weights = [rank**-0.9 for rank in range(1, assets + 1)]
    shares = [each / sum(weights) for each in weights]
    assert formulas.edge_hits(s) == pytest.approx(sum(p * rate * p / (1 + rate * p) for p in shares), rel=1e-3)


def test_browsers_keep_repeats_within_the_window_of_their_url() -> None:
    assert formulas.browser_hits(of(repeat_share=0.5, repeat_gap_seconds=60, url_window_seconds=3_600)) == 0.5 * 59 / 60
    assert formulas.browser_hits(of(repeat_gap_seconds=60, url_window_seconds=30)) == 0
