"""The event bus of the stage and its archive, from which events can be replayed."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

from foveal.stack_contract import EVENT_SOURCE
from infra.config import StageConfig
from infra.outputs import output


class Events(Construct):
    """The bus of the stage; its name is fixed, because other stacks subscribe to it."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig) -> None:
        super().__init__(scope, id)
        self.bus = events.EventBus(self, "Bus", event_bus_name=f"foveal-{config.stage}")
        output(self, "EventBusName", self.bus.event_bus_name)
        self.bus.archive(
            "Archive",
            description=f"What Foveal {config.stage} published",
            event_pattern=events.EventPattern(source=[EVENT_SOURCE]),
            retention=cdk.Duration.days(config.events.archive_days),
        )
