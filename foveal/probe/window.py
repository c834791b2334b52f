"""A view on an object that fetches few, growing ranges and stops at a hard budget."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Protocol

from foveal.probe.errors import ProbeError, Reason, truncated

KIB = 1024
MAX_STEPS = 100_000


class RangeSource(Protocol):
    """Anything that can give a range of an object's bytes.

    `size` is the object's length in bytes; it may be unknown (negative) until the first read.
    """

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """The bytes [offset, offset + length); shorter only where the object ends."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """What one object may cost.

    Facts that the asset cannot do without may use all of it; those that are only good to have (audio
    behind a long sample table, EXIF at the far end) are fetched within `planned_requests` alone.
    """

    max_requests: int = 12
    max_bytes: int = 4 * KIB * KIB
    first_block_bytes: int = 64 * KIB
    jump_bytes: int = 8 * KIB
    planned_requests: int = 3


class Window:
    """Reads ranges of one object through a cache of the blocks fetched so far.

    A jump fetches little, or the rest of the object where that is not more than a first block. Reading on past
    the end of a block (or little behind it) fetches three times as much as is there, since headers that do not
    fit (ICC, XMP, GIF frames) tend to be long.
    """

    def __init__(self, source: RangeSource, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._starts: list[int] = []
        self._blocks: list[bytes] = []
        self._steps = 0
        self.requests = 0
        self.bytes_read = 0
        self._fetch(0, budget.first_block_bytes)
        self.size = max(source.size, len(self._blocks[0]))

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset`.

        Raises ProbeError: `truncated` where the object ends before, `too_many_reads` past the budget.
        """
        data = self.upto(offset, length)
        if len(data) < length:
            raise truncated(f"the object ends at {self.size}, its headers ask for {offset + length}")
        return data

    def upto(self, offset: int, length: int) -> bytes:
        """Like `read`, but shorter (or empty) where the object ends."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise ProbeError(Reason.HOSTILE, "its structure is split into more pieces than any real file")
        if 0 <= offset <= offset + length <= len(self._blocks[0]):  # the first block begins at 0, and mostly is enough
            return self._blocks[0][offset : offset + length]
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        index = bisect_right(self._starts, offset) - 1
        if index >= 0:
            skip = offset - self._starts[index]
            if skip + length <= len(self._blocks[index]):
                return self._blocks[index][skip : skip + length]
        return self._read_through(offset, length)

    def read_on(self, offset: int) -> None:
        """Say that all pieces up to `offset` are short and more follow: what lies between is fetched with it."""
        index = bisect_right(self._starts, offset) - 1
        end = self._starts[index] + len(self._blocks[index])
        if end < offset <= end + self._budget.first_block_bytes and end < self.size:
            self._read_through(end, min(offset - end, self.size - end))

    def has(self, offset: int, length: int) -> bool:
        """Whether these bytes (as far as the object goes) are here already."""
        length = min(length, self.size - offset)
        if length <= 0:
            return True
        index = bisect_right(self._starts, offset) - 1
        return index >= 0 and offset + length <= self._starts[index] + len(self._blocks[index])

    def reach(self, offset: int, at_most: int = 1 << 16) -> int:
        """How many bytes from `offset` on are here already, up to `at_most`."""
        index = bisect_right(self._starts, offset) - 1
        here = self._starts[index] + len(self._blocks[index]) - offset if index >= 0 else 0
        return max(0, min(here, at_most))

    def can_plan(self, offset: int, length: int) -> bool:
        """Whether a fact that is only good to have may be read here without an unplanned request."""
        return self.has(offset, length) or (
            self.requests < self._budget.planned_requests and self.bytes_read + length <= self._budget.max_bytes
        )

    def prefetch(self, end: int, limit: int) -> None:
        """Bring what is missing of the first block up to `end` in one request, if at most `limit` bytes."""
        start = len(self._blocks[0])
        missing = min(end, self.size) - start
        if 0 < missing <= limit and self._starts[0] == 0 and len(self._starts) == 1 and self.can_plan(start, missing):
            self._fetch(start, missing)

    def _read_through(self, offset: int, length: int) -> bytes:
        index = bisect_right(self._starts, offset) - 1
        if (
            index >= 0
            and offset <= self._starts[index] + len(self._blocks[index]) + self._budget.first_block_bytes // 4
        ):
            start = self._starts[index] + len(self._blocks[index])
            wanted = max(offset + length - start, 3 * len(self._blocks[index]))
        else:
            rest = self.size - offset
            start = offset
            wanted = max(length, rest if rest <= self._budget.first_block_bytes else self._budget.jump_bytes)
        if offset + length - start > self._budget.max_bytes - self.bytes_read:
            raise ProbeError(Reason.TOO_MANY_READS, f"more than {self._budget.max_bytes} bytes of headers")
        self._fetch(start, min(wanted, self.size - start, self._budget.max_bytes - self.bytes_read))
        index = bisect_right(self._starts, offset) - 1
        skip = offset - self._starts[index]
        return self._blocks[index][skip : skip + length]

    def _fetch(self, start: int, length: int) -> None:
        if self.requests >= self._budget.max_requests:
            raise ProbeError(Reason.TOO_MANY_READS, f"more than {self._budget.max_requests} requests")
        self.requests += 1
        data = self._source.read(start, length)[:length]
        self.bytes_read += len(data)
        index = bisect_right(self._starts, start) - 1
        if index >= 0 and self._starts[index] + len(self._blocks[index]) == start:
            self._blocks[index] += data
            return
        self._starts.insert(index + 1, start)
        self._blocks.insert(index + 1, data)
