"""CloudWatch: age of the oldest message of each queue, and the alarms of a stack that are raised."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from foveal.aws import rest_json
from foveal.operations.queues import Queue

_SERVICE: Final = "GraniteServiceVersion20100801"
_WINDOW: Final = timedelta(minutes=10)
"""SQS states its metrics within some minutes (SQS developer guide, "Available CloudWatch metrics")."""


def oldest_seconds(queues: Sequence[Queue], now: datetime) -> dict[str, int | None]:
    """Return the newest ApproximateAgeOfOldestMessage of each queue by name; None where there is none.

    Raises AwsError.
    """
    wanted = [
        {
            "Id": f"q{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SQS",
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": queue.url.rpartition("/")[2]}],
                },
                "Period": 60,
                "Stat": "Maximum",
            },
        }
        for number, queue in enumerate(queues)
    ]
    times = {"StartTime": (now - _WINDOW).timestamp(), "EndTime": now.timestamp()}
    answer = _call("GetMetricData", {"MetricDataQueries": wanted, "ScanBy": "TimestampDescending", **times})
    values = {each["Id"]: each.get("Values") or [] for each in answer.get("MetricDataResults", [])}
    return {
        queue.name: int(values[f"q{number}"][0]) if values.get(f"q{number}") else None
        for number, queue in enumerate(queues)
    }


def raised_alarms(stack: str) -> list[dict[str, Any]]:
    """Return the alarms of a stack that are raised, by name, with `description`, at most 100. Raises AwsError."""
    wanted = {"AlarmNamePrefix": f"{stack}-", "StateValue": "ALARM", "MaxRecords": 100}
    found = _call("DescribeAlarms", wanted).get("MetricAlarms", [])
    return [
        {"name": each["AlarmName"], "description": each.get("AlarmDescription") or ""}
        for each in sorted(found, key=lambda each: str(each["AlarmName"]))
    ]


def _call(action: str, body: dict[str, Any]) -> dict[str, Any]:
    return rest_json.call_target("monitoring", f"{_SERVICE}.{action}", body, json_version="1.0")
