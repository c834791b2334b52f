"""Metrics of the journal, from the counts that each run logs."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct


def journal_lag(scope: Construct, stage: str, journal: lambda_.Function) -> cloudwatch.Metric:
    """Return the greatest age of a change when it was in the bucket, in seconds."""
    return _metric(scope, stage, journal, "JournalLag", "lag_seconds", "Maximum")


def journal_gaps(scope: Construct, stage: str, journal: lambda_.Function) -> cloudwatch.Metric:
    """Return how often the server had forgotten changes before they were recorded."""
    return _metric(scope, stage, journal, "JournalGaps", "gaps", "Sum")


def _metric(
    scope: Construct, stage: str, journal: lambda_.Function, name: str, member: str, statistic: str
) -> cloudwatch.Metric:
    namespace = f"Foveal/{stage}"
    logs.MetricFilter(
        scope,
        f"{name}Filter",
        log_group=journal.log_group,
        filter_pattern=logs.FilterPattern.exists(f"$.{member}"),
        metric_namespace=namespace,
        metric_name=name,
        metric_value=f"$.{member}",
    )
    return cloudwatch.Metric(namespace=namespace, metric_name=name, statistic=statistic, period=cdk.Duration.minutes(5))
