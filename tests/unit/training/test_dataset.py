"""The data set over real connections: sharding, resumption, expiry, faults."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from foveal.client import ConfigurationError
from foveal.training import FovealIterableDataset, Manifest, SampleError
from tests.unit.training.media_server import MediaServer, serving

COUNT = 60


@pytest.fixture
def server() -> Iterator[MediaServer]:
    assets = {f"{number:04d}": f"picture {number} ".encode() * (number + 1) for number in range(COUNT)}
    with serving(MediaServer(assets)) as running:
        yield running


@pytest.fixture
def manifest(server: MediaServer, tmp_path: Path) -> Manifest:
    with server.client() as client:
        return Manifest.list(tmp_path / "zoo.jsonl", "zoo", fields=["attributes"], foveal=client)


def make(manifest: Manifest, server: MediaServer, **options: Any) -> FovealIterableDataset:
    return FovealIterableDataset(manifest, client=server.client, **{"threads": 4, **options})


def ids(samples: Iterable[Any]) -> list[str]:
    return [sample["asset_id"] for sample in samples]


def test_dataset_yields_each_sample_with_its_bytes_and_facts(manifest: Manifest, server: MediaServer) -> None:
    samples = [*make(manifest, server)]
    assert Counter(ids(samples)) == Counter([*server.assets])
    assert all(sample["data"] == server.assets[sample["asset_id"]] for sample in samples)
    assert all(sample["attributes"]["number"] == int(sample["asset_id"]) for sample in samples)


def test_order_follows_seed_and_epoch(manifest: Manifest, server: MediaServer) -> None:
    dataset, again = make(manifest, server, seed=5), make(manifest, server, seed=5)
    first = ids(dataset)
    assert first == ids(again) != sorted(first)
    dataset.set_epoch(1)
    assert ids(dataset) != first
    assert ids(make(manifest, server, shuffle=False)) == sorted(server.assets)


def test_ranks_share_the_epoch_without_overlap(manifest: Manifest, server: MediaServer) -> None:
    parts = [ids(make(manifest, server, rank=rank, ranks=7)) for rank in range(7)]
    assert Counter(each for part in parts for each in part) == Counter([*server.assets])
    even = [make(manifest, server, rank=rank, ranks=7, drop_uneven=True) for rank in range(7)]
    assert {len(dataset) for dataset in even} == {len(ids(dataset)) for dataset in even} == {COUNT // 7}


@pytest.mark.parametrize("stop", [0, 1, 23, COUNT])
def test_state_resumes_at_the_next_sample(manifest: Manifest, server: MediaServer, stop: int) -> None:
    whole = ids(make(manifest, server, seed=2))
    dataset = make(manifest, server, seed=2)
    iterator = iter(dataset)
    seen = ids(islice(iterator, stop))
    state = dataset.state_dict()
    iterator.close()
    resumed = make(manifest, server, seed=2)
    resumed.load_state_dict(state)
    assert seen + ids(resumed) == whole


def test_epoch_resumes_with_another_number_of_ranks(manifest: Manifest, server: MediaServer) -> None:
    before = [ids(islice(make(manifest, server, rank=rank, ranks=2), 12)) for rank in range(2)]
    after = []
    for rank in range(3):
        dataset = make(manifest, server, rank=rank, ranks=3)
        dataset.set_epoch(0, samples_seen=8)  # 2 ranks x 12 = 3 ranks x 8
        after.append(ids(dataset))
    assert Counter(each for part in (*before, *after) for each in part) == Counter([*server.assets])


def test_state_of_another_stream_is_refused(manifest: Manifest, server: MediaServer) -> None:
    state = make(manifest, server, seed=1).state_dict()
    with pytest.raises(ConfigurationError, match="differs in seed"):
        make(manifest, server, seed=2).load_state_dict(state)


def test_expired_urls_are_signed_again(manifest: Manifest, server: MediaServer) -> None:
    server.life_seconds = 0.3
    iterator = iter(make(manifest, server, read_ahead_bytes=1, threads=1))
    first = ids(islice(iterator, 5))
    time.sleep(0.4)
    assert Counter(first + ids(iterator)) == Counter([*server.assets])
    assert server.refused


def test_urls_are_signed_256_a_call(manifest: Manifest, server: MediaServer) -> None:
    assert len([*make(manifest, server)]) == COUNT
    assert server.signed == [COUNT]


def test_read_goes_on_where_the_connection_broke(manifest: Manifest, server: MediaServer) -> None:
    server.cut_after["0050"] = [100, 50, 0, 7]
    (found,) = [sample for sample in make(manifest, server) if sample["asset_id"] == "0050"]
    assert found["data"] == server.assets["0050"]
    assert server.reads["0050"] == 5


@pytest.mark.parametrize("statuses", [[503], [500, 503, 429], [403]])
def test_temporary_refusals_are_tried_again(manifest: Manifest, server: MediaServer, statuses: list[int]) -> None:
    server.statuses["0007"] = [*statuses]
    assert len([*make(manifest, server)]) == COUNT


@pytest.mark.parametrize("statuses", [[404], [403, 403]])
def test_sample_that_is_gone_ends_the_epoch_by_name(
    manifest: Manifest, server: MediaServer, statuses: list[int]
) -> None:
    server.statuses["0007"] = [*statuses]
    with pytest.raises(SampleError, match=r"0007 \(0007.jpg\): HTTP 40"):
        [*make(manifest, server)]


def test_sample_whose_bytes_were_replaced_is_refused_or_left_out(manifest: Manifest, server: MediaServer) -> None:
    server.assets["0009"] = bytes(len(server.assets["0009"]))
    with pytest.raises(SampleError, match="not those of the manifest"):
        [*make(manifest, server)]
    assert sorted(ids(make(manifest, server, skip_errors=True))) == sorted({*server.assets} - {"0009"})


def test_problem_in_place_of_a_url_is_the_reason(manifest: Manifest, server: MediaServer) -> None:
    server.problems["0003"] = [{"code": "NoSuchAsset", "detail": "There is no such asset."}]
    with pytest.raises(SampleError, match=r"0003 .* There is no such asset"):
        [*make(manifest, server)]


def test_rendition_that_is_being_made_is_waited_for(
    manifest: Manifest, server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foveal.training.reading._ASK_AGAIN_SECONDS", 0.01)
    server.problems["0003"] = [{"code": "RenditionNotReady", "detail": "The rendition is being made; ask again."}] * 3
    assert len([*make(manifest, server, variant="thumbnail")]) == COUNT


def test_second_epoch_reads_the_cache(manifest: Manifest, server: MediaServer, tmp_path: Path) -> None:
    dataset = make(manifest, server, cache_dir=tmp_path / "cache")
    first = ids(dataset)
    reads = server.reads.total()
    assert ids(dataset) == first
    assert server.reads.total() == reads == COUNT


def test_bytes_that_are_read_ahead_stay_within_the_budget(manifest: Manifest, server: MediaServer) -> None:
    iterator = iter(make(manifest, server, shuffle=False, read_ahead_bytes=200))
    next(iterator)
    time.sleep(0.2)
    sizes = [len(server.assets[each]) for each in server.reads]
    assert sum(sizes) < 200 + max(sizes) * 2
    iterator.close()


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"rank": 2, "ranks": 2}, "rank 2 is not one of 2"), ({"batch_size": 0}, "must be at least 1")],
)
def test_settings_that_cannot_be_are_refused(
    manifest: Manifest, server: MediaServer, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        make(manifest, server, **options)


def test_rank_comes_from_the_environment(
    manifest: Manifest, server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert len(make(manifest, server)) == COUNT // 4
