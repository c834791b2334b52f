"""Order of an epoch: a permutation by a seed that takes no memory, and the part of it that a worker reads."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ROUNDS: Final = 6
_MASK: Final = (1 << 64) - 1
_MULTIPLIER: Final = 0xD6E8FEB86659FD93  # of the mixer "rrmxmx" (P. Evensen): odd, with half of its bits set


class Permutation:
    """A permutation of `range(count)`: the same for the same seed and epoch, on every machine.

    Any place of it is computed at once, so that an epoch is resumed without reading what lies before. It is a Feistel
    network over the smallest domain of an even number of bits that holds the count; values outside the count are
    encrypted again until they lie in it (cycle walking: J. Black and P. Rogaway, "Ciphers with Arbitrary Finite
    Domains", 2002), less than four times on average.
    """

    def __init__(self, count: int, seed: int, epoch: int) -> None:
        self.count = count
        self._half = max(1, ((max(count, 2) - 1).bit_length() + 1) // 2)
        key = hashlib.blake2b(f"{seed} {epoch}".encode(), digest_size=8 * ROUNDS).digest()
        self._keys = [int.from_bytes(key[start : start + 8], "big") for start in range(0, 8 * ROUNDS, 8)]

    def __getitem__(self, place: int) -> int:
        """Return the value at a place. Raises IndexError outside 0 to count - 1."""
        if not 0 <= place < self.count:
            raise IndexError(place)
        value = self._encrypted(place)
        while value >= self.count:
            value = self._encrypted(value)
        return value

    def _encrypted(self, value: int) -> int:
        half, low = self._half, (1 << self._half) - 1
        left, right = value >> half, value & low
        for key in self._keys:
            mixed = ((right ^ key) * _MULTIPLIER) & _MASK
            mixed ^= mixed >> 32
            mixed = (mixed * _MULTIPLIER) & _MASK
            left, right = right, left ^ (mixed >> (64 - half))
        return left << half | right


@dataclass(frozen=True, slots=True)
class Consumer:
    """A worker process of a rank: rank of `ranks`, worker of `workers` of that rank, each from 0."""

    rank: int = 0
    ranks: int = 1
    worker: int = 0
    workers: int = 1

    def places(self, count: int, start: int, batch_size: int) -> Iterator[int]:
        """Yield the places of an epoch's order that this worker reads, from the place `start` on.

        Ranks take turns sample by sample, workers of a rank batch by batch, as PyTorch's loader collects their
        batches: so the order of a rank's batches does not depend on the number of its workers, and all workers
        together read each place once.
        """
        batch = self.worker
        while True:
            first = start + self.rank + batch * batch_size * self.ranks
            if first >= count:
                return
            yield from range(first, min(count, first + batch_size * self.ranks), self.ranks)
            batch += self.workers
