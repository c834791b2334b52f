"""Queues of a deployment: depth, dead letters, and their way back (redrive)."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from foveal.aws import sqs
from foveal.aws.errors import AwsError
from foveal.stack_contract import OPTIONAL_QUEUES, QUEUES

CANNOT_MOVE: Final = ("InvalidAction", "UnsupportedOperation")
"""Codes of an SQS that has no message move tasks, as emulators are."""
MOVED: Final = ("COMPLETED", "CANCELLED", "FAILED")


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, by the function that reads it, and its dead-letter queue."""

    name: str
    url: str
    dead_letter_url: str


@dataclass(frozen=True, slots=True)
class Depth:
    """Approximate numbers of messages, as SQS counts them."""

    waiting: int
    in_flight: int
    dead_letters: int


@dataclass(frozen=True, slots=True)
class Redrive:
    """A move of dead letters: how many there were, how many are moved, and whether SQS is still at it."""

    state: Literal["empty", "running", "done"]
    found: int
    moved: int


def depth(queue: Queue) -> Depth:
    """Return the numbers of messages of a queue. Raises AwsError."""
    own, dead = sqs.attributes(queue.url), sqs.attributes(queue.dead_letter_url)
    return Depth(
        waiting=int(own["ApproximateNumberOfMessages"]) + int(own.get("ApproximateNumberOfMessagesDelayed", 0)),
        in_flight=int(own["ApproximateNumberOfMessagesNotVisible"]),
        dead_letters=int(dead["ApproximateNumberOfMessages"]),
    )


def redrive(queue: Queue, seconds: float) -> Redrive:
    """Move dead letters back to their queue: begin a task of SQS, or report the one that runs. Raises AwsError.

    Where SQS has no such tasks, messages are moved one by one for at most so many seconds.
    """
    dead = sqs.attributes(queue.dead_letter_url)
    found = int(dead["ApproximateNumberOfMessages"])
    try:
        task = sqs.newest_move_task(dead["QueueArn"])
        if task is not None and task.status not in MOVED:
            return Redrive("running", found, task.moved)
        if found == 0:
            return Redrive("empty", 0, 0)
        sqs.start_move_task(dead["QueueArn"], sqs.attributes(queue.url)["QueueArn"])
    except AwsError as error:
        if error.code.removeprefix("AWS.SimpleQueueService.") not in CANNOT_MOVE:
            raise
        if found == 0:
            return Redrive("empty", 0, 0)
        return Redrive("done", found, _move_by_hand(queue, found, seconds))
    return Redrive("running", found, 0)


def moved_so_far(queue: Queue) -> Redrive:
    """Return how far the newest task is that moves a queue's dead letters. Raises AwsError."""
    dead = sqs.attributes(queue.dead_letter_url)
    task = sqs.newest_move_task(dead["QueueArn"])
    found = int(dead["ApproximateNumberOfMessages"])
    if task is None:
        return Redrive("empty", found, 0)
    return Redrive("done" if task.status in MOVED else "running", found, task.moved)


def _move_by_hand(queue: Queue, found: int, seconds: float) -> int:
    """Receive, send, delete; a crash in between leaves a message in both queues, which its function does not mind."""
    moved, end = 0, time.monotonic() + seconds
    while moved < found and time.monotonic() < end:
        messages = sqs.receive_messages(queue.dead_letter_url)
        if not messages:
            break
        for message in messages:
            sqs.send_messages(queue.url, [message.body])
            sqs.delete_message(queue.dead_letter_url, message.receipt)
        moved += len(messages)
    return moved


def queues_of(text: str) -> tuple[Queue, ...]:
    """Return the queues of the setting QUEUES, a JSON list of name, URL and URL of the dead letters."""
    return tuple(Queue(*each) for each in json.loads(text))


def outputs_of(name: str) -> tuple[str, str]:
    """Return the outputs of the stack with the URLs of a queue and of its dead letters."""
    return f"{name.title()}QueueUrl", f"{name.title()}DeadLetterQueueUrl"


def names_in(outputs: Mapping[str, str], keys: Callable[[str], tuple[str, str]] = outputs_of) -> tuple[str, ...]:
    """Return the names of the queues that a stage has: those of every stage, and those of options in its outputs."""
    return (*QUEUES, *(name for name in OPTIONAL_QUEUES if keys(name)[0] in outputs))


def named_in(outputs: Mapping[str, str], keys: Callable[[str], tuple[str, str]] = outputs_of) -> tuple[Queue, ...]:
    """Return the queues that outputs of a stage name, under the keys of URL and dead letters. Raises KeyError."""
    return tuple(Queue(name, *(outputs[key] for key in keys(name))) for name in names_in(outputs, keys))
