"""The removal policy of a stage: whether its data stays when the stack is deleted."""

import aws_cdk as cdk

from infra.config import StageConfig


def removal_policy(config: StageConfig) -> cdk.RemovalPolicy:
    return cdk.RemovalPolicy.DESTROY if config.removal_policy == "destroy" else cdk.RemovalPolicy.RETAIN
