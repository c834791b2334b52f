"""Cached window on an object: fetches few, growing ranges within a hard budget."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from foveal.probe.errors import ProbeError, Reason, truncated

KIB = 1024
MAX_STEPS = 100_000
_UNKNOWN_BYTES = 2**62
"""Assumed size of an object of unknown size: larger than any offset in a header."""
_BLOCK_BYTES = 64 * KIB
_JUMP_BYTES = 8 * KIB
_VIDEO_NAME = re.compile(
    r"\.(?:mp4|m4v|mov|qt|3gp|3g2|mkv|mk3d|webm|avi|flv|asf|wmv|mpe?g|vob|og[gv]|ts|m2ts|mts|m2t|insv|lrv|360)"
    r"(?:[?#]|$)",
    re.IGNORECASE,
)


class RangeSource(Protocol):
    """Protocol of a source of byte ranges.

    `size` is the object's length in bytes; it may be unknown (negative) until the first read, or for good.
    """

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes [offset, offset + length); shorter only at the end of the object."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of requests and bytes for one object.

    Facts that the asset cannot do without may use all of it; those that are only good to have (audio
    behind a long sample table, EXIF at the far end) are fetched within what is planned alone.
    """

    max_requests: int = 12
    max_bytes: int = 4 * KIB * KIB
    first_block_bytes: int = _BLOCK_BYTES
    planned_requests: int = 3
    planned_bytes: int = 256 * KIB

    @classmethod
    def of(cls, name: str) -> Budget:
        """Return the budget for an object name (key, path, URL): a video has a smaller first read than a picture.

        A picture's header is often long and is to be had with one request; a video's index is either short,
        or somewhere else. Where the name deceives, it costs one request more.
        """
        return cls(first_block_bytes=16 * KIB) if _VIDEO_NAME.search(name) else cls()


class Window:
    """Reads ranges of one object through a cache of the blocks fetched so far.

    A jump fetches little, or all the rest (of the object, or of the `scope`) where that is not more than a block
    or, with the last request that is planned, not more than what is planned. Reading on past the end of a block
    (or little behind it) fetches three times as much as is there, since headers that do not fit (ICC, XMP, GIF
    frames) tend to be long; with the last request that is planned seven times, so that three reach 2 MiB.
    """

    def __init__(self, source: RangeSource, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._starts: list[int] = []
        self._blocks: list[bytes] = []
        self._recent_start, self._recent = 0, b""  # the block that was read last
        self._steps = 0
        self.requests = 0
        self.bytes_read = 0
        self._fetch(0, budget.first_block_bytes)
        is_open_ended = source.size < 0 and len(self._blocks[0]) == budget.first_block_bytes
        self.size = _UNKNOWN_BYTES if is_open_ended else max(source.size, len(self._blocks[0]))
        self._scope_end: int | None = None

    @contextmanager
    def scope(self, end: int) -> Iterator[None]:
        """Limit read-ahead to `end`: bytes before it may be prefetched, bytes after it are not."""
        self._scope_end = end
        try:
            yield
        finally:
            self._scope_end = None

    @property
    def is_whole(self) -> bool:
        """Return whether the whole object is in memory, so that reading its end is free."""
        return len(self._blocks[0]) >= self.size

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`.

        Raises ProbeError: `truncated` where the object ends before, `too_many_reads` past the budget.
        """
        skip = offset - self._recent_start
        if 0 <= skip <= skip + length <= len(self._recent) and self._steps < MAX_STEPS:  # as in `upto`
            self._steps += 1
            return self._recent[skip : skip + length]
        data = self.upto(offset, length)
        if len(data) < length:
            raise truncated(f"the object ends at {self.size}, its headers ask for {offset + length}")
        return data

    def upto(self, offset: int, length: int) -> bytes:
        """Return the bytes as `read` does, but fewer (or none) at the end of the object."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise ProbeError(Reason.HOSTILE, "its structure is split into more pieces than any real file")
        skip = offset - self._recent_start
        if 0 <= skip <= skip + length <= len(self._recent):
            return self._recent[skip : skip + length]
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        index = bisect_right(self._starts, offset) - 1
        if index >= 0:
            skip = offset - self._starts[index]
            block = self._blocks[index]
            if skip + length <= len(block):
                self._recent_start, self._recent = self._starts[index], block
                return block[skip : skip + length]
        return self._read_through(offset, length)

    def read_on(self, offset: int) -> None:
        """Announce that all pieces up to `offset` are short and more follow: the bytes between are fetched together."""
        index = bisect_right(self._starts, offset) - 1
        end = self._starts[index] + len(self._blocks[index])
        if end < offset <= end + _BLOCK_BYTES and end < self.size:
            self._read_through(end, min(offset - end, self.size - end))

    def has(self, offset: int, length: int) -> bool:
        """Return whether these bytes (up to the end of the object) are in memory."""
        skip = offset - self._recent_start
        if skip >= 0 and skip + length <= len(self._recent):
            return True
        length = min(length, self.size - offset)
        if length <= 0:
            return True
        index = bisect_right(self._starts, offset) - 1
        return index >= 0 and offset + length <= self._starts[index] + len(self._blocks[index])

    def reach(self, offset: int, at_most: int = 1 << 16) -> int:
        """Return the number of bytes in memory from `offset` on, up to `at_most`."""
        index = bisect_right(self._starts, offset) - 1
        here = self._starts[index] + len(self._blocks[index]) - offset if index >= 0 else 0
        return max(0, min(here, at_most))

    def can_plan(self, offset: int, length: int) -> bool:
        """Return whether an optional fact can be read here without an unplanned request."""
        return self.has(offset, length) or (
            self.requests < self._budget.planned_requests and self.bytes_read + length <= self._budget.max_bytes
        )

    def left_in_plan(self) -> int:
        """Return the size of the next planned request, with a reserve for each jump that may follow."""
        following = self._budget.planned_requests - self.requests - 1
        return max(0, self._budget.planned_bytes - self.bytes_read - following * _JUMP_BYTES) if following >= 0 else 0

    def _read_through(self, offset: int, length: int) -> bytes:
        index = bisect_right(self._starts, offset) - 1
        here = self._starts[index] + len(self._blocks[index]) if index >= 0 else -1
        reads_on = index >= 0 and offset <= here + len(self._blocks[0]) // 4
        start = here if reads_on else offset
        rest = (self._scope_end or self.size) - start
        if rest <= _BLOCK_BYTES or (self._scope_end and self._is_last_planned(rest)):
            fetched_bytes = rest
        else:
            fetched_bytes = self._growth() * len(self._blocks[index]) if reads_on else _JUMP_BYTES
        if self._scope_end and self.left_in_plan():
            fetched_bytes = min(fetched_bytes, max(_JUMP_BYTES, self.left_in_plan()))
        fetched_bytes = max(fetched_bytes, offset + length - start)
        if offset + length - start > self._budget.max_bytes - self.bytes_read:
            raise ProbeError(Reason.TOO_MANY_READS, f"more than {self._budget.max_bytes} bytes of headers")
        self._fetch(start, min(fetched_bytes, self.size - start, self._budget.max_bytes - self.bytes_read))
        index = bisect_right(self._starts, offset) - 1
        skip = offset - self._starts[index]
        return self._blocks[index][skip : skip + length]

    def _growth(self) -> int:
        return 7 if self.requests == self._budget.planned_requests - 1 else 3

    def _is_last_planned(self, length: int) -> bool:
        planned = self._budget
        return self.requests == planned.planned_requests - 1 and self.bytes_read + length <= planned.planned_bytes

    def _fetch(self, start: int, length: int) -> None:
        if self.requests >= self._budget.max_requests:
            raise ProbeError(Reason.TOO_MANY_READS, f"more than {self._budget.max_requests} requests")
        self.requests += 1
        data = self._source.read(start, length)[:length]
        self.bytes_read += len(data)
        index = bisect_right(self._starts, start) - 1
        if index >= 0 and self._starts[index] + len(self._blocks[index]) == start:
            self._blocks[index] += data
        else:
            index += 1
            self._starts.insert(index, start)
            self._blocks.insert(index, data)
        self._recent_start, self._recent = self._starts[index], self._blocks[index]
