"""Log groups with the retention, the key and the removal policy of the stage."""

from typing import cast

from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import StageConfig
from infra.removal_policy import removal_policy


def log_group(
    scope: Construct, id: str, config: StageConfig, key: kms.IKey | None, *, is_audit: bool = False
) -> logs.LogGroup:
    """Return a log group that keeps lines as long as the stage says, under its key.

    A group of audit records keeps them for longer. In a stage that retains its data it has deletion protection: it
    cannot be deleted before that is taken off.
    """
    is_protected = is_audit and config.removal_policy == "retain"
    group = logs.LogGroup(
        scope,
        id,
        removal_policy=removal_policy(config),
        encryption_key=key,
        deletion_protection_enabled=is_protected or None,
    )
    days = config.audit_retention_days if is_audit else config.log_retention_days
    cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = days
    return group
