"""Services of uploads: database, bucket, limits, and the signer of the current credentials."""

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pymongo.collection import Collection
from pymongo.database import Database

from foveal.aws import credentials
from foveal.aws.credentials import Credentials
from foveal.aws.sigv4 import Signer
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import UploadDocument
from foveal.uploads.limits import UploadLimits

if TYPE_CHECKING:
    from foveal.aws.s3 import S3


@dataclass(frozen=True)
class Backend:
    """Services that every operation needs; one instance for each execution environment."""

    database: Database[Document]
    bucket: str
    region: str
    limits: UploadLimits

    @property
    def uploads(self) -> Collection[UploadDocument]:
        return typed.uploads(self.database)

    @functools.cached_property
    def s3(self) -> "S3":
        """The bucket's client; imported on first use, since a single upload never calls S3."""
        from foveal.aws.s3 import S3

        return S3(self.bucket, self.region)

    def signer(self) -> Signer:
        return _signer(credentials.current(), self.region)

    def ttl_seconds(self, signer: Signer, at: datetime, asked_seconds: int | None) -> int:
        """Return the validity of a ticket: what was asked for, at most until its credentials expire."""
        seconds = asked_seconds or self.limits.url_ttl_seconds
        ends_at = signer.credentials.expires_at
        return seconds if ends_at is None else max(1, min(seconds, int((ends_at - at) / timedelta(seconds=1))))


@functools.lru_cache(maxsize=2)
def _signer(found: Credentials, region: str) -> Signer:
    return Signer(found, region)
