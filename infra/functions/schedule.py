"""Schedules of functions."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct


def run_every_minute(
    scope: Construct,
    id: str,
    function: lambda_.IFunction,
    description: str = "What a crash left behind is found within a minute",
) -> None:
    """Call a function once a minute, without retries: the next call follows anyway."""
    scheduler.Schedule(
        scope,
        id,
        description=description,
        schedule=scheduler.ScheduleExpression.rate(cdk.Duration.minutes(1)),
        target=targets.LambdaInvoke(function, retry_attempts=0),
    )
