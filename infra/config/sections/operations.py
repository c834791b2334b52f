"""Settings of the event archive, of the journal and of monitoring."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.config.fields import Days, TopicArn, like
from infra.config.sections.section import Section


class Events(Section):
    """The event bus of the stage."""

    archive_days: Days = 30
    """Days for which published events can be replayed."""


class Journal(Section):
    """The journal of the catalog below `catalog/` in the media bucket, from which a lost database is rebuilt."""

    enabled: bool = True
    """Record every change. Off only where MongoDB has no change streams; then back it up as docs/operations.md says."""
    retention_days: Days = 35
    """Days of which `foveal rebuild --at` can give every instant back."""
    snapshot_every_days: Annotated[int, Field(ge=1, le=90)] = 7
    """A rebuild applies at most the changes of so many days to a snapshot."""
    lag_alarm_seconds: Annotated[int, Field(ge=60)] = 120
    """A change that takes longer into the bucket raises an alarm."""


class Monitoring(Section):
    """Alarms, and who gets them."""

    alarm_email: Annotated[str, like(r"[^@\s]+@[^@\s]+\.[^@\s]+", "operations@example.com")] | None = None
    """The address that gets alarms; it has to confirm a message of SNS first."""
    alarm_topic_arn: TopicArn | None = None
    """A topic of yours in place of that of the stack, with its own subscribers."""
    oldest_message_alarm_seconds: Annotated[int, Field(ge=60)] = 900
    """A message that waits longer raises an alarm."""
    api_latency_alarm_ms: Annotated[int, Field(ge=100, le=30_000)] = 3_000
    """A 95th percentile of the API's latency above this for 15 minutes raises an alarm."""
    monthly_budget_usd: Annotated[int, Field(ge=1)] | None = None
    """Costs of the whole account in a month, in US dollars: the receiver of the alarms is told when 80 % are spent, or
    more than 100 % are forecast."""
    tracing: bool = False
    """Send traces of functions to X-Ray."""

    @model_validator(mode="after")
    def _one_receiver(self) -> Self:
        if self.alarm_email and self.alarm_topic_arn:
            raise ValueError("give alarm_email or alarm_topic_arn, not both; a topic of yours has its own subscribers")
        return self
