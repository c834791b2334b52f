"""The KMS key of a stage: managed by AWS, created with the stack, or brought by ARN."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.config import StageConfig
from infra.removal_policy import removal_policy


def stage_key(scope: Construct, config: StageConfig) -> kms.IKey | None:
    """Return the customer managed key of the stage, or None where AWS's own keys are used.

    A key of yours needs the statements that docs/deploy.md lists: a stack cannot change the policy of a key that it
    does not own.
    """
    if config.kms_key == "aws-managed":
        return None
    if config.kms_key != "create":
        return kms.Key.from_key_arn(scope, "Key", config.kms_key)
    key = kms.Key(
        scope,
        "Key",
        description=f"Foveal {config.stage}: media, queues, secrets, logs",
        enable_key_rotation=True,
        removal_policy=removal_policy(config),
    )
    logs = f"logs.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}"
    groups = cdk.Stack.of(scope).format_arn(
        service="logs", resource="log-group", resource_name="*", arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="CloudWatchLogs",
            principals=[iam.ServicePrincipal(logs)],
            actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
    return key
