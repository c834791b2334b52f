"""The house defaults of every function."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.bundling import Bundler
from infra.config import StageConfig
from infra.network import ImportedNetwork


@dataclass(frozen=True)
class House:
    """What the functions of a stage have in common."""

    config: StageConfig
    bundler: Bundler
    key: kms.IKey | None
    network: ImportedNetwork | None


class Function(lambda_.Function):
    """Python on arm64, with a role and a log group of its own: nothing is granted but what the stack grants."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        house: House,
        name: str,
        description: str,
        memory_mib: int,
        timeout_seconds: int,
        environment: Mapping[str, str] | None = None,
        reserved_concurrency: int | None = None,
        keeps_audit: bool = False,
    ) -> None:
        config = house.config
        self.role_of_its_own = iam.Role(
            scope, f"{id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=f"Foveal {name}"
        )
        log_group = log_group_of(scope, f"{id}Logs", config, house.key, is_audit=keeps_audit)
        super().__init__(
            scope,
            id,
            description=description,
            code=house.bundler.code(scope, name),
            handler="handler.handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=memory_mib,
            timeout=cdk.Duration.seconds(timeout_seconds),
            role=self.role_of_its_own,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE if config.monitoring.tracing else lambda_.Tracing.DISABLED,
            reserved_concurrent_executions=reserved_concurrency,
            vpc=house.network.vpc if house.network else None,
            security_groups=house.network.security_groups if house.network else None,
            environment={
                "STAGE": config.stage,
                "LOG_LEVEL": config.log_level,
                "POWERTOOLS_SERVICE_NAME": name,
                **(environment or {}),
            },
        )
        log_group.grant_write(self.role_of_its_own)
        if house.network:
            house.network.grant_attach(self.role_of_its_own)


def log_group_of(
    scope: Construct, id: str, config: StageConfig, key: kms.IKey | None, *, is_audit: bool = False
) -> logs.LogGroup:
    """Return a log group that keeps lines as long as the stage says, under its key.

    One that holds audit records keeps them for longer, and in a stage that retains its data nobody can delete it
    before its protection is taken off.
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


def removal_policy(config: StageConfig) -> cdk.RemovalPolicy:
    return cdk.RemovalPolicy.DESTROY if config.removal_policy == "destroy" else cdk.RemovalPolicy.RETAIN
