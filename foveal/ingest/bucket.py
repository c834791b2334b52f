"""The media bucket on S3: translates S3's errors into the exceptions of `foveal.ingest.observation`."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

from foveal.aws import errors
from foveal.aws.s3 import S3, ObjectHead, Opened, RangeResponse
from foveal.ingest.observation import WHOLE_OBJECT_BYTES, Absent, Archived, NotThere, first_block_bytes
from foveal.stack_contract import STATUS_TAG

Response = TypeVar("Response", ObjectHead, RangeResponse)
_GONE: Final = (errors.NoSuchKey, errors.NoSuchVersion, errors.MethodNotAllowed)


class MediaBucket:
    """The `Bucket` of ingest on S3. Thread-safe. Other errors than the named ones are raised as AwsError."""

    def __init__(self, s3: S3) -> None:
        self._s3 = s3
        self.name = s3.bucket

    def open_ahead(self, sizes: Mapping[str, int | None], seconds: float) -> Iterator[Opened | Absent | None]:
        for result in self._s3.open_ahead(sizes, first_block_bytes, WHOLE_OBJECT_BYTES, seconds):
            if isinstance(result, Opened):
                yield Opened(_without_null_version(result.first), _without_null_version(result.head))
            else:
                yield None if result is None else Absent()

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

    def status_tag(self, key: str, version_id: str | None) -> str | None:
        try:
            return self._s3.get_tagging(key, version_id).get(STATUS_TAG)
        except _GONE:
            raise NotThere from None

    def set_status_tag(self, key: str, version_id: str | None, status: str | None) -> None:
        try:
            tags = self._s3.get_tagging(key, version_id)
            tags.pop(STATUS_TAG, None)
            self._s3.put_tagging(key, tags if status is None else {**tags, STATUS_TAG: status}, version_id)
        except _GONE:
            raise NotThere from None


def _without_null_version(response: Response) -> Response:
    """Replace the version id `null`, S3's name for the only version in a bucket without versioning, by None."""
    return response._replace(version_id=None) if response.version_id == "null" else response
