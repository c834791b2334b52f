"""The count of calls that did not reach MongoDB, from the logs of the functions."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

ERRORS = ("ServerSelectionTimeoutError", "AutoReconnect", "NetworkTimeout", "ConnectionFailure", "ServiceUnavailable")
"""Errors of pymongo, and that of a database without schema (foveal/database/client.py)."""
MEMBERS = ("$.error_type", "$.errorType")
"""Members of a log line with the name of an error: of our own lines, and of Lambda's where an error ended a call."""


def database_errors(scope: Construct, stage: str, functions: Sequence[lambda_.Function]) -> cloudwatch.Metric:
    """Count the log lines of the functions that name such an error; return the metric, a sum of five minutes."""
    pattern = logs.FilterPattern.any(
        *(logs.FilterPattern.string_value(member, "=", error) for member in MEMBERS for error in ERRORS)
    )
    namespace, name = f"Foveal/{stage}", "DatabaseErrors"
    for function in functions:
        logs.MetricFilter(
            scope,
            f"DatabaseErrorsOf{function.node.id}",
            log_group=function.log_group,
            filter_pattern=pattern,
            metric_namespace=namespace,
            metric_name=name,
            metric_value="1",
        )
    return cloudwatch.Metric(namespace=namespace, metric_name=name, statistic="Sum", period=cdk.Duration.minutes(5))
