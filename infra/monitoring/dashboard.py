"""The CloudWatch dashboard of a stage."""

from collections.abc import Iterator, Sequence

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.queues import EventQueue

Graph = tuple[str, Sequence[cloudwatch.IMetric]]


def dashboard(
    scope: Construct,
    *,
    api: apigateway.IHttpApi,
    failed_assets: cloudwatch.IMetric,
    functions: Sequence[lambda_.Function],
    queues: Sequence[EventQueue],
) -> None:
    """Add a dashboard of three rows: the API, the queues, assets and functions."""
    rows = (_api(api), _queues(queues), _functions(failed_assets, functions))
    cloudwatch.Dashboard(scope, "Dashboard", widgets=[list(_widgets(row)) for row in rows])


def _api(api: apigateway.IHttpApi) -> Iterator[Graph]:
    yield "API requests", [api.metric_count(statistic="Sum")]
    yield "API errors", [api.metric_client_error(statistic="Sum"), api.metric_server_error(statistic="Sum")]
    yield "API latency, 95th percentile", [api.metric_latency(statistic="p95")]


def _queues(queues: Sequence[EventQueue]) -> Iterator[Graph]:
    yield (
        "Age of the oldest message (s)",
        [each.queue.metric_approximate_age_of_oldest_message(label=each.node.id) for each in queues],
    )
    yield (
        "Messages waiting",
        [each.queue.metric_approximate_number_of_messages_visible(label=each.node.id) for each in queues],
    )
    yield (
        "Dead letters",
        [each.dead_letters.metric_approximate_number_of_messages_visible(label=each.node.id) for each in queues],
    )


def _functions(failed_assets: cloudwatch.IMetric, functions: Sequence[lambda_.Function]) -> Iterator[Graph]:
    yield "Failed or quarantined assets", [failed_assets]
    yield "Function errors", [each.metric_errors(label=each.node.id) for each in functions]
    yield (
        "Function duration, 95th percentile",
        [each.metric_duration(label=each.node.id, statistic="p95") for each in functions],
    )


def _widgets(row: Iterator[Graph]) -> Iterator[cloudwatch.IWidget]:
    for title, metrics in row:
        yield cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)
