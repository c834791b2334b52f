"""The event bus of the stage and its archive, from which events can be replayed."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from foveal.stack_contract import EVENT_SOURCE
from infra.config import StageConfig
from infra.outputs import output


class Events(Construct):
    """The bus of the stage; its name is fixed, because other stacks subscribe to it."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig, key: kms.IKey | None) -> None:
        super().__init__(scope, id)
        name = f"foveal-{config.stage}"
        self.dead_letters = self._dead_letters(name) if key else None
        self.bus = events.EventBus(self, "Bus", event_bus_name=name, kms_key=key, dead_letter_queue=self.dead_letters)
        archive = self.bus.archive(
            "Archive",
            description=f"What Foveal {config.stage} published",
            event_pattern=events.EventPattern(source=[EVENT_SOURCE]),
            retention=cdk.Duration.days(config.events.archive_days),
        )
        if key:
            # `archive` has an argument kms_key and leaves it out of the template (aws-cdk-lib 2.275)
            cast(events.CfnArchive, archive.node.default_child).kms_key_identifier = key.key_arn
            self._grant_to_archive(key, name)
        output(self, "EventBusName", self.bus.event_bus_name)

    def _dead_letters(self, bus_name: str) -> sqs.Queue:
        """Return the queue of events for which the bus could not use its key; it has another one."""
        queue = sqs.Queue(
            self,
            "DeadLetters",
            retention_period=cdk.Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        encrypted_by_sqs = "It gets events when the key of the stage cannot be used."
        cast(sqs.CfnQueue, queue.node.default_child).add_metadata(
            "checkov", {"skip": [{"id": "CKV_AWS_27", "comment": encrypted_by_sqs}]}
        )
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": self._arn(bus_name)}},
            )
        )
        return queue

    def _arn(self, bus_name: str) -> str:
        return cdk.Stack.of(self).format_arn(service="events", resource="event-bus", resource_name=bus_name)

    def _grant_to_archive(self, key: kms.IKey, bus_name: str) -> None:
        """Add what an archive needs (EventBridge user guide, "AWS KMS key policy for archives")."""
        service = iam.ServicePrincipal("events.amazonaws.com")
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="EventArchiveDescribes",
                principals=[service],
                actions=["kms:DescribeKey"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            )
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="EventArchive",
                principals=[service],
                actions=["kms:GenerateDataKey", "kms:Decrypt", "kms:ReEncrypt*"],
                resources=["*"],
                conditions={"StringEquals": {"kms:EncryptionContext:aws:events:event-bus:arn": self._arn(bus_name)}},
            )
        )
