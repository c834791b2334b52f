"""Check of queues in the examination of a stage: an option's queue is looked at like those of every stage."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from foveal.operations.doctor.checks import queues
from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import State
from foveal.operations.queues import outputs_of
from foveal.stack_contract import OPTIONAL_QUEUES, QUEUES


@pytest.fixture
def deployment(aws: Callable[[str], Any]) -> Deployment:
    """A stage with a queue for each name; no function reads them."""
    sqs = aws("sqs")
    names = [output for name in (*QUEUES, *OPTIONAL_QUEUES) for output in outputs_of(name)]
    urls = {name: sqs.create_queue(QueueName=f"{name}-{uuid.uuid4().hex[:8]}")["QueueUrl"] for name in names}
    return Deployment("Foveal-test", "CREATE_COMPLETE", urls, {}, aws, is_local=True)


@pytest.mark.parametrize("name", [*QUEUES, *OPTIONAL_QUEUES])
def test_dead_letter_of_each_queue_is_found(deployment: Deployment, name: str) -> None:
    deployment.client("sqs").send_message(QueueUrl=deployment.outputs[outputs_of(name)[1]], MessageBody="{}")
    found = [each.seen for each in queues.look(deployment) if each.state is State.FAILED]
    assert [each for each in found if "dead letters" in each] == [f"{name}: 1 dead letters"]
    assert f"{name}: no function reads the queue" in found


def test_queue_of_an_option_is_asked_for_only_where_the_stage_has_it(deployment: Deployment) -> None:
    outputs = {key: deployment.outputs[key] for name in QUEUES for key in outputs_of(name)}
    plain = Deployment("Foveal-test", "CREATE_COMPLETE", outputs, {}, deployment.make_client, is_local=True)
    assert not [each for each in queues.look(plain) if "scan" in each.seen]
    without = Deployment("Foveal-test", "CREATE_COMPLETE", {}, {}, deployment.make_client, is_local=True)
    assert [each.seen for each in queues.look(without) if each.state is State.FAILED] == [
        f"the stack names no {name} queue" for name in QUEUES
    ]
