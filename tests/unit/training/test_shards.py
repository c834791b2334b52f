"""Shards: tar files that hold each sample and its facts once, streamed or written."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import webdataset

from foveal.client import ConfigurationError
from foveal.training import Manifest
from foveal.training.shards import register, shard, shard_urls, write_shards
from tests.unit.training.media_server import MediaServer, serving


@pytest.fixture
def server() -> Iterator[MediaServer]:
    with serving(MediaServer({f"{number:04d}": bytes(number + 500) for number in range(25)})) as running:
        yield running


@pytest.fixture
def manifest(server: MediaServer, tmp_path: Path) -> Manifest:
    return Manifest.list(tmp_path / "ä zoo.jsonl", "zoo", fields=["attributes"], foveal=server.client())


def members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r|*") as opened:
        return {member.name: opened.extractfile(member).read() for member in opened}  # type: ignore[union-attr]


def test_shards_hold_each_sample_and_its_facts_once(manifest: Manifest, server: MediaServer) -> None:
    urls = shard_urls(manifest.path, samples_a_shard=10)
    assert len(urls) == 3
    found: dict[str, bytes] = {}
    for url in urls:
        found |= members(b"".join(shard(url, server.client)))
    assert {name: data for name, data in found.items() if name.endswith(".jpg")} == {
        f"{asset_id}.jpg": data for asset_id, data in server.assets.items()
    }
    facts = {"asset_id": "0011", "file_name": "0011.jpg", "attributes": {"number": 11}}
    assert json.loads(found["0011.json"]) == facts


def test_nothing_is_signed_before_a_shard_is_read(manifest: Manifest, server: MediaServer) -> None:
    stream = shard(shard_urls(manifest.path)[0], server.client)
    assert server.signed == []
    next(stream)
    assert server.signed == [25]


def test_export_that_was_interrupted_goes_on(manifest: Manifest, server: MediaServer, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    writing = write_shards(manifest, folder, samples_a_shard=10, client=server.client)
    next(writing)
    writing.close()
    (folder / "shard-000001.part").write_bytes(b"half")
    paths = [*write_shards(manifest, folder, samples_a_shard=10, client=server.client)]
    assert [path.name for path in paths] == [f"shard-{number:06d}.tar" for number in range(3)]
    assert sum(len(members(path.read_bytes())) for path in paths) == 50
    assert server.reads.total() == 25
    assert {path.suffix for path in folder.iterdir()} == {".tar"}


@pytest.mark.parametrize("url", ["foveal:/x", "foveal:/x?shard=a&size=1&variant=original"])
def test_address_that_names_no_shard_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="names no shard"):
        shard(url)


def test_webdataset_opens_shards_by_their_addresses(manifest: Manifest, server: MediaServer) -> None:
    register(server.client)
    urls = shard_urls(manifest.path, samples_a_shard=10)
    samples = [*webdataset.WebDataset(urls, shardshuffle=False, empty_check=False)]
    assert {sample["__key__"]: sample["jpg"] for sample in samples} == server.assets
    assert json.loads(samples[3]["json"])["attributes"] == {"number": 3}
