"""One Lambda function with the defaults that all functions of a stage share."""

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import StageConfig
from infra.functions.bundling import Bundler
from infra.functions.log_group import log_group
from infra.functions.network import ImportedNetwork


@dataclass(frozen=True)
class FunctionDefaults:
    """Configuration, bundler, key and network that all functions of a stage share."""

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
        defaults: FunctionDefaults,
        name: str,
        description: str,
        memory_mib: int,
        timeout_seconds: int,
        scratch_mib: int | None = None,
        environment: Mapping[str, str] | None = None,
        keeps_audit: bool = False,
    ) -> None:
        config = defaults.config
        self.execution_role = iam.Role(
            scope, f"{id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=f"Foveal {name}"
        )
        logs = log_group(scope, f"{id}Logs", config, defaults.key, is_audit=keeps_audit)
        super().__init__(
            scope,
            id,
            description=description,
            code=defaults.bundler.code(scope, name),
            handler="handler.handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=memory_mib,
            ephemeral_storage_size=cdk.Size.mebibytes(scratch_mib) if scratch_mib else None,
            timeout=cdk.Duration.seconds(timeout_seconds),
            role=self.execution_role,
            log_group=logs,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE if config.monitoring.tracing else lambda_.Tracing.DISABLED,
            reserved_concurrent_executions=getattr(config.reserved_concurrency, name, None),
            environment_encryption=defaults.key,
            vpc=defaults.network.vpc if defaults.network else None,
            security_groups=defaults.network.security_groups if defaults.network else None,
            environment={
                "STAGE": config.stage,
                "LOG_LEVEL": config.log_level,
                "POWERTOOLS_SERVICE_NAME": name,
                **(environment or {}),
            },
        )
        logs.grant_write(self.execution_role)
        if defaults.network:
            defaults.network.grant_attach(self.execution_role)
