"""Rules of EventBridge and their targets, the archive of events, and schedules."""

from collections.abc import Iterator
from typing import Any, Final

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, ok, verdict

COUNTS_ONLY: Final = "FailedAssetsRule"
"""A rule without a target, whose metric counts failures."""


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield rules that are disabled or lead nowhere, and the state of archive and schedules."""
    events = deployment.client("events")
    wrong = [finding for rule in deployment.ids("AWS::Events::Rule") for finding in _rule(events, deployment, rule)]
    yield from wrong or [ok(f"{len(deployment.ids('AWS::Events::Rule'))} rules are enabled")]
    for name in deployment.ids("AWS::Events::Archive"):
        state = events.describe_archive(ArchiveName=name)["State"]
        yield verdict(
            state == "ENABLED",
            "events are archived",
            f"the archive is {state}",
            "look at its StateReason in EventBridge",
        )
    scheduler = deployment.client("scheduler")
    for name in deployment.ids("AWS::Scheduler::Schedule"):
        state = scheduler.get_schedule(Name=name.rpartition("/")[2])["State"]
        yield verdict(
            state == "ENABLED",
            f"{deployment.title(name)} is enabled",
            f"the schedule {deployment.title(name)} is {state}: what a crash leaves behind stays",
            "enable it in EventBridge Scheduler",
        )


def _rule(events: Any, deployment: Deployment, id: str) -> Iterator[Finding]:
    name, title = id.rpartition("|")[2], deployment.title(id)
    bus = _bus_of(events, deployment, name)
    if bus is None:
        yield failed(f"the rule {title} is gone", "deploy the stage again")
        return
    state = events.describe_rule(Name=name, EventBusName=bus)["State"]
    if state != "ENABLED":
        yield failed(
            f"the rule {title} is {state}: its events are lost, not kept",
            f"aws events enable-rule --event-bus-name {bus} --name {name}; then foveal reconcile --repair, "
            "or foveal replay",
        )
    if COUNTS_ONLY not in name and not events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]:
        yield failed(f"the rule {title} has no target", "deploy the stage again")


def _bus_of(events: Any, deployment: Deployment, name: str) -> str | None:
    """Return the bus of a rule: S3's events come by the default bus, those of the stage by its own."""
    for bus in ("default", deployment.outputs["EventBusName"]):
        if any(each["Name"] == name for each in events.list_rules(EventBusName=bus, NamePrefix=name)["Rules"]):
            return bus
    return None
