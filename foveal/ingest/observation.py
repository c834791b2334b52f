"""Observation of an object: reads the current version under a key and probes its bytes.

The first block is requested without a version id, so it comes from the current version; the response names that
version, and every further read is pinned to it. So an overwrite during reading cannot mix bytes, and a late event
observes the current state. S3 is strongly consistent: an observation is never older than the event that caused it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from foveal.aws.s3 import ObjectHead, Opened, RangeResponse
from foveal.probe import Budget, Facts, ProbeError, probe

WHOLE_OBJECT_BYTES: Final = 128 * 1024
"""Objects up to this size are read whole, which saves the separate request for their checksums."""
MAX_ATTEMPTS: Final = 3
"""Attempts at an observation while the object changes under it."""


class NotThere(Exception):
    """The key has no current version, or the named version is gone."""


class Archived(Exception):
    """The object is in an archive tier and cannot be read before it is restored."""


class ChangedWhileReading(Exception):
    """The object was replaced, or its version removed, between two reads; a new attempt helps."""


@dataclass(frozen=True, slots=True)
class Absent:
    """No current version: the newest one is a delete marker, or there is none."""


class Bucket(Protocol):
    """Operations on a bucket that ingest needs. Each method raises the errors of the network when S3 is unreachable."""

    name: str

    def open_ahead(self, sizes: Mapping[str, int | None], seconds: float, /) -> Iterator[Opened | Absent | None]:
        """Open the current versions of many keys from the calling thread within `seconds`; yield them in order.

        `sizes` holds the expected size in bytes per key. Yields None where the other methods, which retry, are needed.
        """
        ...

    def first_block(self, key: str, length: int) -> RangeResponse:
        """Return the first bytes of the current version. Raises NotThere, Archived."""
        ...

    def head(self, key: str, version_id: str | None) -> ObjectHead:
        """Return the metadata of the current or of a given version. Raises NotThere."""
        ...

    def read(self, key: str, offset: int, length: int, version_id: str | None) -> RangeResponse:
        """Return a range of a version. Raises NotThere."""
        ...

    def status_tag(self, key: str, version_id: str | None) -> str | None:
        """Return the tag `foveal-status` of a version, None without one. Raises NotThere."""
        ...

    def set_status_tag(self, key: str, version_id: str | None, status: str | None) -> None:
        """Set the tag `foveal-status` of a version, or remove it (None). Raises NotThere."""
        ...


@dataclass(frozen=True, slots=True)
class Present:
    """A current version: its facts, or the reason why they are incomplete (`facts` then holds those read so far)."""

    head: ObjectHead
    facts: Facts
    reason: str | None = None
    reason_detail: str | None = None


Observation = Absent | Present


def first_block_bytes(key: str) -> int:
    """Return the number of bytes of the first read of an object."""
    return Budget.of(key).first_block_bytes


def observe_first_block(key: str, opened: Opened) -> Observation | None:
    """Return the observation from the first block of an opened object; None if more bytes have to be read."""
    try:
        return _read(key, opened.head, _Source(opened.first, _refuse_further_reads))
    except _MoreBytesNeeded:
        return None


def observe(bucket: Bucket, key: str, opened: Opened | None = None) -> Observation:
    """Return the observation of the object under a key, starting from `opened` if its first block is there already.

    Raises ChangedWhileReading when the object changes faster than it can be read, and the errors of the bucket.
    """
    for _ in range(MAX_ATTEMPTS - 1):
        try:
            return _observe_once(bucket, key, opened)
        except ChangedWhileReading:
            opened = None
    return _observe_once(bucket, key, opened)


def observe_version(bucket: Bucket, key: str, version_id: str) -> Present:
    """Return the observation of one version, current or not. Raises NotThere, and the errors of the bucket."""

    def read(offset: int, length: int) -> bytes:
        return bucket.read(key, offset, length, version_id).data

    first = bucket.read(key, 0, first_block_bytes(key), version_id)
    return _read(key, bucket.head(key, version_id), _Source(first, read))


def _observe_once(bucket: Bucket, key: str, opened: Opened | None) -> Observation:
    try:
        first = opened.first if opened else bucket.first_block(key, first_block_bytes(key))
    except NotThere:
        return Absent()
    except Archived:
        return Present(bucket.head(key, None), Facts(), "archived", "the object is in an archive tier")

    def read(offset: int, length: int) -> bytes:
        response = bucket.read(key, offset, length, first.version_id)
        _check_same(response, first)
        return response.data

    try:
        head = opened.head if opened else bucket.head(key, first.version_id)
        _check_same(head, first)
        return _read(key, head, _Source(first, read))
    except NotThere:
        raise ChangedWhileReading from None  # the version being read is gone; another one may be current


def _check_same(response: ObjectHead | RangeResponse, first: RangeResponse) -> None:
    if response.etag != first.etag:  # only without versioning; otherwise every read is pinned to one version
        raise ChangedWhileReading


def _read(key: str, head: ObjectHead, source: "_Source") -> Present:
    try:
        return Present(head, probe(source, head.content_type, Budget.of(key)))
    except ProbeError as error:
        return Present(head, error.facts or Facts(), str(error.reason), error.detail)


class _Source:
    """Range source of one version: the first block is in memory, `read_further` fetches the bytes after it."""

    def __init__(self, first: RangeResponse, read_further: Callable[[int, int], bytes]) -> None:
        self._data, self._read_further = first.data, read_further
        self.size = first.size_bytes

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size)
        return self._data[offset:end] if end <= len(self._data) else self._read_further(offset, end - offset)


class _MoreBytesNeeded(Exception):
    pass


def _refuse_further_reads(_offset: int, _length: int) -> bytes:
    raise _MoreBytesNeeded
