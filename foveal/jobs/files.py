"""Files of jobs: objects of the bucket on the disk of the worker, and the other way round."""

from pathlib import Path
from typing import BinaryIO, Final

from foveal.aws.s3 import S3

PART_BYTES: Final = 16 * 2**20
RANGE_BYTES: Final = 4 * 2**20
"""Bytes of one response, which takes several times that in memory while it arrives."""


def download(bucket: S3, key: str, path: Path) -> None:
    """Write an object to a file, part by part. Raises NoSuchKey, AwsError."""
    size = bucket.head(key).size_bytes
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for offset in range(0, size, RANGE_BYTES):
            file.write(bucket.get_range(key, offset, min(RANGE_BYTES, size - offset)).data)


def upload(bucket: S3, path: Path, key: str, content_type: str) -> int:
    """Store a file as an object, in parts when it is large; return its bytes. Raises AwsError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if size <= PART_BYTES:
            bucket.put(key, file.read(), content_type)
        else:
            _upload_parts(bucket, file, key, content_type)
    return size


def _upload_parts(bucket: S3, file: BinaryIO, key: str, content_type: str) -> None:
    """Upload part by part; what a crash leaves behind is removed by the lifecycle rule of incomplete uploads."""
    upload_id = bucket.create_multipart(key, content_type)
    parts = [
        bucket.upload_part(key, upload_id, number, part)
        for number, part in enumerate(iter(lambda: file.read(PART_BYTES), b""), 1)
    ]
    bucket.complete_multipart(key, upload_id, parts)
