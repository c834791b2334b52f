"""Alarms on failures that users notice. The description of each names its line in docs/operations.md."""

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from foveal.stack_contract import EVENT_SOURCE, FAILURE_EVENTS
from infra.config import StageConfig
from infra.events import Events
from infra.monitoring.budget import monthly_budget
from infra.monitoring.dashboard import dashboard
from infra.monitoring.database_errors import database_errors
from infra.monitoring.journal_metrics import journal_gaps, journal_lag
from infra.monitoring.topic import alarm_topic
from infra.queues import EventQueue
from infra.stage_functions import Functions

FIVE_MINUTES = cdk.Duration.minutes(5)
RUNBOOK = "docs/operations.md"
AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


class Monitoring(Construct):
    """All alarms of a stage, the topic that they notify, and the dashboard."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: StageConfig,
        key: kms.IKey | None,
        api: apigateway.IHttpApi,
        distribution: cloudfront.IDistribution | None,
        bus: Events,
        functions: Functions,
        queues: Sequence[EventQueue],
    ) -> None:
        super().__init__(scope, id)
        self._config = config
        topic = alarm_topic(self, config, key)
        self._action = actions.SnsAction(topic)
        failed = self._failed_assets(bus.bus)
        self._watch_api(api)
        if distribution:
            self._watch_cdn(distribution)
        self._alarm(
            "FailedAssets",
            failed,
            20,
            "Assets fail or are quarantined more often than a few bad files explain",
            "alarm-failed-assets",
        )
        for queue in queues:
            self._watch_queue(queue)
        self._watch_bus(bus)
        self._alarm(
            "DatabaseUnreachable",
            database_errors(self, config.stage, functions.all),
            1,
            "MongoDB cannot be reached, or has no schema",
            "alarm-database",
            periods=2,
        )
        self._watch_functions(functions.all)
        self._watch_schedule("Sweep", functions.sweep, "alarm-sweep-missing")
        if functions.journal:
            self._watch_journal(functions.journal)
        if config.monitoring.monthly_budget_usd:
            monthly_budget(self, config.stage, config.monitoring.monthly_budget_usd, topic, key)
        dashboard(self, api=api, failed_assets=failed, functions=functions.all, queues=queues)

    def _watch_api(self, api: apigateway.IHttpApi) -> None:
        errors = api.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
        self._alarm("ApiErrors", errors, 5, "The API answers 5xx", "alarm-api-errors")
        limit = self._config.monitoring.api_latency_alarm_ms
        self._alarm(
            "ApiLatency",
            api.metric_latency(period=FIVE_MINUTES, statistic="p95"),
            limit,
            f"One API call in twenty takes longer than {limit} ms",
            "alarm-api-latency",
            periods=3,
        )

    def _watch_cdn(self, distribution: cloudfront.IDistribution) -> None:
        """Watch the CDN where its metrics are: CloudFront has them in us-east-1, and alarms do not cross regions."""
        rate = cloudwatch.Metric(
            namespace="AWS/CloudFront",
            metric_name="5xxErrorRate",
            dimensions_map={"DistributionId": distribution.distribution_id, "Region": "Global"},
            statistic="Average",
            period=FIVE_MINUTES,
        )
        alarm = self._alarm("CdnErrors", rate, 1, "The CDN answers 5xx", "alarm-cdn-errors", periods=3)
        condition = cdk.CfnCondition(
            self, "HasCdnMetrics", expression=cdk.Fn.condition_equals(cdk.Aws.REGION, "us-east-1")
        )
        cast(cloudwatch.CfnAlarm, alarm.node.default_child).cfn_options.condition = condition

    def _watch_queue(self, queue: EventQueue) -> None:
        name = queue.node.id
        age = queue.queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES)
        dead = queue.dead_letters.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES)
        limit = self._config.monitoring.oldest_message_alarm_seconds
        self._alarm(f"{name}Late", age, limit, f"The oldest message of {name} waits too long", "alarm-late-messages")
        self._alarm(
            f"{name}DeadLetters",
            dead,
            1,
            f"{name} has messages that could not be handled: foveal redrive",
            "alarm-dead-letters",
        )
        for rule in queue.rules:
            lost = queue.metric_lost_events(rule, FIVE_MINUTES)
            told = f"Events reached neither the queue of {name} nor its dead letters"
            self._alarm(f"{name}{rule.node.id}Lost", lost, 1, told, "alarm-events-lost")

    def _watch_bus(self, bus: Events) -> None:
        if bus.dead_letters:
            dead = bus.dead_letters.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES)
            self._alarm("BusDeadLetters", dead, 1, "The bus cannot use its key", "alarm-bus-dead-letters")

    def _watch_functions(self, functions: Sequence[lambda_.Function]) -> None:
        for function in functions:
            name = function.node.id
            errors = function.metric_errors(period=FIVE_MINUTES)
            self._alarm(f"{name}Errors", errors, 1, f"{name} failed", "alarm-function-errors", periods=3)
            throttles = function.metric_throttles(period=FIVE_MINUTES)
            self._alarm(f"{name}Throttles", throttles, 1, f"{name} lacks concurrency", "alarm-throttles", periods=3)

    def _watch_journal(self, journal: lambda_.Function) -> None:
        self._watch_schedule("Journal", journal, "alarm-journal-late")
        lag, gaps = (metric(self, self._config.stage, journal) for metric in (journal_lag, journal_gaps))
        limit = self._config.journal.lag_alarm_seconds
        late = f"A change was in the bucket only after {limit} seconds"
        self._alarm("JournalLate", lag, limit, late, "alarm-journal-late")
        self._alarm("JournalGap", gaps, 1, "Changes were lost for the journal", "alarm-journal-gap")

    def _watch_schedule(self, name: str, function: lambda_.Function, anchor: str) -> None:
        self._alarm(
            f"{name}Missing",
            function.metric_invocations(period=FIVE_MINUTES),
            1,
            f"{name}, which runs every minute, does not run",
            anchor,
            periods=3,
            comparison=BELOW,
            missing_data=cloudwatch.TreatMissingData.BREACHING,
        )

    def _alarm(
        self,
        id: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        description: str,
        anchor: str,
        *,
        periods: int = 1,
        comparison: cloudwatch.ComparisonOperator = AT_LEAST,
        missing_data: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=comparison,
            treat_missing_data=missing_data,
            alarm_description=f"Foveal {self._config.stage}: {description} ({RUNBOOK}#{anchor})",
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        return alarm

    def _failed_assets(self, bus: events.IEventBus) -> cloudwatch.Metric:
        """Return the count of failure events: EventBridge counts what a rule matches, so the rule needs no target."""
        rule = events.Rule(
            self,
            "FailedAssetsRule",
            description="Counts failures; it has no target",
            event_bus=bus,
            event_pattern=events.EventPattern(source=[EVENT_SOURCE], detail_type=list(FAILURE_EVENTS)),
        )
        return cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="MatchedEvents",
            dimensions_map={"EventBusName": bus.event_bus_name, "RuleName": rule.rule_name},
            statistic="Sum",
            period=FIVE_MINUTES,
        )
