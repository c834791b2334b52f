"""The media bucket: access, encryption, events, and the grants that functions get."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from foveal.stack_contract import (
    ARCHIVAL_EVENT,
    ARCHIVE_CLASSES,
    ARRIVAL_EVENTS,
    CATALOG_PREFIX,
    CLEAN,
    DATASETS_PREFIX,
    DERIVED_PREFIX,
    EXPORTS_PREFIX,
    IMPORTS_PREFIX,
    MASKS_PREFIX,
    MEDIA_PREFIX,
    QUARANTINED,
    STATUS_TAG,
)
from infra.config import StageConfig
from infra.outputs import output
from infra.removal_policy import removal_policy
from infra.storage.lifecycle import archive_tiers, lifecycle_rules

UPLOAD_HEADERS = [
    *("content-type", "content-length", "content-md5", "content-disposition", "cache-control"),
    *("if-none-match", "if-match", "range", "x-amz-*"),
]
EXPOSED_HEADERS = [
    *("ETag", "Location", "Content-Length", "Content-Range", "Accept-Ranges", "Content-Disposition"),
    *("x-amz-checksum-crc64nvme", "x-amz-checksum-crc32", "x-amz-checksum-sha256", "x-amz-checksum-type"),
    *("x-amz-version-id", "x-amz-request-id", "x-amz-error-code", "x-amz-error-message"),
]


CLOUDFRONT = iam.ServicePrincipal("cloudfront.amazonaws.com")


class Storage(Construct):
    """The private, encrypted, versioned bucket with its lifecycle; one grant for each kind of access."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig, key: kms.IKey | None) -> None:
        super().__init__(scope, id)
        self._config, self._key = config, key
        self.access_logs = self._access_log_bucket() if self._keeps_logs() else None
        self.media = s3.Bucket(
            self,
            "Media",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            cors=self._cors(),
            lifecycle_rules=list(lifecycle_rules(config.storage)),
            intelligent_tiering_configurations=archive_tiers(config.storage),
            transfer_acceleration=config.storage.transfer_acceleration or None,
            server_access_logs_bucket=self.access_logs if config.storage.access_logs else None,
            server_access_logs_prefix="s3/" if config.storage.access_logs else None,
            inventories=self._inventories(),
            object_lock_default_retention=self._object_lock(),
            replication_rules=self._replication(),
            removal_policy=removal_policy(config),
        )
        output(self, "BucketName", self.media.bucket_name)
        self._send_events()
        self._refuse_old_signatures()
        self.refuse_quarantined("QuarantinedIsNotDelivered", CLOUDFRONT)

    @property
    def arrivals(self) -> events.EventPattern:
        """Events of originals and masks that were created, deleted or restored; of no other prefix."""
        return events.EventPattern(
            source=["aws.s3"],
            detail_type=list(ARRIVAL_EVENTS),
            detail={
                "bucket": {"name": [self.media.bucket_name]},
                "object": {"key": [{"prefix": MEDIA_PREFIX}, {"prefix": MASKS_PREFIX}]},
            },
        )

    @property
    def archivals(self) -> events.EventPattern:
        """Events of objects that a lifecycle rule moved into an archive class; Intelligent-Tiering itself is none."""
        return events.EventPattern(
            source=["aws.s3"],
            detail_type=[ARCHIVAL_EVENT],
            detail={
                "bucket": {"name": [self.media.bucket_name]},
                "object": {"key": [{"prefix": MEDIA_PREFIX}]},
                "destination-storage-class": list(ARCHIVE_CLASSES),
            },
        )

    def grant_upload(self, grantee: iam.IGrantable) -> None:
        """Allow what a ticket needs below `media/`: put, and all of multipart."""
        self._allow(grantee, ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], MEDIA_PREFIX)
        self._grant_key(grantee, write=True)

    def grant_read(self, grantee: iam.IGrantable, *prefixes: str) -> None:
        """Allow to read objects and their versions; a missing one answers 404 and not 403."""
        self._allow(grantee, ["s3:GetObject", "s3:GetObjectVersion"], *prefixes)
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.media.bucket_arn])
        )
        self._grant_key(grantee)

    def grant_derive(self, grantee: iam.IGrantable) -> None:
        """Allow to write derivatives, and to delete one whose asset was deleted while it was made."""
        self.grant_write(grantee, DERIVED_PREFIX)
        self._allow(grantee, ["s3:DeleteObjectVersion"], DERIVED_PREFIX)

    def grant_write(self, grantee: iam.IGrantable, prefix: str) -> None:
        self._allow(grantee, ["s3:PutObject"], prefix)
        self._grant_key(grantee, write=True)

    def grant_jobs(self, grantee: iam.IGrantable) -> None:
        """Allow to read label files, media and masks, and to write what imports, exports and data sets consist of."""
        written = (IMPORTS_PREFIX, EXPORTS_PREFIX, DATASETS_PREFIX, MASKS_PREFIX)
        self.grant_read(grantee, MEDIA_PREFIX, *written)
        self._allow(grantee, ["s3:PutObject", "s3:AbortMultipartUpload"], *written)
        self._grant_key(grantee, write=True)

    def grant_datasets(self, grantee: iam.IGrantable) -> None:
        """Allow to delete pages of data set versions, and to see which versions of originals are there."""
        self._allow(grantee, ["s3:DeleteObject"], DATASETS_PREFIX)
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["s3:ListBucketVersions"], resources=[self.media.bucket_arn])
        )

    def grant_undo(self, grantee: iam.IGrantable) -> None:
        """Allow to delete the label files of imports that are undone."""
        self._allow(grantee, ["s3:DeleteObject"], IMPORTS_PREFIX)

    def grant_journal(self, grantee: iam.IGrantable) -> None:
        """Allow to read, create and delete objects of the journal; a deletion leaves the version."""
        self.grant_read(grantee, CATALOG_PREFIX)
        self._allow(grantee, ["s3:PutObject", "s3:DeleteObject"], CATALOG_PREFIX)
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["s3:ListBucketVersions"], resources=[self.media.bucket_arn])
        )
        self._grant_key(grantee, write=True)

    def grant_quarantine(self, *roles: iam.IRole) -> None:
        """Allow to tag objects below `media/`, and refuse it to every other principal, whatever its policies say."""
        tagging = ["s3:PutObjectTagging", "s3:PutObjectVersionTagging"]
        for role in roles:
            self._allow(role, [*tagging, "s3:GetObjectTagging", "s3:GetObjectVersionTagging"], MEDIA_PREFIX)
        arns = [role.role_arn for role in roles]
        self.media.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OnlyIngestTags",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=[*tagging, "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"],
                resources=[self.media.arn_for_objects(f"{MEDIA_PREFIX}*")],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": arns[0] if len(arns) == 1 else arns}},
            )
        )

    def refuse_quarantined(self, sid: str, principal: iam.IPrincipal) -> None:
        """Refuse to read quarantined objects to a principal that delivers, whatever its policies say."""
        self.media.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                effect=iam.Effect.DENY,
                principals=[principal],
                actions=["s3:GetObject", "s3:GetObjectVersion"],
                resources=[self.media.arn_for_objects("*")],
                conditions={"StringEquals": {f"s3:ExistingObjectTag/{STATUS_TAG}": QUARANTINED}},
            )
        )

    def refuse_unless_clean(self, sid: str, principal: iam.IPrincipal) -> None:
        """Refuse to read originals without the tag of clean ones; a negated operator holds for a missing tag too."""
        self.media.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                effect=iam.Effect.DENY,
                principals=[principal],
                actions=["s3:GetObject", "s3:GetObjectVersion"],
                resources=[self.media.arn_for_objects(f"{MEDIA_PREFIX}*")],
                conditions={"StringNotEquals": {f"s3:ExistingObjectTag/{STATUS_TAG}": CLEAN}},
            )
        )

    def grant_versions(self, grantee: iam.IGrantable) -> None:
        """Allow to list, copy and restore versions of originals, and to delete assets."""
        self.grant_read(grantee, MEDIA_PREFIX)
        self.grant_write(grantee, MEDIA_PREFIX)
        self._allow(grantee, ["s3:RestoreObject"], MEDIA_PREFIX)
        self.grant_delete(grantee)

    def grant_delete(self, grantee: iam.IGrantable) -> None:
        """Allow to delete originals, softly or for good, with their derivatives, masks and unfinished uploads."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["s3:ListBucketVersions"], resources=[self.media.bucket_arn])
        )
        self._allow(grantee, ["s3:DeleteObject", "s3:AbortMultipartUpload"], MEDIA_PREFIX)
        self._allow(grantee, ["s3:DeleteObjectVersion"], MEDIA_PREFIX, MASKS_PREFIX, DERIVED_PREFIX)

    def grant_list_versions(self, grantee: iam.IGrantable) -> None:
        """Allow to compare the keys of the bucket with the catalog; no object can be read by it."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["s3:ListBucketVersions"], resources=[self.media.bucket_arn])
        )

    def grant_audit(self, grantee: iam.IGrantable) -> None:
        """Allow to compare the bucket with the catalog, and to end multipart uploads that nobody completes."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["s3:ListBucket", "s3:ListBucketVersions"], resources=[self.media.bucket_arn])
        )
        self._allow(grantee, ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], MEDIA_PREFIX)

    def _allow(self, grantee: iam.IGrantable, actions: list[str], *prefixes: str) -> None:
        resources = [self.media.arn_for_objects(f"{prefix}*") for prefix in prefixes]
        grantee.grant_principal.add_to_principal_policy(iam.PolicyStatement(actions=actions, resources=resources))

    def _grant_key(self, grantee: iam.IGrantable, *, write: bool = False) -> None:
        if self._key:
            self._key.grant(grantee, "kms:Decrypt", *(["kms:GenerateDataKey"] if write else []))

    @property
    def upload_origin(self) -> str:
        """The origin of presigned URLs: that of the region, or of Transfer Acceleration."""
        if self._config.storage.transfer_acceleration:
            return f"https://{self.media.bucket_name}.s3-accelerate.{cdk.Aws.URL_SUFFIX}"
        return f"https://{self.media.bucket_regional_domain_name}"

    def _cors(self) -> list[s3.CorsRule]:
        """Return a rule for the listed origins, and one for the console.

        The distribution needs the bucket, so that the bucket cannot name the distribution: without a name of the
        stage's own the rule names CloudFront's. No cookie opens the bucket, and who has a presigned URL has its rights
        with or without CORS.
        """
        own_name = self._config.delivery.domain_name
        console = f"https://{own_name}" if own_name else "https://*.cloudfront.net"
        return [
            self._cors_rule("web", list(self._config.allowed_origins)),
            *([self._cors_rule("console", [console])] if self._config.has_console else []),
        ]

    def _cors_rule(self, id: str, origins: list[str]) -> s3.CorsRule:
        methods = s3.HttpMethods
        return s3.CorsRule(
            id=id,
            allowed_origins=origins,
            allowed_methods=[methods.PUT, methods.POST, methods.GET, methods.HEAD, methods.DELETE],
            allowed_headers=UPLOAD_HEADERS,
            exposed_headers=EXPOSED_HEADERS,
            max_age=3600,
        )

    def _keeps_logs(self) -> bool:
        rules = self._config.storage
        return rules.access_logs or rules.inventory != "off" or self._config.delivery.access_logs

    def _access_log_bucket(self) -> s3.Bucket:
        """Return the bucket of access logs and inventories; CloudFront's standard logs need ACLs in it."""
        return s3.Bucket(
            self,
            "AccessLogs",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="expire",
                    expiration=cdk.Duration.days(self._config.storage.access_log_expire_after_days),
                    noncurrent_version_expiration=cdk.Duration.days(1),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                )
            ],
            removal_policy=removal_policy(self._config),
        )

    def _inventories(self) -> list[s3.Inventory] | None:
        frequency = self._config.storage.inventory
        if frequency == "off" or not self.access_logs:
            return None
        return [
            s3.Inventory(
                inventory_id="media",
                destination=s3.InventoryDestination(bucket=self.access_logs, prefix="inventory"),
                format=s3.InventoryFormat.PARQUET,
                frequency=s3.InventoryFrequency[frequency.upper()],
                include_object_versions=s3.InventoryObjectVersion.ALL,
                optional_fields=[
                    *("Size", "LastModifiedDate", "ETag", "StorageClass", "IsMultipartUploaded"),
                    *("ReplicationStatus", "EncryptionStatus", "IntelligentTieringAccessTier", "ChecksumAlgorithm"),
                ],
            )
        ]

    def _object_lock(self) -> s3.ObjectLockRetention | None:
        lock = self._config.storage.object_lock
        if lock is None:
            return None
        make = s3.ObjectLockRetention.governance if lock.mode == "governance" else s3.ObjectLockRetention.compliance
        return make(cdk.Duration.days(lock.days))

    def _replication(self) -> list[s3.ReplicationRule] | None:
        replication = self._config.storage.replication
        if replication is None:
            return None
        destination = s3.Bucket.from_bucket_arn(self, "Replica", replication.bucket_arn)
        key = replication.kms_key_arn and kms.Key.from_key_arn(self, "ReplicaKey", replication.kms_key_arn)
        return [
            s3.ReplicationRule(
                id=prefix.rstrip("/"),
                destination=destination,
                filter=s3.Filter(prefix=prefix),
                priority=priority,
                delete_marker_replication=True,
                kms_key=key or None,
                sse_kms_encrypted_objects=True if self._key else None,
            )
            for priority, prefix in enumerate((MEDIA_PREFIX, MASKS_PREFIX))
        ]

    def _send_events(self) -> None:
        """Turn EventBridge on in the bucket itself: the L2 property would add a custom resource to do it."""
        cast(s3.CfnBucket, self.media.node.default_child).add_property_override(
            "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True
        )

    def _refuse_old_signatures(self) -> None:
        """Refuse Signature Version 2, which signs neither the length nor the headers of a presigned request.

        Requests of AWS services carry no signature version, hence the second condition.
        """
        self.media.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OnlySignatureVersion4",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:*"],
                resources=[self.media.bucket_arn, self.media.arn_for_objects("*")],
                conditions={
                    "StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"},
                    "Null": {"s3:signatureversion": "false"},
                },
            )
        )
