"""Queues in front of functions: who reads them, how much waits, and what became a dead letter."""

from collections.abc import Iterator
from typing import Any, Final

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, ok, verdict, warning
from foveal.operations.queues import names_in, outputs_of

MAX_CALM_BACKLOG: Final = 10_000


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield backlog and dead letters of each queue, and whether a function reads it."""
    sqs = deployment.client("sqs")
    mappings, dead_letters = _mappings(deployment), 0
    for name in names_in(deployment.outputs):
        url, dead = (deployment.outputs.get(output) for output in outputs_of(name))
        if not url or not dead:
            yield failed(f"the stack names no {name} queue", "deploy the stage again")
            continue
        queue, letters = _attributes(sqs, url), _attributes(sqs, dead)
        reader = mappings.get(queue["QueueArn"])
        yield verdict(
            reader == "Enabled",
            f"{name}: {_waiting(queue)} waiting",
            f"{name}: {'no function reads the queue' if reader is None else f'its trigger is {reader}'}",
            "enable the trigger (event source mapping) of the function, or deploy the stage again",
        )
        if "RedrivePolicy" not in queue:
            yield failed(f"{name}: no dead-letter queue", "deploy the stage again: a bad message never ends")
        if _waiting(queue) > MAX_CALM_BACKLOG:
            yield warning(
                f"{name}: {_waiting(queue)} messages wait",
                "look at the age of the oldest in the dashboard; raise max_concurrency if MongoDB bears it",
            )
        if count := _waiting(letters):
            dead_letters += count
            yield failed(
                f"{name}: {count} dead letters",
                f"find the cause in the log of {name}, mend it, then foveal redrive",
            )
    if not dead_letters:
        yield ok("no dead letters")


def _mappings(deployment: Deployment) -> dict[str, str]:
    """Return the state of each trigger of the stage, by the ARN of its queue."""
    functions = deployment.client("lambda")
    found = {}
    for id in deployment.ids("AWS::Lambda::EventSourceMapping"):
        try:
            mapping = functions.get_event_source_mapping(UUID=id)
        except functions.exceptions.ResourceNotFoundException:
            continue  # its queue is told to have no reader
        found[mapping["EventSourceArn"]] = mapping["State"]
    return found


def _attributes(sqs: Any, url: str) -> dict[str, str]:
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes


def _waiting(attributes: dict[str, str]) -> int:
    return int(attributes["ApproximateNumberOfMessages"])
