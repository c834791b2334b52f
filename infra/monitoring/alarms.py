"""Alarms on failures that users notice."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from foveal.stack_contract import EVENT_SOURCE, FAILURE_EVENTS
from infra.config import StageConfig
from infra.monitoring.dashboard import dashboard
from infra.monitoring.topic import alarm_topic
from infra.queues import EventQueue

FIVE_MINUTES = cdk.Duration.minutes(5)


class Monitoring(Construct):
    """Alarms, each with its line in docs/operations.md, and one dashboard."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: StageConfig,
        key: kms.IKey | None,
        api: apigateway.IHttpApi,
        bus: events.IEventBus,
        functions: Sequence[lambda_.Function],
        queues: Sequence[EventQueue],
    ) -> None:
        super().__init__(scope, id)
        self._config = config
        self._action = actions.SnsAction(alarm_topic(self, config.monitoring, key))
        api_errors = api.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
        failed = self._failed_assets(bus)
        self._alarm("ApiErrors", api_errors, 5, "The API answers 5xx")
        self._alarm(
            "FailedAssets", failed, 20, "Assets fail or are quarantined more often than a few bad files explain"
        )
        for each in queues:
            self._watch_queue(each)
        for function in functions:
            errors = function.metric_errors(period=FIVE_MINUTES)
            self._alarm(f"{function.node.id}Errors", errors, 1, f"{function.node.id} failed", evaluation_periods=3)
        dashboard(self, api=api, failed_assets=failed, functions=functions, queues=queues)

    def _watch_queue(self, each: EventQueue) -> None:
        name = each.node.id
        age = each.queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES)
        dead = each.dead_letters.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES)
        limit = self._config.monitoring.oldest_message_alarm_seconds
        self._alarm(f"{name}Late", age, limit, f"The oldest message of {name} waits too long")
        self._alarm(f"{name}DeadLetters", dead, 1, f"{name} has messages that could not be handled: foveal redrive")

    def _alarm(
        self, id: str, metric: cloudwatch.IMetric, threshold: float, description: str, evaluation_periods: int = 1
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=evaluation_periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"Foveal {self._config.stage}: {description}",
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)

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
