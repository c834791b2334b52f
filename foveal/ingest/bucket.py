"""The media bucket as ingest sees it: S3's errors become what they mean for an asset."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

from foveal.aws import errors
from foveal.aws.s3 import S3, ObjectHead, Opened, RangeResponse
from foveal.ingest.observation import WHOLE_OBJECT_BYTES, Absent, Archived, NotThere, first_block_bytes

Answer = TypeVar("Answer", ObjectHead, RangeResponse)
STATUS_TAG: Final = "foveal-status"
_GONE: Final = (errors.NoSuchKey, errors.NoSuchVersion, errors.MethodNotAllowed)


class MediaBucket:
    """One bucket on S3. Safe to share by threads. Other errors than the named ones are AwsError: S3 cannot be asked."""

    def __init__(self, s3: S3) -> None:
        self._s3 = s3
        self.name = s3.bucket

    def open_ahead(self, sizes: Mapping[str, int | None], seconds: float) -> Iterator[Opened | Absent | None]:
        for found in self._s3.open_ahead(sizes, first_block_bytes, WHOLE_OBJECT_BYTES, seconds):
            if isinstance(found, Opened):
                yield Opened(_without_null_version(found.first), _without_null_version(found.head))
            else:
                yield None if found is None else Absent()

    def first_block(self, key: str, length: int) -> RangeResponse:
        try:
            return _without_null_version(self._s3.get_range(key, 0, length))
        except _GONE:
            raise NotThere from None
        except errors.InvalidObjectState:
            raise Archived from None
        except errors.InvalidRange:  # S3 has no range of an empty object
            head = self.head(key, None)
            return RangeResponse(b"", head.size_bytes, head.etag, head.version_id, head.content_type)

    def head(self, key: str, version_id: str | None) -> ObjectHead:
        try:
            return _without_null_version(self._s3.head(key, version_id))
        except _GONE:
            raise NotThere from None

    def read(self, key: str, offset: int, length: int, version_id: str | None) -> RangeResponse:
        try:
            return self._s3.get_range(key, offset, length, version_id)
        except (*_GONE, errors.InvalidRange):
            raise NotThere from None

    def set_status_tag(self, key: str, version_id: str | None, status: str | None) -> None:
        try:
            tags = self._s3.get_tagging(key, version_id)
            tags.pop(STATUS_TAG, None)
            self._s3.put_tagging(key, tags if status is None else {**tags, STATUS_TAG: status}, version_id)
        except _GONE:
            raise NotThere from None


def _without_null_version(answer: Answer) -> Answer:
    """S3 names the one version of an object in a bucket without versions `null`."""
    return answer._replace(version_id=None) if answer.version_id == "null" else answer
