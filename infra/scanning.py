"""Malware scans of originals: GuardDuty's protection plan, and the function that its results go to."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_guardduty as guardduty
from aws_cdk import aws_iam as iam
from constructs import Construct

from foveal.stack_contract import MEDIA_PREFIX, SCAN_RESULT_EVENT, SCANNER
from infra.database.mongodb import MongoDb
from infra.delivery.cdn import Cdn, DirectDelivery
from infra.events import Events
from infra.functions.function import Function, FunctionDefaults
from infra.queues import EventQueue
from infra.storage.media_bucket import Storage

VALIDATION_OBJECT = "malware-protection-resource-validation-object"
"""Object that GuardDuty writes to prove its access to the bucket."""


class MalwareScans(Construct):
    """Plan of GuardDuty, which sets no tags itself → rule → queue → scan function, which does."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        defaults: FunctionDefaults,
        mongodb: MongoDb,
        storage: Storage,
        bus: Events,
        delivery: Cdn | DirectDelivery,
    ) -> None:
        super().__init__(scope, id)
        bucket = storage.media
        self.function = Function(
            self,
            "Scans",
            defaults=defaults,
            name="scans",
            description="Turns results of malware scans into the state and the tag of versions",
            memory_mib=512,
            timeout_seconds=15,
            environment={
                **mongodb.environment(),
                "MEDIA_BUCKET": bucket.bucket_name,
                "EVENT_BUS_NAME": bus.bus.event_bus_name,
                **delivery.invalidation_environment(),
            },
        )
        self.queue = EventQueue(
            self,
            "MalwareScans",
            bus=None,
            pattern=events.EventPattern(
                source=[SCANNER],
                detail_type=[SCAN_RESULT_EVENT],
                detail={"s3ObjectDetails": {"bucketName": [bucket.bucket_name]}},
            ),
            function=self.function,
            batch_size=10,
            batching_window_seconds=0,
            max_concurrency=defaults.config.ingest.max_concurrency,
            key=defaults.key,
        )
        self.queue.output_urls("Scan")
        role = self._role(defaults, storage)
        plan = guardduty.CfnMalwareProtectionPlan(
            self,
            "Plan",
            role=role.role_arn,
            protected_resource=guardduty.CfnMalwareProtectionPlan.CFNProtectedResourceProperty(
                s3_bucket=guardduty.CfnMalwareProtectionPlan.S3BucketProperty(
                    bucket_name=bucket.bucket_name, object_prefixes=[MEDIA_PREFIX]
                )
            ),
            actions=guardduty.CfnMalwareProtectionPlan.CFNActionsProperty(
                tagging=guardduty.CfnMalwareProtectionPlan.CFNTaggingProperty(status="DISABLED")
            ),
        )
        plan.node.add_dependency(role)

    def grant_request(self, grantee: iam.IGrantable) -> None:
        """Allow to have an object scanned on demand."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["guardduty:SendObjectMalwareScan"], resources=["*"])
        )

    def _role(self, defaults: FunctionDefaults, storage: Storage) -> iam.Role:
        """Return GuardDuty's role (user guide, "Create or update IAM role policy" of Malware Protection for S3)."""
        bucket, stack = storage.media, cdk.Stack.of(self)
        role = iam.Role(
            self,
            "ScannerRole",
            assumed_by=iam.ServicePrincipal("malware-protection-plan.guardduty.amazonaws.com"),
            description="GuardDuty reads new originals of Foveal",
        )
        rules = stack.format_arn(
            service="events", resource="rule", resource_name="DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*"
        )
        managed = {"StringLike": {"events:ManagedBy": "malware-protection-plan.guardduty.amazonaws.com"}}
        changed = ["events:PutRule", "events:DeleteRule", "events:PutTargets", "events:RemoveTargets"]
        for statement in (
            iam.PolicyStatement(actions=changed, resources=[rules], conditions=managed),
            iam.PolicyStatement(actions=["events:DescribeRule", "events:ListTargetsByRule"], resources=[rules]),
            iam.PolicyStatement(
                actions=["s3:PutBucketNotification", "s3:GetBucketNotification", "s3:ListBucket"],
                resources=[bucket.bucket_arn],
            ),
            iam.PolicyStatement(actions=["s3:PutObject"], resources=[bucket.arn_for_objects(VALIDATION_OBJECT)]),
            iam.PolicyStatement(
                actions=["s3:GetObject", "s3:GetObjectVersion"], resources=[bucket.arn_for_objects(f"{MEDIA_PREFIX}*")]
            ),
        ):
            role.add_to_policy(statement)
        if defaults.key:
            defaults.key.grant(role, "kms:Decrypt", "kms:GenerateDataKey")
        return role
