"""PyTorch's own loader over the data set: ranks, workers, resumption in the middle of an epoch, expiry.

PyTorch takes 5 GB and is not installed by `make`, so these run by hand: `uv pip install torch`, then
`pytest tests/unit/training/test_torch.py`. Without it the same protocol is tested in `test_dataset.py`.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from foveal.client import Foveal
from foveal.training import FovealIterableDataset, Manifest
from tests.unit.training.media_server import MediaServer, serving

data = pytest.importorskip("torch.utils.data", reason="PyTorch is not installed: it takes 5 GB")

COUNT, BATCH = 403, 8


@pytest.fixture
def server() -> Iterator[MediaServer]:
    assets = {f"{number:04d}": f"picture {number} ".encode() * 9 for number in range(COUNT)}
    with serving(MediaServer(assets, life_seconds=2)) as running:
        yield running


@pytest.fixture
def manifest(server: MediaServer, tmp_path: Path) -> Manifest:
    return Manifest.list(tmp_path / "zoo.jsonl", "zoo", foveal=server.client())


def asset_id(sample: dict[str, Any]) -> str:
    assert sample["data"] == f"picture {int(sample['asset_id'])} ".encode() * 9
    return str(sample["asset_id"])


def loader(manifest: Manifest, server: MediaServer, rank: int, ranks: int, workers: int, **options: Any) -> Any:
    dataset = FovealIterableDataset(
        manifest,
        batch_size=BATCH,
        seed=3,
        rank=rank,
        ranks=ranks,
        transform=asset_id,
        client=partial(Foveal, server.url, "token"),
        threads=2,
    )
    return data.DataLoader(dataset, batch_size=BATCH, num_workers=workers, **options)


def test_each_sample_comes_once_over_two_ranks_of_two_workers(manifest: Manifest, server: MediaServer) -> None:
    seen = [each for rank in range(2) for batch in loader(manifest, server, rank, 2, 2) for each in batch]
    assert Counter(seen) == Counter([*server.assets])


def test_batches_do_not_depend_on_the_number_of_workers(manifest: Manifest, server: MediaServer) -> None:
    assert [*loader(manifest, server, 0, 2, 0)] == [*loader(manifest, server, 0, 2, 3)]


@pytest.mark.parametrize("workers", [0, 2])
def test_epoch_goes_on_after_the_samples_that_a_rank_has_seen(
    manifest: Manifest, server: MediaServer, workers: int
) -> None:
    whole = [*loader(manifest, server, 1, 2, workers)]
    resumed = loader(manifest, server, 1, 2, workers)
    resumed.dataset.set_epoch(0, samples_seen=7 * BATCH)
    assert [*resumed] == whole[7:]


def test_epoch_reaches_workers_that_stay(manifest: Manifest, server: MediaServer) -> None:
    staying = loader(manifest, server, 0, 1, 2, persistent_workers=True)
    first = [*staying]
    staying.dataset.set_epoch(1)
    second = [*staying]
    assert first != second
    assert sorted(chain(*first)) == sorted(chain(*second)) == sorted(server.assets)


def test_workers_may_be_spawned(manifest: Manifest, server: MediaServer) -> None:
    spawned = loader(manifest, server, 0, 1, 2, multiprocessing_context="spawn")
    assert [*spawned] == [*loader(manifest, server, 0, 1, 0)]
