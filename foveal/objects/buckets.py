"""Buckets of originals: the media bucket, and further buckets that a stage imports from and only ever reads.

An asset whose object lies in a further bucket has `s3.is_external` beside `s3.bucket`. Nothing of such an object is
written, tagged or deleted: the stage has no right to, and no code that does so takes another bucket than its own.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foveal.aws import credentials
from foveal.aws.credentials import Credentials
from foveal.aws.s3 import S3
from foveal.aws.sts import RoleCredentials
from foveal.errors import Unprocessable

SESSION_NAME = "foveal"


@dataclass(frozen=True, slots=True)
class ImportBucket:
    """A bucket of the stage setting `imports.buckets`: keys below `prefix`, read by the functions or by a role."""

    bucket: str
    prefix: str = ""
    region: str | None = None
    role_arn: str | None = None
    external_id: str | None = None


def import_buckets(text: str | None) -> tuple[ImportBucket, ...]:
    """Return the buckets of a function's setting `IMPORT_BUCKETS`, a JSON list; none without it."""
    return tuple(ImportBucket(**each) for each in json.loads(text or "[]"))


def is_external(asset: Mapping[str, Any]) -> bool:
    """Tell whether an asset's object lies in another bucket than the media bucket."""
    return bool((asset.get("s3") or {}).get("is_external"))


class Buckets:
    """Clients of the media bucket and of the buckets that a stage imports from, each made on first use."""

    def __init__(self, media: S3, imported: Sequence[ImportBucket] = ()) -> None:
        self.media = media
        self.imported = tuple(imported)
        self._clients: dict[ImportBucket, S3] = {}

    def of(self, asset: Mapping[str, Any]) -> S3:
        """Return the client of the bucket with an asset's original. Raises Unprocessable as `readable`."""
        return self.readable(asset["s3"]["bucket"], asset["s3"]["key"]) if is_external(asset) else self.media

    def is_media(self, bucket: str) -> bool:
        return bucket == self.media.bucket

    def readable(self, bucket: str, key: str = "") -> S3:
        """Return the client for a key, or for all keys below a prefix.

        Raises Unprocessable for a bucket or prefix that the stage does not read.
        """
        if self.is_media(bucket):
            return self.media
        of_bucket = [each for each in self.imported if each.bucket == bucket]
        found = next((each for each in of_bucket if key.startswith(each.prefix)), None)
        if found is None and of_bucket:
            allowed = ", ".join(each.prefix for each in of_bucket)
            raise Unprocessable(f"The stage reads of the bucket {bucket} only keys below: {allowed}.")
        if found is None:
            raise Unprocessable(
                f"The stage does not read the bucket {bucket}: an operator adds it to imports.buckets of the stage."
            )
        if found not in self._clients:
            self._clients[found] = S3(found.bucket, found.region, _credentials_of(found))
        return self._clients[found]


def _credentials_of(bucket: ImportBucket) -> Callable[[], Credentials]:
    if bucket.role_arn is None:
        return lambda: credentials.current()
    return RoleCredentials(bucket.role_arn, SESSION_NAME, bucket.external_id)
