"""Measured use: metrics become quantities of a whole month, with what was used until now."""

from datetime import UTC, datetime
from typing import Any

import pytest

from foveal.operations.cost import measured
from foveal.operations.cost.deployment import Deployment
from foveal.operations.cost.measured import Month


class CloudWatch:
    """CloudWatch with some sums; all other metrics have no data points."""

    def __init__(self, values: dict[tuple[str, str], float]) -> None:
        self.values = values

    def get_metric_statistics(self, **request: Any) -> dict[str, Any]:
        value = self.values.get((request["MetricName"], request["Dimensions"][0]["Value"]))
        (statistic,) = request["Statistics"]
        point = {"Timestamp": request["EndTime"], statistic: value}
        return {"Datapoints": [point] if value is not None else []}


RESOURCES = [
    {
        "ResourceType": "AWS::Lambda::Function",
        "LogicalResourceId": "FunctionsIngest66EFBB2C",
        "PhysicalResourceId": "ingest",
    },
    {"ResourceType": "AWS::ApiGatewayV2::Api", "LogicalResourceId": "Api", "PhysicalResourceId": "api1"},
    {"ResourceType": "AWS::SQS::Queue", "LogicalResourceId": "Queue", "PhysicalResourceId": "https://sqs/1/arrivals"},
    {"ResourceType": "AWS::CloudFront::Distribution", "LogicalResourceId": "Cdn", "PhysicalResourceId": "E1"},
]


def quantities(
    values: dict[tuple[str, str], float], edge: dict[tuple[str, str], float], month: Month
) -> dict[str, Any]:
    clients = {"cloudwatch": CloudWatch(values), "cloudfront_metrics": CloudWatch(edge)}
    stack = Deployment(memory_mb={"ingest": 2048})
    return {each.meter: each for each in measured.quantities(clients, RESOURCES, stack, "media", month)}


def test_month_begins_on_its_first_day_and_is_a_day_at_least() -> None:
    assert Month.until(datetime(2026, 11, 16, tzinfo=UTC)).hours == 15 * 24
    assert Month.until(datetime(2026, 11, 1, 1, tzinfo=UTC)).hours == 24
    assert Month.until(datetime(2026, 12, 31, 23, tzinfo=UTC)).elapsed == 1


def test_flows_are_projected_to_the_month_and_keep_what_was_used_until_now() -> None:
    month = Month.until(datetime(2026, 11, 11, tzinfo=UTC))  # 240 of 730 hours
    found = quantities(
        {
            ("Invocations", "ingest"): 1_000,
            ("Duration", "ingest"): 60_000,  # ms: 60 s × 2 GB
            ("NumberOfEmptyReceives", "arrivals"): 500,
            ("NumberOfMessagesSent", "arrivals"): 100,
            ("BucketSizeBytes", "media"): 3 * 2**30,
        },
        {("BytesDownloaded", "E1"): 2**40},
        month,
    )
    factor = 730 / 240
    assert found["lambda.requests"].amount == pytest.approx(1_000 * factor)
    assert found["lambda.requests"].so_far == 1_000
    assert found["lambda.duration"].amount == pytest.approx(120 * factor)
    assert found["sqs.requests"].amount == pytest.approx(600 * factor)
    assert found["cloudfront.out"].amount == pytest.approx(1_024 * factor)
    assert found["s3.standard"].amount == pytest.approx(3)  # a level: not projected
    assert found["s3.standard"].so_far is None
    assert {each.basis for each in found.values()} == {"measured"}


def test_calls_of_the_journal_are_a_part_that_does_not_grow_with_assets() -> None:
    month = Month.until(datetime(2026, 11, 11, tzinfo=UTC))
    values = {("Invocations", "ingest"): 10.0, ("Invocations", "journal"): 14_400.0, ("Duration", "journal"): 4.32e8}
    journal = {**RESOURCES[0], "LogicalResourceId": "FunctionsJournal66EFBB2C", "PhysicalResourceId": "journal"}
    clients = {"cloudwatch": CloudWatch(values), "cloudfront_metrics": CloudWatch({})}
    stack = Deployment(memory_mb={"ingest": 2048, "journal": 512})
    found = list(measured.quantities(clients, [RESOURCES[0], journal], stack, "media", month))
    so_far = {(each.meter, each.part): each.so_far for each in found}
    assert so_far == {
        ("lambda.requests", ""): 10,
        ("lambda.requests", "journal"): 14_400,
        ("lambda.duration", ""): 0,
        ("lambda.duration", "journal"): 216_000,  # 14,400 × 30 s × 0.5 GB
    }
    assert [each.scaled(1_000).amount == each.amount for each in found if each.part] == [True, True]


def test_metrics_without_data_points_give_no_quantity() -> None:
    assert quantities({}, {}, Month.until(datetime(2026, 11, 11, tzinfo=UTC))) == {}


def test_bucket_of_many_assets_is_not_listed() -> None:
    month = Month.until(datetime(2026, 11, 11, tzinfo=UTC))
    cloudwatch = CloudWatch({("BucketSizeBytes", "media"): 5 * 2**30})
    many = measured.MAX_LISTED_ASSETS + 1
    found = measured.stored(None, cloudwatch, "media", many, month)  # no client of S3: a list would fail
    assert (found.objects, found.bytes) == (many, 4 * 5 * 2**30)  # each of four storage types
