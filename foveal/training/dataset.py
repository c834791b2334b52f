"""Data set for PyTorch: each sample once an epoch over all ranks and workers, in an order that a seed decides."""

import logging
import multiprocessing
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from foveal.client import ConfigurationError, Foveal
from foveal.training.cache import DEFAULT_MAX_BYTES, DiskCache
from foveal.training.manifest import Manifest, Sample
from foveal.training.order import Consumer, Permutation
from foveal.training.reading import DEFAULT_READ_AHEAD_BYTES, DEFAULT_THREADS, SampleReader

if TYPE_CHECKING:

    class IterableDataset:
        """Base class of data sets without an index; PyTorch's own when it is installed."""

else:
    try:
        from torch.utils.data import IterableDataset
    except ImportError:  # everything but PyTorch's loader works without it

        class IterableDataset: ...


STATE_FORMAT: Final = 1
_log = logging.getLogger("foveal.training")


class FovealIterableDataset(IterableDataset):
    """Samples of a manifest as dictionaries: `data` (bytes), `asset_id`, `file_name`, `mime_type`, and its facts.

    Give `DataLoader` the same `batch_size`: a rank then sees the same batches in the same order whatever its
    `num_workers`, and its position is the number of samples that it has seen.
    """

    def __init__(
        self,
        manifest: Manifest | str | Path,
        *,
        variant: str = "original",
        transform: Callable[[dict[str, Any]], Any] | None = None,
        shuffle: bool = True,
        seed: int = 0,
        batch_size: int = 1,
        rank: int | None = None,
        ranks: int | None = None,
        drop_uneven: bool = False,
        cache_dir: str | Path | None = None,
        cache_bytes: int = DEFAULT_MAX_BYTES,
        read_ahead_bytes: int = DEFAULT_READ_AHEAD_BYTES,
        threads: int = DEFAULT_THREADS,
        skip_errors: bool = False,
        client: Callable[[], Foveal] = Foveal,
    ) -> None:
        """Prepare the stream; nothing is read before it is iterated.

        Args:
            manifest: The samples, or the file that lists them.
            variant: `original`, or the name of a rendition.
            transform: Called with each sample in the worker; its result is yielded in the sample's place.
            shuffle: False keeps the manifest's order.
            seed: Decides the order, together with the epoch.
            batch_size: As of the loader.
            rank: Rank of this process; by default that of `torch.distributed`, or `RANK` of the environment.
            ranks: Number of ranks; by default `torch.distributed`'s, or `WORLD_SIZE`.
            drop_uneven: Leave out the last samples that not every rank would have one of.
            cache_dir: Folder for bytes that the next epoch reads again; None keeps nothing.
            cache_bytes: Limit of that folder.
            read_ahead_bytes: Limit of bytes that are read but not yet yielded, in each worker.
            threads: Connections of each worker.
            skip_errors: Pass over samples that cannot be read, with a warning in the log; else SampleError is raised.
            client: Makes the API's client in each process; it must be picklable where workers are spawned.

        Raises ConfigurationError for a rank outside 0 to ranks - 1, and for sizes below 1.
        """
        super().__init__()
        self.manifest = manifest if isinstance(manifest, Manifest) else Manifest(manifest)
        found_rank, found_ranks = _distributed()
        self._rank = found_rank if rank is None else rank
        self._ranks = found_ranks if ranks is None else ranks
        if not 0 <= self._rank < self._ranks:
            raise ConfigurationError(f"rank {self._rank} is not one of {self._ranks} ranks (0 to {self._ranks - 1})")
        if min(batch_size, threads, read_ahead_bytes, cache_bytes) < 1:
            raise ConfigurationError("batch_size, threads, read_ahead_bytes and cache_bytes must be at least 1")
        self._variant, self._transform, self._client = variant, transform, client
        self._shuffle, self._seed, self._batch_size, self._drop_uneven = shuffle, seed, batch_size, drop_uneven
        self._cache = None if cache_dir is None else DiskCache(cache_dir, cache_bytes)
        self._threads, self._read_ahead_bytes, self._skips_errors = threads, read_ahead_bytes, skip_errors
        # Epoch and first place of its order, shared with workers that live longer (`persistent_workers`). Memory of the
        # spawn context reaches spawned and forked workers.
        self._place = multiprocessing.get_context("spawn").Array("q", [0, 0])
        self._yielded, self._skip_first = 0, 0

    def __len__(self) -> int:
        """Number of samples of this rank in the epoch, from its start on."""
        start = self._start_of_epoch()[1]
        return len(range(start + self._rank, self._end(start), self._ranks))

    def set_epoch(self, epoch: int, samples_seen: int = 0) -> None:
        """Choose the epoch, and how many of its samples every rank has seen already (its loader must start anew).

        With another number of ranks than before, give the samples that all ranks together have seen, divided by the
        new number.
        """
        if epoch < 0 or samples_seen < 0:
            raise ConfigurationError("epoch and samples_seen count from 0")
        with self._place.get_lock():
            self._place[:] = [epoch, samples_seen * self._ranks]
        self._yielded = self._skip_first = 0

    def state_dict(self) -> dict[str, Any]:
        """Return the position of this process (`StatefulDataLoader` asks each worker; or use it without workers)."""
        epoch, start = self._start_of_epoch()
        return {**self._identity(), "epoch": epoch, "start": start, "yielded": self._yielded}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on at a position: the next iteration yields what came after it.

        Raises ConfigurationError if the state is of other samples, another seed, rank, or batch size.
        """
        different = [name for name, value in self._identity().items() if state.get(name) != value]
        if different:
            raise ConfigurationError(f"this state belongs to another stream; it differs in {', '.join(different)}")
        with self._place.get_lock():
            self._place[:] = [state["epoch"], state["start"]]
        self._yielded = self._skip_first = state["yielded"]

    def __iter__(self) -> Generator[Any, None, None]:
        worker, workers = _worker()
        epoch, start = self._start_of_epoch()
        consumer = Consumer(self._rank, self._ranks, worker, workers)
        places = consumer.places(self._end(start), start, self._batch_size)
        for _ in range(self._skip_first):
            next(places, None)
        self._yielded, self._skip_first = self._skip_first, 0
        reader = SampleReader(
            self.manifest.head["project"],
            self._variant,
            is_pinned=self.manifest.is_pinned,
            cache=self._cache,
            threads=self._threads,
            read_ahead_bytes=self._read_ahead_bytes,
            client=self._client,
        )
        try:
            for sample, found in reader.read(self._samples(places, epoch)):
                self._yielded += 1
                if isinstance(found, bytes):
                    members = _members(sample, found)
                    yield members if self._transform is None else self._transform(members)
                elif self._skips_errors:
                    _log.warning("sample left out: %s", found)
                else:
                    raise found
        finally:
            reader.close()

    def _start_of_epoch(self) -> tuple[int, int]:
        """Return the epoch, and the place of its order at which it begins."""
        with self._place.get_lock():
            epoch, start = self._place[:]
        return epoch, start

    def _samples(self, places: Iterator[int], epoch: int) -> Iterator[Sample]:
        if not self._shuffle:
            return (self.manifest[place] for place in places)
        order = Permutation(len(self.manifest), self._seed, epoch)
        return (self.manifest[order[place]] for place in places)

    def _end(self, start: int) -> int:
        count = len(self.manifest)
        return count - (count - start) % self._ranks if self._drop_uneven and count > start else count

    def _identity(self) -> dict[str, Any]:
        return {
            "format": STATE_FORMAT,
            "manifest": self.manifest.fingerprint,
            "shuffle": self._shuffle,
            "seed": self._seed,
            "batch_size": self._batch_size,
            "rank": self._rank,
            "ranks": self._ranks,
            "worker": [*_worker()],
        }


def _members(sample: Sample, data: bytes) -> dict[str, Any]:
    own = {"asset_id": sample.asset_id, "file_name": sample.file_name, "mime_type": sample.mime_type, "data": data}
    return {**sample.facts, **own}


def _worker() -> tuple[int, int]:
    """Return number and count of this process's loader workers."""
    try:
        from torch.utils.data import get_worker_info
    except ImportError:
        return 0, 1
    info = get_worker_info()
    return (0, 1) if info is None else (info.id, info.num_workers)


def _distributed() -> tuple[int, int]:
    """Return rank and number of ranks: of `torch.distributed`, else of the environment that `torchrun` sets."""
    try:
        import torch.distributed as group
    except ImportError:
        pass
    else:
        if group.is_available() and group.is_initialized():
            return group.get_rank(), group.get_world_size()
    try:
        return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    except ValueError:
        raise ConfigurationError("RANK and WORLD_SIZE must be whole numbers") from None
