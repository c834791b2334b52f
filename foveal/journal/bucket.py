"""The bucket as the journal uses it: objects are created once and never replaced."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from foveal.aws.errors import ConditionalRequestConflict, NoSuchKey, PreconditionFailed
from foveal.aws.s3 import VersionPage

ONLY_CREATE = {"if-none-match": "*"}
CONTENT_TYPE = "application/octet-stream"


class Bucket(Protocol):
    """The calls of `foveal.aws.s3.S3` that the journal needs."""

    def get(self, key: str) -> bytes: ...

    def put(self, key: str, body: bytes, content_type: str, headers: Mapping[str, str]) -> str | None: ...

    def delete(self, key: str) -> str | None: ...

    def list_versions(self, prefix: str, markers: tuple[str, str] | None = None) -> VersionPage: ...


class Overtaken(Exception):
    """Another run has created the object first; it goes on, this one ends."""


def create(bucket: Bucket, key: str, data: bytes) -> None:
    """Create an object. Raises Overtaken when another is there; one of the same bytes is that of a lost answer."""
    try:
        bucket.put(key, data, CONTENT_TYPE, ONLY_CREATE)
    except (PreconditionFailed, ConditionalRequestConflict):
        if read(bucket, key) != data:
            raise Overtaken(key) from None


def read(bucket: Bucket, key: str) -> bytes | None:
    """Return an object; None when there is none."""
    try:
        return bucket.get(key)
    except NoSuchKey:
        return None


def keys(bucket: Bucket, prefix: str) -> Iterator[str]:
    """Yield the keys below a prefix that have a current version, in order."""
    markers = None
    while True:
        page = bucket.list_versions(prefix, markers)
        yield from (each.key for each in page.versions if each.is_latest and not each.is_delete_marker)
        if page.next_markers is None:
            return
        markers = page.next_markers
