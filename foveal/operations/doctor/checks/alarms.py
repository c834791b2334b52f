"""CloudWatch alarms of the stage that ring, and whether somebody hears them."""

from collections.abc import Iterator
from typing import Final

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, ok, warning

MAX_NAMES: Final = 100
"""Of one call of DescribeAlarms (CloudWatch API reference)."""


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield each alarm that rings, with what it says, and a topic to which nobody listens."""
    cloudwatch, ringing = deployment.client("cloudwatch"), 0
    names = deployment.ids("AWS::CloudWatch::Alarm")
    for first in range(0, len(names), MAX_NAMES):
        page = cloudwatch.describe_alarms(AlarmNames=list(names[first : first + MAX_NAMES]))["MetricAlarms"]
        for alarm in page:
            if alarm["StateValue"] == "ALARM":
                ringing += 1
                yield failed(
                    f"rings: {alarm.get('AlarmDescription') or alarm['AlarmName']}", "its description says what to do"
                )
    if not ringing:
        yield ok(f"{len(names)} alarms are silent")
    for topic in deployment.ids("AWS::SNS::Topic"):
        heard = deployment.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        if not heard and not deployment.is_local:
            yield warning("nobody subscribed to the alarms", f"subscribe to {topic}, or set alarm_email of the stage")
