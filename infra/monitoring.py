"""What somebody is woken for, and what they look at then."""

from collections.abc import Iterator, Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.config import StageConfig
from infra.events import SOURCE
from infra.queue import EventQueue

FIVE_MINUTES = cdk.Duration.minutes(5)


class Monitoring(Construct):
    """Alarms on what users feel (media that does not appear, errors, failed assets), and one dashboard."""

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
        self.topic = self._topic(key)
        self._action = actions.SnsAction(self.topic)
        api_errors = api.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
        failed = self._failed_assets(bus)
        self._alarm("ApiErrors", api_errors, 5, "The API answers 5xx")
        self._alarm(
            "FailedAssets", failed, 20, "Assets fail or are quarantined more often than a few bad files explain"
        )
        for each in queues:
            self._watch(each)
        for function in functions:
            errors = function.metric_errors(period=FIVE_MINUTES)
            self._alarm(f"{function.node.id}Errors", errors, 1, f"{function.node.id} failed", evaluation_periods=3)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            widgets=[list(row) for row in self._rows(api, api_errors, failed, functions, queues)],
        )

    def _watch(self, each: EventQueue) -> None:
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
        """Count failures where they are announced: a rule counts what it matches, so it needs no target."""
        rule = events.Rule(
            self,
            "FailedAssetsRule",
            description="Counts failures; it has no target",
            event_bus=bus,
            event_pattern=events.EventPattern(source=[SOURCE], detail_type=["AssetFailed", "AssetQuarantined"]),
        )
        return cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="MatchedEvents",
            dimensions_map={"EventBusName": bus.event_bus_name, "RuleName": rule.rule_name},
            statistic="Sum",
            period=FIVE_MINUTES,
        )

    def _topic(self, key: kms.IKey | None) -> sns.ITopic:
        """Return the topic of the platform team, or one of ours to subscribe to."""
        wanted = self._config.monitoring
        if wanted.alarm_topic_arn:
            return sns.Topic.from_topic_arn(self, "Topic", wanted.alarm_topic_arn)
        topic = sns.Topic(self, "Topic", enforce_ssl=True, master_key=key)
        if key:
            key.grant(iam.ServicePrincipal("cloudwatch.amazonaws.com"), "kms:Decrypt", "kms:GenerateDataKey")
        if wanted.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(wanted.alarm_email))
        return topic

    def _rows(
        self,
        api: apigateway.IHttpApi,
        api_errors: cloudwatch.IMetric,
        failed: cloudwatch.IMetric,
        functions: Sequence[lambda_.Function],
        queues: Sequence[EventQueue],
    ) -> Iterator[Iterator[cloudwatch.IWidget]]:
        ages = [each.queue.metric_approximate_age_of_oldest_message(label=each.node.id) for each in queues]
        waiting = [each.queue.metric_approximate_number_of_messages_visible(label=each.node.id) for each in queues]
        dead = [each.dead_letters.metric_approximate_number_of_messages_visible(label=each.node.id) for each in queues]
        yield self._graphs(
            ("API requests", [api.metric_count(statistic="Sum")]),
            ("API errors", [api.metric_client_error(statistic="Sum"), api_errors]),
            ("API latency, 95th percentile", [api.metric_latency(statistic="p95")]),
        )
        yield self._graphs(
            ("Age of the oldest message (s)", ages), ("Messages waiting", waiting), ("Dead letters", dead)
        )
        yield self._graphs(
            ("Failed or quarantined assets", [failed]),
            ("Function errors", [each.metric_errors(label=each.node.id) for each in functions]),
            (
                "Function duration, 95th percentile",
                [each.metric_duration(label=each.node.id, statistic="p95") for each in functions],
            ),
        )

    def _graphs(self, *graphs: tuple[str, Sequence[cloudwatch.IMetric]]) -> Iterator[cloudwatch.IWidget]:
        for title, metrics in graphs:
            yield cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)
