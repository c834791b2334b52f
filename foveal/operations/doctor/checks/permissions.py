"""Rights of the roles of functions, by IAM's policy simulator: a denied call is found before a user finds it.

The simulator takes policies of the role and service control policies of the organization into account, not policies of
buckets and keys (IAM guide, "Testing IAM policies with the policy simulator").
"""

from collections.abc import Iterator
from typing import Any, Final

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, ok
from foveal.stack_contract import DERIVED_PREFIX, MEDIA_PREFIX

NEEDED: Final = {
    "Uploads": (("s3:PutObject", "media"), ("s3:AbortMultipartUpload", "media")),
    "Ingest": (("s3:GetObject", "media"), ("sqs:ReceiveMessage", "queue"), ("events:PutEvents", "bus")),
    "Render": (("s3:GetObject", "media"), ("s3:PutObject", "derived")),
    "Catalog": (("events:PutEvents", "bus"),),
    "Sweep": (("events:PutEvents", "bus"), ("sqs:SendMessage", "queue")),
    "Versions": (("s3:GetObject", "media"), ("s3:DeleteObjectVersion", "media")),
}
"""By function: the actions without which users see errors, and what they are done to."""


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield what a function needs and is not allowed."""
    functions, iam, denied = deployment.client("lambda"), deployment.client("iam"), 0
    resources = _resources(deployment)
    for name in deployment.ids("AWS::Lambda::Function"):
        noun = next((each for each in NEEDED if f"-Functions{each}" in name), None)
        if noun is None:
            continue
        role = functions.get_function_configuration(FunctionName=name)["Role"]
        for action, target in NEEDED[noun]:
            answer: dict[str, Any] = iam.simulate_principal_policy(
                PolicySourceArn=role, ActionNames=[action], ResourceArns=[resources[target]]
            )
            decision = answer["EvaluationResults"][0]["EvalDecision"]
            if decision != "allowed":
                denied += 1
                yield failed(
                    f"{noun.lower()} may not {action} ({decision})",
                    "somebody changed its role, or a service control policy forbids it: deploy again, ask the "
                    "administrators of the organization",
                )
    if not denied:
        yield ok(f"{sum(map(len, NEEDED.values()))} rights of {len(NEEDED)} functions are there")


def _resources(deployment: Deployment) -> dict[str, str]:
    bucket = f"arn:aws:s3:::{deployment.bucket}"
    queue = deployment.client("sqs").get_queue_attributes(
        QueueUrl=deployment.outputs["IngestQueueUrl"], AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    bus = deployment.client("events").describe_event_bus(Name=deployment.outputs["EventBusName"])["Arn"]
    return {
        "media": f"{bucket}/{MEDIA_PREFIX}doctor/none/original.jpg",
        "derived": f"{bucket}/{DERIVED_PREFIX}doctor/none/thumbnail.webp",
        "queue": queue,
        "bus": bus,
    }
