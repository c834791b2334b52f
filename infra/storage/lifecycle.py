"""Lifecycle rules: storage classes and expiry by prefix."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from foveal.stack_contract import (
    CATALOG_PREFIX,
    DATASETS_PREFIX,
    DERIVED_PREFIX,
    EXPORTS_PREFIX,
    IMPORTS_PREFIX,
    MASKS_PREFIX,
    MEDIA_PREFIX,
)
from infra.config.sections import Storage


def lifecycle_rules(rules: Storage) -> Iterator[s3.LifecycleRule]:
    """Yield how each prefix ages. Originals, masks and data sets never expire; old versions do."""
    for prefix in (MEDIA_PREFIX, MASKS_PREFIX, DATASETS_PREFIX):
        yield s3.LifecycleRule(
            id=f"{prefix.rstrip('/')}-tiers",
            prefix=prefix,
            transitions=[
                s3.Transition(storage_class=s3.StorageClass.INTELLIGENT_TIERING, transition_after=cdk.Duration.days(0))
            ],
            noncurrent_version_transitions=[
                s3.NoncurrentVersionTransition(
                    storage_class=s3.StorageClass.GLACIER,
                    transition_after=cdk.Duration.days(rules.noncurrent_archive_after_days),
                )
            ],
            noncurrent_version_expiration=cdk.Duration.days(rules.noncurrent_expire_after_days),
        )
    for prefix, days in (
        (EXPORTS_PREFIX, rules.export_expire_after_days),
        (IMPORTS_PREFIX, rules.import_expire_after_days),
        (DERIVED_PREFIX, rules.derived_expire_after_days),
    ):
        yield s3.LifecycleRule(
            id=f"{prefix.rstrip('/')}-expire",
            prefix=prefix,
            expiration=cdk.Duration.days(days) if days else None,
            noncurrent_version_expiration=cdk.Duration.days(1),
        )
    # The journal itself deletes what no instant needs; for a month a deletion can be taken back.
    yield s3.LifecycleRule(
        id="catalog-deleted",
        prefix=CATALOG_PREFIX,
        noncurrent_version_expiration=cdk.Duration.days(30),
    )
    yield s3.LifecycleRule(
        id="incomplete-multipart-uploads",
        abort_incomplete_multipart_upload_after=cdk.Duration.days(rules.abort_multipart_after_days),
    )
    yield s3.LifecycleRule(id="lone-delete-markers", expired_object_delete_marker=True)


def archive_tiers(rules: Storage) -> list[s3.IntelligentTieringConfiguration] | None:
    """Return after how many days without a read Intelligent-Tiering archives originals; None where it never does."""
    if not rules.archive_access_after_days and not rules.deep_archive_access_after_days:
        return None
    return [
        s3.IntelligentTieringConfiguration(
            name="media",
            prefix=MEDIA_PREFIX,
            archive_access_tier_time=_days(rules.archive_access_after_days),
            deep_archive_access_tier_time=_days(rules.deep_archive_access_after_days),
        )
    ]


def _days(days: int | None) -> cdk.Duration | None:
    return cdk.Duration.days(days) if days else None
