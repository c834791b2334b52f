"""Data set versions as a source of training: pinned bytes and labels, splits, one order for all workers."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foveal.client import ConfigurationError
from foveal.training import FovealIterableDataset, Manifest
from foveal.training.shards import shard, shard_urls
from tests.unit.training.media_server import MediaServer, serving

COUNT = 30


@pytest.fixture
def server() -> Iterator[MediaServer]:
    assets = {f"{number:04d}": f"picture {number} ".encode() * (number + 1) for number in range(COUNT)}
    with serving(MediaServer(assets)) as running:
        yield running


def listed(server: MediaServer, path: Path, version: Any = 3, **options: Any) -> Manifest:
    with server.client() as client:
        return Manifest.of_version(path, "zoo", "birds", version, foveal=client, **options)


def stream(server: MediaServer, manifest: Manifest, **options: Any) -> FovealIterableDataset:
    return FovealIterableDataset(manifest, client=server.client, **{"threads": 4, **options})


def test_samples_have_the_pinned_annotations_and_the_split(server: MediaServer, tmp_path: Path) -> None:
    samples = [*stream(server, listed(server, tmp_path / "birds.jsonl"))]
    assert Counter(each["asset_id"] for each in samples) == Counter([*server.assets])
    for each in samples:
        number = int(each["asset_id"])
        assert each["data"] == server.assets[each["asset_id"]]
        assert each["mime_type"] == "image/jpeg"
        assert each["split"] == ("train" if number % 3 else "val")
        names = [annotation["annotation_id"] for annotation in each["annotations"]]
        assert names == [f"{each['asset_id']}-{place}" for place in range(number % 4)]
        assert all(annotation["label"] == "cat" for annotation in each["annotations"])


def test_replaced_bytes_are_read_in_their_pinned_version(server: MediaServer, tmp_path: Path) -> None:
    manifest = listed(server, tmp_path / "birds.jsonl")
    server.replaced = dict.fromkeys(("0003", "0011"), b"other bytes")
    for options in ({}, {"cache_dir": tmp_path / "cache"}, {"cache_dir": tmp_path / "cache"}):
        samples = [*stream(server, manifest, **options)]
        assert {each["asset_id"]: each["data"] for each in samples} == server.assets
    assert Counter(server.pinned_reads).keys() == server.replaced.keys()
    blocks = b"".join(shard(shard_urls(manifest.path)[0], server.client))
    assert b"other bytes" not in blocks
    assert b"picture 11 " in blocks


def test_split_is_listed_alone(server: MediaServer, tmp_path: Path) -> None:
    manifest = listed(server, tmp_path / "val.jsonl", split="val")
    assert [sample.asset_id for sample in manifest] == [f"{number:04d}" for number in range(0, COUNT, 3)]
    assert [len(sample.facts["annotations"]) for sample in manifest] == [number % 4 for number in range(0, COUNT, 3)]


def test_order_is_that_of_the_seed_whatever_the_ranks(server: MediaServer, tmp_path: Path) -> None:
    first, second = listed(server, tmp_path / "a.jsonl"), listed(server, tmp_path / "b.jsonl", "newest")
    assert first.fingerprint == second.fingerprint
    orders = []
    for manifest in (first, second):
        ranks = [iter(stream(server, manifest, seed=4, rank=rank, ranks=2)) for rank in range(2)]
        orders.append([each["asset_id"] for pair in zip(*ranks, strict=True) for each in pair])
    whole = [each["asset_id"] for each in stream(server, first, seed=4)]
    assert orders == [whole, whole]
    assert whole != sorted(whole)
    other = stream(server, first, seed=4)
    other.set_epoch(1)
    assert [each["asset_id"] for each in other] != whole


def test_manifest_of_a_version_is_read_again_and_not_listed(server: MediaServer, tmp_path: Path) -> None:
    path = tmp_path / "birds.jsonl"
    listed(server, path)
    listings = server.listings
    assert len(listed(server, path)) == len(listed(server, path, "newest")) == COUNT
    assert server.listings == listings
    with pytest.raises(ConfigurationError, match="lists other samples"):
        listed(server, path, split="val")
    with server.client() as client, pytest.raises(ConfigurationError, match="lists other samples"):
        Manifest.list(path, "zoo", foveal=client)


def test_renditions_of_a_version_are_refused(server: MediaServer, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="pins originals"):
        next(iter(stream(server, listed(server, tmp_path / "birds.jsonl"), variant="thumbnail")))
