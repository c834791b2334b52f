"""Settings of the media bucket."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.config.fields import BucketArn, Days, KmsKeyArn
from infra.config.sections.section import Section


class Replication(Section):
    """A copy of `media/` and `masks/` in a bucket of yours, which must be versioned."""

    bucket_arn: BucketArn
    """The bucket that receives the copies."""
    kms_key_arn: KmsKeyArn | None = None
    """The key that encrypts the copies."""


class ObjectLock(Section):
    """Versions that nobody can delete before their time. It cannot be switched off again."""

    mode: Literal["governance", "compliance"]
    """`governance` can be overridden with a permission of its own, `compliance` by nobody, not even the account."""
    days: Days
    """Days for which a version is locked. S3 then wants a checksum with every upload."""


class Storage(Section):
    """The media bucket: how its objects age, and what is recorded about it."""

    noncurrent_archive_after_days: Days = 30
    """An overwritten or deleted version goes to Glacier after so long; reverting to it then takes a retrieval."""
    noncurrent_expire_after_days: Days = 365
    """An overwritten or deleted version is removed for good after so long. The current version never expires."""
    abort_multipart_after_days: Annotated[int, Field(ge=1, le=7)] = 2
    """Parts of uploads that nobody completed are removed after so long."""
    export_expire_after_days: Days = 30
    """Objects below `exports/` are deleted after so long."""
    import_expire_after_days: Days | None = None
    """Objects below `imports/` are deleted after so long. Without it they stay: an export needs them to give back, as
    they came, records of more than 65,536 characters that nobody has edited."""
    derived_expire_after_days: Days | None = None
    """Renditions are deleted after so long and made again when somebody asks; without it they stay."""
    archive_access_after_days: Annotated[int, Field(ge=90, le=730)] | None = None
    """Originals that nobody read for so long are archived (Intelligent-Tiering). Reading one then answers 409 until a
    retrieval of hours has ended, so leave it out unless old media is rarely read."""
    deep_archive_access_after_days: Annotated[int, Field(ge=180, le=730)] | None = None
    """As `archive_access_after_days`, into the cheaper tier, from which a retrieval takes up to two days."""
    transfer_acceleration: bool = False
    """Uploads go to the nearest edge location, for a price for each gigabyte."""
    access_logs: bool = False
    """S3 writes every request into a bucket for logs."""
    access_log_expire_after_days: Days = 90
    """Access logs of S3 and of the CDN are deleted after so long."""
    inventory: Literal["off", "daily", "weekly"] = "off"
    """Interval at which S3 lists all objects into the bucket for logs."""
    object_lock: ObjectLock | None = None
    """Versions that nobody can delete before their time."""
    replication: Replication | None = None
    """A second copy in a bucket of yours."""

    @model_validator(mode="after")
    def _expire_after_archive(self) -> Self:
        if self.noncurrent_expire_after_days <= self.noncurrent_archive_after_days:
            raise ValueError("noncurrent_expire_after_days must be greater than noncurrent_archive_after_days")
        first, second = self.archive_access_after_days, self.deep_archive_access_after_days
        if first and second and second <= first:
            raise ValueError("deep_archive_access_after_days must be greater than archive_access_after_days")
        return self
