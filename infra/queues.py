"""Queues between EventBridge and functions: bursts wait, and messages that fail go to a dead-letter queue."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from foveal.stack_contract import EVENT_SOURCE, MAX_RECEIVE_COUNT, RENDERED_EVENTS
from infra.config import StageConfig
from infra.outputs import output
from infra.storage.media_bucket import Storage


class EventQueue(Construct):
    """Rule → queue → function, with one dead-letter queue for events that the queue or the function refused."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bus: events.IEventBus | None,
        pattern: events.EventPattern,
        function: lambda_.Function,
        batch_size: int,
        batching_window_seconds: int,
        max_concurrency: int,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, id)
        self._bus, self._key = bus, key
        self.rules: list[events.Rule] = []
        self.dead_letters = self._queue("DeadLetters", key, retention_days=14)
        timeout_seconds = (function.timeout or cdk.Duration.seconds(3)).to_seconds()
        self.queue = self._queue(
            "Queue",
            key,
            # six times, so that a batch which waits for a free environment is not received twice (Lambda guide, SQS)
            visibility_timeout=cdk.Duration.seconds(6 * timeout_seconds),
            retention_days=4,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=MAX_RECEIVE_COUNT),
        )
        self.add_rule("Rule", pattern)
        function.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=batch_size,
                max_batching_window=cdk.Duration.seconds(batching_window_seconds),
                max_concurrency=max_concurrency,
                report_batch_item_failures=True,
            )
        )

    def add_rule(self, id: str, pattern: events.EventPattern) -> None:
        """Send events that match a pattern to the queue."""
        self.rules.append(
            events.Rule(
                self,
                id,
                event_bus=self._bus,
                event_pattern=pattern,
                targets=[targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letters)],
            )
        )

    def metric_lost_events(self, rule: events.Rule, period: cdk.Duration) -> cloudwatch.Metric:
        """Return the count of a rule's events that reached neither the queue nor its dead letters."""
        bus = {"EventBusName": self._bus.event_bus_name} if self._bus else {}
        return cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="InvocationsFailedToBeSentToDlq",
            dimensions_map={**bus, "RuleName": rule.rule_name},
            statistic="Sum",
            period=period,
        )

    def output_urls(self, prefix: str) -> None:
        """Add the outputs `<prefix>QueueUrl` and `<prefix>DeadLetterQueueUrl`."""
        output(self, f"{prefix}QueueUrl", self.queue.queue_url)
        output(self, f"{prefix}DeadLetterQueueUrl", self.dead_letters.queue_url)

    def grant_send(self, grantee: iam.IGrantable) -> None:
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn])
        )
        if self._key:
            self._key.grant(grantee, "kms:Decrypt", "kms:GenerateDataKey")

    def grant_redrive(self, grantee: iam.IGrantable) -> None:
        """Allow to count messages, and to move dead letters back: by a task of SQS, or one by one where it has none."""
        for actions, queue in (
            (("GetQueueAttributes", "SendMessage"), self.queue),
            (
                (
                    "GetQueueAttributes",
                    "StartMessageMoveTask",
                    "ListMessageMoveTasks",
                    "ReceiveMessage",
                    "DeleteMessage",
                ),
                self.dead_letters,
            ),
        ):
            grantee.grant_principal.add_to_principal_policy(
                iam.PolicyStatement(actions=[f"sqs:{each}" for each in actions], resources=[queue.queue_arn])
            )
        if self._key:
            self._key.grant(grantee, "kms:Decrypt", "kms:GenerateDataKey")

    def _queue(
        self,
        id: str,
        key: kms.IKey | None,
        *,
        retention_days: int,
        visibility_timeout: cdk.Duration | None = None,
        dead_letter_queue: sqs.DeadLetterQueue | None = None,
    ) -> sqs.Queue:
        return sqs.Queue(
            self,
            id,
            visibility_timeout=visibility_timeout,
            retention_period=cdk.Duration.days(retention_days),
            dead_letter_queue=dead_letter_queue,
            encryption=sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED,
            encryption_master_key=key,
            enforce_ssl=True,
        )


def queues_setting(scope: Construct, queues: Mapping[str, EventQueue]) -> str:
    """Return the setting QUEUES of the operations function: name, URL and URL of the dead letters of each queue."""
    listed = [[name, each.queue.queue_url, each.dead_letters.queue_url] for name, each in queues.items()]
    return cdk.Stack.of(scope).to_json_string(listed)


class Arrivals(EventQueue):
    """Events of the media bucket to the ingest function, in batches."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: StageConfig,
        storage: Storage,
        function: lambda_.Function,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(
            scope,
            id,
            bus=None,
            pattern=storage.arrivals,
            function=function,
            batch_size=config.ingest.batch_size,
            batching_window_seconds=config.ingest.batching_window_seconds,
            max_concurrency=config.ingest.max_concurrency,
            key=key,
        )
        self.add_rule("ArchivalsRule", storage.archivals)
        self.output_urls("Ingest")


class Renders(EventQueue):
    """Ready assets to the render function, one in each call."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: StageConfig,
        bus: events.IEventBus,
        function: lambda_.Function,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(
            scope,
            id,
            bus=bus,
            pattern=events.EventPattern(source=[EVENT_SOURCE], detail_type=list(RENDERED_EVENTS)),
            function=function,
            batch_size=1,
            batching_window_seconds=0,
            max_concurrency=config.render.max_concurrency,
            key=key,
        )
        self.output_urls("Render")
