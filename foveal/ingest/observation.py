"""What the bucket holds under a key right now, and what its bytes are: the truth that an event only points to.

The first block is asked for without a version, so it comes from the current one; its answer names that version, and
every further read is pinned to it. So an overwrite while reading cannot mix bytes, and an event that comes late finds
what is there now. S3 is strongly consistent, so an observation is never older than the event that led to it.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from foveal.aws.s3 import ObjectHead, RangeResponse
from foveal.probe import Facts, ProbeError, probe

FIRST_BLOCK_BYTES: Final = 64 * 1024
LOOKS: Final = 3


class NotThere(Exception):
    """The key has no current version, or the named version is gone."""


class Archived(Exception):
    """The object lies in an archive tier and cannot be read before it is restored."""


class ChangedWhileReading(Exception):
    """The object was replaced, or its version removed, between two reads; looking again helps."""


class Bucket(Protocol):
    """What ingest asks of a bucket. Each method raises what the network raises when S3 cannot be asked."""

    name: str

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
class Absent:
    """No current version: a delete marker is on top, or nothing is left."""


@dataclass(frozen=True, slots=True)
class Present:
    """A current version; its facts, or why it has none (`facts` then holds what was known before)."""

    head: ObjectHead
    facts: Facts
    reason: str | None = None
    reason_detail: str | None = None


Observation = Absent | Present


def observe(bucket: Bucket, key: str) -> Observation:
    """Return what the bucket holds under the key.

    Raises ChangedWhileReading when it changes faster than it can be read, and what the bucket raises.
    """
    for _ in range(LOOKS - 1):
        try:
            return _look(bucket, key)
        except ChangedWhileReading:
            continue
    return _look(bucket, key)


def _look(bucket: Bucket, key: str) -> Observation:
    try:
        source = _Source(bucket, key)
    except NotThere:
        return Absent()
    except Archived:
        return Present(bucket.head(key, None), Facts(), "archived", "it lies in an archive tier")
    try:
        head = source.head()
        facts = probe(source, head.content_type)
    except NotThere:
        raise ChangedWhileReading from None  # the version that was being read is gone; another may be on top
    except ProbeError as error:
        return Present(head, error.facts or Facts(), str(error.reason), error.detail)
    return Present(head, facts)


class _Source:
    """The current version as a range source; the first block is fetched at once, since its answer names the version."""

    def __init__(self, bucket: Bucket, key: str) -> None:
        self._bucket, self._key = bucket, key
        self._first = bucket.first_block(key, FIRST_BLOCK_BYTES)
        self.size = self._first.size_bytes

    def head(self) -> ObjectHead:
        head = self._bucket.head(self._key, self._first.version_id)
        self._check(head.etag)
        return head

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size)
        if end <= len(self._first.data):
            return self._first.data[offset:end]
        answer = self._bucket.read(self._key, offset, end - offset, self._first.version_id)
        self._check(answer.etag)
        return answer.data

    def _check(self, etag: str) -> None:
        if etag != self._first.etag:  # only without versions; else every read is pinned to one
            raise ChangedWhileReading
