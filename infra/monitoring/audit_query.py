"""The saved query over audit records: who was given access to what."""

from collections.abc import Sequence

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from foveal.stack_contract import AUDIT_SERVICE
from infra.config import StageConfig


def audit_query(scope: Construct, config: StageConfig, functions: Sequence[lambda_.Function]) -> logs.QueryDefinition:
    """Save a query over the functions' audit records for CloudWatch Logs Insights; a filter on @message narrows it.

    Ids are looked for in the text of a record, because Logs Insights knows the members of a list as separate fields.
    """
    return logs.QueryDefinition(
        scope,
        "AuditQuery",
        query_definition_name=f"foveal/{config.stage}/who-was-given-what",
        query_string=logs.QueryString(
            fields=["@timestamp", "audit.action", "audit.subject", "audit.project", "audit.variant", "@message"],
            filter_statements=[f'service = "{AUDIT_SERVICE}"'],
            sort="@timestamp desc",
            limit=10_000,
        ),
        log_groups=[function.log_group for function in functions],
    )
