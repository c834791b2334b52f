"""Measured use of a deployment: CloudWatch metrics of the month, sizes of the bucket and of the catalog, counts.

Clients are those of boto3 and of pymongo. A metric without data points gives no quantity, and the formula stays.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from foveal.operations.cost.bill import Quantity
from foveal.operations.cost.cluster import Size
from foveal.operations.cost.deployment import Deployment, name_of
from foveal.operations.cost.workload import GB, HOURS_IN_MONTH, JOURNAL, Workload
from foveal.stack_contract import DERIVED_PREFIX

MIN_HOURS: Final = 24.0
DAY_SECONDS: Final = 86_400
TIERING_MIN_BYTES: Final = 128 * 1024
MAX_LISTED_ASSETS: Final = 2_000_000
"""Above this the bucket is not listed, which would take long: CloudWatch has its bytes."""
_STORAGE_TYPES: Final = {
    "StandardStorage": "s3.standard",
    "IntelligentTieringFAStorage": "s3.tiering.frequent",
    "IntelligentTieringIAStorage": "s3.tiering.infrequent",
    "IntelligentTieringAIAStorage": "s3.tiering.instant",
}


@dataclass(frozen=True, slots=True)
class Month:
    """Part of a month that is measured: from its first day, and at least the last 24 hours."""

    start: datetime
    now: datetime

    @classmethod
    def until(cls, now: datetime) -> "Month":
        first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return cls(min(first, now - timedelta(hours=MIN_HOURS)), now)

    @property
    def hours(self) -> float:
        return (self.now - self.start).total_seconds() / 3600

    @property
    def elapsed(self) -> float:
        """Share of a month of 730 hours that is measured."""
        return min(1.0, self.hours / HOURS_IN_MONTH)

    def projected(self, meter: str, amount: float, formula: str, part: str = "") -> Quantity:
        """Return a flow of this part as the quantity of a whole month; that of `journal` does not grow with assets."""
        days = self.hours / 24
        text = f"{formula} in {days:.3g} days × {HOURS_IN_MONTH / 24:.3g} / {days:.3g}"
        whole = amount * HOURS_IN_MONTH / self.hours
        return Quantity(meter, whole, text, "measured", grows=part != JOURNAL, so_far=amount, part=part)


@dataclass(frozen=True, slots=True)
class Stored:
    """Objects and bytes of the media bucket: originals (with masks and the rest), and derivatives."""

    objects: int
    bytes: int
    small_objects: int
    derived_objects: int
    derived_bytes: int


def listed(s3: Any, bucket: str) -> Stored:
    """Return what a bucket holds by listing it: 1,000 keys a request."""
    objects = size = small = derived_objects = derived_size = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for each in page.get("Contents", []):
            if each["Key"].startswith(DERIVED_PREFIX):
                derived_objects, derived_size = derived_objects + 1, derived_size + each["Size"]
            else:
                objects, size = objects + 1, size + each["Size"]
                small += each["Size"] < TIERING_MIN_BYTES
    return Stored(objects, size, small, derived_objects, derived_size)


def stored(s3: Any, cloudwatch: Any, bucket: str, assets: int, month: Month) -> Stored:
    """Return what a bucket holds: by listing it, or for many assets the bytes that CloudWatch knows."""
    if assets <= MAX_LISTED_ASSETS:
        return listed(s3, bucket)
    size = sum(each.amount for each in _storage(_Metrics(cloudwatch, month), bucket)) * GB
    return Stored(assets, round(size), 0, 0, 0)


def catalog_size(database: Any) -> Size:
    """Return the bytes of all collections on disk (dbStats)."""
    told = database.command("dbStats")
    return Size(float(told["indexSize"]), float(told["storageSize"]), "measured")


def workload(database: Any, stored: Stored, month: Month) -> Workload:
    """Return the workload that counters of the catalog and the sizes of the bucket show; views and users are 0."""
    assets, annotations = (database[name].estimated_document_count() for name in ("assets", "annotations"))
    factor = HOURS_IN_MONTH / month.hours
    return Workload(
        objects=assets,
        bytes_per_object=stored.bytes / assets if assets else 0,
        small_share=stored.small_objects / stored.objects if stored.objects else 0,
        new_objects=_since(database.assets, month) * factor,
        rendition_bytes=stored.derived_bytes / assets if assets else 0,
        renditions=stored.derived_objects / assets if assets else 0,
        annotations_per_object=annotations / assets if assets else 0,
        annotation_writes=_since(database.annotations, month) * factor,
    )


def quantities(
    clients: Mapping[str, Any], resources: Iterable[Mapping[str, str]], stack: Deployment, bucket: str, month: Month
) -> Iterator[Quantity]:
    """Yield quantities of the month from metrics.

    `clients` holds `cloudwatch` of the stage's region and `cloudfront_metrics`, CloudWatch in us-east-1. `resources`
    are the stack's, with `ResourceType`, `LogicalResourceId` and `PhysicalResourceId`.
    """
    ids = dict[str, dict[str, str]]()
    for each in resources:
        ids.setdefault(each["ResourceType"], {})[each["LogicalResourceId"]] = each["PhysicalResourceId"]
    metrics = _Metrics(clients["cloudwatch"], month)
    yield from _storage(metrics, bucket)
    yield from _functions(metrics, ids.get("AWS::Lambda::Function", {}), stack)
    for api in ids.get("AWS::ApiGatewayV2::Api", {}).values():
        yield from metrics.flow("api.requests", "AWS/ApiGateway", ["Count"], [{"ApiId": api}])
    names = [{"QueueName": url.rpartition("/")[2]} for url in ids.get("AWS::SQS::Queue", {}).values()]
    counted = ["NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted", "NumberOfEmptyReceives"]
    yield from metrics.flow("sqs.requests", "AWS/SQS", counted, names)
    buses = [{"EventBusName": each} for each in ids.get("AWS::Events::EventBus", {}).values()]
    yield from metrics.flow("events.published", "AWS/Events", ["MatchedEvents"], buses)
    groups = [{"LogGroupName": each} for each in ids.get("AWS::Logs::LogGroup", {}).values()]
    yield from metrics.flow("logs.in", "AWS/Logs", ["IncomingBytes"], groups, unit=GB)
    edge = _Metrics(clients["cloudfront_metrics"], month)
    sites = [
        {"DistributionId": each, "Region": "Global"} for each in ids.get("AWS::CloudFront::Distribution", {}).values()
    ]
    yield from edge.flow("cloudfront.requests", "AWS/CloudFront", ["Requests"], sites)
    yield from edge.flow("cloudfront.out", "AWS/CloudFront", ["BytesDownloaded"], sites, unit=GB)


class _Metrics:
    """Sums of CloudWatch metrics over a part of a month."""

    def __init__(self, cloudwatch: Any, month: Month) -> None:
        self._cloudwatch, self._month = cloudwatch, month

    def flow(
        self,
        meter: str,
        namespace: str,
        names: Iterable[str],
        dimensions: Iterable[Mapping[str, str]],
        *,
        unit: float = 1,
    ) -> Iterator[Quantity]:
        """Yield the projected sum of metrics over resources, divided by a unit; nothing without data points."""
        names = list(names)
        sums = [self.sum(namespace, name, each) for each in dimensions for name in names]
        known = [each for each in sums if each is not None]
        if known:
            text = f"{sum(known) / unit:,.6g} ({namespace} {' + '.join(names)})"
            yield self._month.projected(meter, sum(known) / unit, text)

    def sum(self, namespace: str, name: str, dimensions: Mapping[str, str]) -> float | None:
        points = self._points(namespace, name, dimensions, "Sum", self._month.start)
        return sum(each["Sum"] for each in points) if points else None

    def newest(self, namespace: str, name: str, dimensions: Mapping[str, str]) -> float | None:
        """Return the newest daily average of a level."""
        start = self._month.now - timedelta(days=3)
        points = self._points(namespace, name, dimensions, "Average", start)
        return float(max(points, key=lambda each: each["Timestamp"])["Average"]) if points else None

    def projected(self, meter: str, amount: float, text: str, part: str) -> Quantity:
        return self._month.projected(meter, amount, text, part)

    def _points(
        self, namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, start: datetime
    ) -> list[Mapping[str, Any]]:
        told = self._cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=start,
            EndTime=self._month.now,
            Period=DAY_SECONDS,
            Statistics=[statistic],
        )
        points: list[Mapping[str, Any]] = told.get("Datapoints", [])
        return points


def _storage(metrics: _Metrics, bucket: str) -> Iterator[Quantity]:
    for type_, meter in _STORAGE_TYPES.items():
        found = metrics.newest("AWS/S3", "BucketSizeBytes", {"BucketName": bucket, "StorageType": type_})
        if found is not None:
            yield Quantity(meter, found / GB, f"{found:,.0f} B / 2^30 (AWS/S3 BucketSizeBytes {type_})", "measured")


def _functions(metrics: _Metrics, functions: Mapping[str, str], stack: Deployment) -> Iterator[Quantity]:
    """Yield calls and GB-seconds of all functions; those of `journal`, which runs without any assets, are a part."""
    calls, gb_seconds = dict[str, float](), dict[str, float]()
    for logical, name in functions.items():
        invoked = metrics.sum("AWS/Lambda", "Invocations", {"FunctionName": name})
        milliseconds = metrics.sum("AWS/Lambda", "Duration", {"FunctionName": name})
        if invoked is None:
            continue
        part = JOURNAL if name_of(logical) == JOURNAL else ""
        calls[part] = calls.get(part, 0.0) + invoked
        gb_seconds[part] = gb_seconds.get(part, 0.0) + (milliseconds or 0.0) / 1e3 * stack.memory_of(logical)
    for part, amount in calls.items():
        text = f"{amount:,.0f} (AWS/Lambda Invocations)"
        yield metrics.projected("lambda.requests", amount, text, part)
        text = f"{gb_seconds[part]:,.6g} (AWS/Lambda Duration × memory)"
        yield metrics.projected("lambda.duration", gb_seconds[part], text, part)


def _since(collection: Any, month: Month) -> int:
    """Return how many documents were made in the month, by the time in their ids (UUIDv7)."""
    bounds = {"$gte": _id_at(month.start), "$lt": _id_at(month.now)}
    return int(collection.count_documents({"_id": bounds}))


def _id_at(instant: datetime) -> str:
    text = f"{int(instant.astimezone(UTC).timestamp() * 1000):012x}"
    return f"{text[:8]}-{text[8:]}"
