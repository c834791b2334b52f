"""What the bucket holds under a key right now, and what its bytes are: the truth that an event only points to.

The first block is asked for without a version, so it comes from the current one; its answer names that version, and
every further read is pinned to it. So an overwrite while reading cannot mix bytes, and an event that comes late finds
what is there now. S3 is strongly consistent, so an observation is never older than the event that led to it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from foveal.aws.s3 import ObjectHead, Opened, RangeResponse
from foveal.probe import Budget, Facts, ProbeError, probe

WHOLE_OBJECT_BYTES: Final = 128 * 1024
"""What is read whole, since that saves the request for its checksums."""
LOOKS: Final = 3


class NotThere(Exception):
    """The key has no current version, or the named version is gone."""


class Archived(Exception):
    """The object lies in an archive tier and cannot be read before it is restored."""


class ChangedWhileReading(Exception):
    """The object was replaced, or its version removed, between two reads; looking again helps."""


@dataclass(frozen=True, slots=True)
class Absent:
    """No current version: a delete marker is on top, or nothing is left."""


class Bucket(Protocol):
    """What ingest asks of a bucket. Each method raises what the network raises when S3 cannot be asked."""

    name: str

    def open_ahead(self, sizes: Mapping[str, int | None], seconds: float, /) -> Iterator[Opened | Absent | None]:
        """Open the current versions of many keys, all from the calling thread, within `seconds`; in order.

        `sizes` says how large each is thought to be. None where only the other methods, with their retries, can tell.
        """
        ...

    def first_block(self, key: str, length: int) -> RangeResponse:
        """The first bytes of the current version. Raises NotThere, Archived."""
        ...

    def head(self, key: str, version_id: str | None) -> ObjectHead:
        """What S3 says of the current or of a given version. Raises NotThere."""
        ...

    def read(self, key: str, offset: int, length: int, version_id: str | None) -> RangeResponse:
        """A range of a version. Raises NotThere."""
        ...

    def set_status_tag(self, key: str, version_id: str | None, status: str | None) -> None:
        """Set the tag `foveal-status` of a version, or take it off. Raises NotThere."""
        ...


@dataclass(frozen=True, slots=True)
class Present:
    """A current version; its facts, or why it has none (`facts` then holds what was known before)."""

    head: ObjectHead
    facts: Facts
    reason: str | None = None
    reason_detail: str | None = None


Observation = Absent | Present


def first_block_bytes(key: str) -> int:
    """Return how much of an object is read before anything is known of it."""
    return Budget.of(key).first_block_bytes


def glance(key: str, opened: Opened) -> Observation | None:
    """Return what an opened object is; None when its first bytes do not tell and more has to be read."""
    try:
        return _read(key, opened.head, _Source(opened.first, _no_further))
    except _MoreIsNeeded:
        return None


def observe(bucket: Bucket, key: str, opened: Opened | None = None) -> Observation:
    """Return what the bucket holds under the key, going on from where it was opened already.

    Raises ChangedWhileReading when it changes faster than it can be read, and what the bucket raises.
    """
    for _ in range(LOOKS - 1):
        try:
            return _look(bucket, key, opened)
        except ChangedWhileReading:
            opened = None
    return _look(bucket, key, opened)


def _look(bucket: Bucket, key: str, opened: Opened | None) -> Observation:
    try:
        first = opened.first if opened else bucket.first_block(key, first_block_bytes(key))
    except NotThere:
        return Absent()
    except Archived:
        return Present(bucket.head(key, None), Facts(), "archived", "it lies in an archive tier")

    def read(offset: int, length: int) -> bytes:
        answer = bucket.read(key, offset, length, first.version_id)
        _check_same(answer, first)
        return answer.data

    try:
        head = opened.head if opened else bucket.head(key, first.version_id)
        _check_same(head, first)
        return _read(key, head, _Source(first, read))
    except NotThere:
        raise ChangedWhileReading from None  # the version that was being read is gone; another may be on top


def _check_same(answer: ObjectHead | RangeResponse, first: RangeResponse) -> None:
    if answer.etag != first.etag:  # only without versions; else every read is pinned to one
        raise ChangedWhileReading


def _read(key: str, head: ObjectHead, source: "_Source") -> Present:
    try:
        return Present(head, probe(source, head.content_type, Budget.of(key)))
    except ProbeError as error:
        return Present(head, error.facts or Facts(), str(error.reason), error.detail)


class _Source:
    """One version as a range source whose first block is here; `read_further` fetches what lies behind it."""

    def __init__(self, first: RangeResponse, read_further: Callable[[int, int], bytes]) -> None:
        self._data, self._read_further = first.data, read_further
        self.size = first.size_bytes

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size)
        return self._data[offset:end] if end <= len(self._data) else self._read_further(offset, end - offset)


class _MoreIsNeeded(Exception):
    pass


def _no_further(_offset: int, _length: int) -> bytes:
    raise _MoreIsNeeded
