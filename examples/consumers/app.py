"""Three ways to consume Foveal's events, as a stack of their own: cdk deploy -a "python app.py" -c bus=foveal-dev."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct


class Consumers(cdk.Stack):
    """A queue for a labelling tool, a function that counts, a state machine that decides."""

    def __init__(self, scope: Construct, id: str, *, bus_name: str) -> None:
        super().__init__(scope, id)
        self._bus = events.EventBus.from_event_bus_name(self, "Bus", bus_name)
        self._dead_letters = sqs.Queue(self, "DeadLetters", enforce_ssl=True, retention_period=cdk.Duration.days(14))
        self._queue()
        self._function()
        self._state_machine()

    def _queue(self) -> None:
        """Photos and videos that may be labelled, waiting until somebody takes them."""
        queue = sqs.Queue(self, "ToLabel", enforce_ssl=True, retention_period=cdk.Duration.days(14))
        self._rule("ToLabelRule", ["AssetReady", "AssetRestored"]).add_target(
            targets.SqsQueue(queue, dead_letter_queue=self._dead_letters)
        )

    def _function(self) -> None:
        """The end of an asset's ingest, as one callback."""
        function = lambda_.Function(
            self,
            "Tally",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            handler="tally.handler",
            code=lambda_.Code.from_asset(str(Path(__file__).parent / "tally")),
        )
        rule = self._rule("TallyRule", ["AssetReady", "AssetFailed", "AssetQuarantined", "AssetDeleted"])
        rule.add_target(targets.LambdaFunction(function, dead_letter_queue=self._dead_letters))

    def _state_machine(self) -> None:
        """One execution for each large video."""
        is_long = stepfunctions.Condition.number_greater_than("$.duration_seconds", 600)
        known = stepfunctions.Condition.is_present("$.duration_seconds")
        decide = stepfunctions.Choice(self, "IsItLong")
        decide.when(
            stepfunctions.Condition.and_(known, is_long),
            stepfunctions.Pass(self, "Split", comment="a Distributed Map over segments would stand here"),
        ).otherwise(stepfunctions.Succeed(self, "LeaveWhole"))
        machine = stepfunctions.StateMachine(
            self,
            "Videos",
            definition_body=stepfunctions.DefinitionBody.from_chainable(decide),
            state_machine_type=stepfunctions.StateMachineType.STANDARD,
        )
        rule = self._rule("VideosRule", ["AssetReady"], {"media_type": ["video"]})
        rule.add_target(
            targets.SfnStateMachine(
                machine,
                input=events.RuleTargetInput.from_event_path("$.detail"),
                dead_letter_queue=self._dead_letters,
            )
        )

    def _rule(self, id: str, detail_types: list[str], detail: dict[str, list[str]] | None = None) -> events.Rule:
        pattern = events.EventPattern(source=["foveal"], detail_type=detail_types, detail=detail)
        return events.Rule(self, id, event_bus=self._bus, event_pattern=pattern)


def main() -> None:
    app = cdk.App()
    Consumers(app, "FovealConsumers", bus_name=app.node.get_context("bus"))
    app.synth()


if __name__ == "__main__":
    main()
