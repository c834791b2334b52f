"""Direct uploads by devices with credentials of their own, instead of a ticket for each upload."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from foveal.stack_contract import MEDIA_PREFIX
from infra.config.sections import Devices
from infra.outputs import output
from infra.storage.media_bucket import Storage

STORAGE_CLASS = "s3:x-amz-storage-class"
CUSTOMER_KEY = "s3:x-amz-server-side-encryption-customer-algorithm"
"""Condition keys of headers (Service Authorization Reference, "Condition keys for Amazon S3")."""


class DeviceAccess(Construct):
    """A policy that lets a device create objects below its own prefix, and do nothing else.

    Project and device come from tags of the session. They are set when the credentials are issued, and the device
    cannot change them. A session without the tags matches nothing. Storage class and encryption are the bucket's; an
    object with a `Content-Encoding`, for which IAM has no condition, is quarantined. Ingest adopts what arrives.
    """

    def __init__(
        self, scope: Construct, id: str, *, devices: Devices, storage: Storage, key: kms.IKey | None, stage: str
    ) -> None:
        super().__init__(scope, id)
        project, device = (f"${{aws:PrincipalTag/{tag}}}" for tag in (devices.project_tag, devices.device_tag))
        own = storage.media.arn_for_objects(f"{MEDIA_PREFIX}{project}/{device}/*")
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            description=f"Foveal {stage}: a device writes below media/(its project)/(its name)/",
            statements=[
                iam.PolicyStatement(
                    sid="CreateBelowItsPrefix",
                    actions=["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
                    resources=[own],
                ),
                iam.PolicyStatement(
                    sid="NeverOverwrite",
                    effect=iam.Effect.DENY,
                    actions=["s3:PutObject"],
                    resources=[own],
                    # parts and the beginning of a multipart upload create no object and carry no such header
                    conditions={"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
                ),
                iam.PolicyStatement(
                    sid="NoOtherStorageClass",
                    effect=iam.Effect.DENY,
                    actions=["s3:PutObject"],
                    resources=[own],
                    # a request without the header, as every part is, has no such key and would be unequal
                    conditions={
                        "Null": {STORAGE_CLASS: "false"},
                        "StringNotEquals": {STORAGE_CLASS: "STANDARD"},
                    },
                ),
                iam.PolicyStatement(
                    sid="NoKeyOfItsOwn",  # ingest could not read the object
                    effect=iam.Effect.DENY,
                    actions=["s3:PutObject"],
                    resources=[own],
                    conditions={"Null": {CUSTOMER_KEY: "false"}},
                ),
                *(
                    [iam.PolicyStatement(actions=["kms:GenerateDataKey", "kms:Decrypt"], resources=[key.key_arn])]
                    if key
                    else []
                ),
            ],
        )
        output(self, "DevicesPolicyArn", self.policy.managed_policy_arn, "Attach it to the role or user of a device")
        if devices.trusted_service and devices.trust_anchor_arn:
            self._role(devices.trusted_service, devices.trust_anchor_arn, stage)

    def _role(self, service: str, trust_anchor_arn: str, stage: str) -> None:
        """Make the role that IAM Roles Anywhere gives to a holder of a certificate of your authority."""
        principal = iam.ServicePrincipal(service, conditions={"ArnEquals": {"aws:SourceArn": trust_anchor_arn}})
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.SessionTagsPrincipal(principal),
            description=f"Foveal {stage}: devices",
            managed_policies=[self.policy],
        )
        output(self, "DevicesRoleArn", role.role_arn, "The role of devices, for a profile of IAM Roles Anywhere")
        if role.assume_role_policy:
            role.assume_role_policy.add_statements(
                iam.PolicyStatement(actions=["sts:SetSourceIdentity"], principals=[principal])
            )
