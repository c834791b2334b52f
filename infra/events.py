"""The bus that tells everybody else what happened, with an archive to replay from."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

from infra.config import StageConfig

SOURCE = "foveal"


class Events(Construct):
    """The bus of the stage; its name is fixed, because other stacks subscribe to it."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig) -> None:
        super().__init__(scope, id)
        self.bus = events.EventBus(self, "Bus", event_bus_name=f"foveal-{config.stage}")
        self.bus.archive(
            "Archive",
            description=f"What Foveal {config.stage} published",
            event_pattern=events.EventPattern(source=[SOURCE]),
            retention=cdk.Duration.days(config.events.archive_days),
        )
