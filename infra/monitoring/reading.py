"""Permission to read metrics and alarms, for the page of operators."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_


def grant_read_metrics(function: lambda_.Function) -> None:
    """Allow to read metrics, which know no resources, and the states of alarms of the account and region."""
    alarms = cdk.Stack.of(function).format_arn(
        service="cloudwatch", resource="alarm", resource_name="*", arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
    )
    for action, resource in (("cloudwatch:GetMetricData", "*"), ("cloudwatch:DescribeAlarms", alarms)):
        function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
