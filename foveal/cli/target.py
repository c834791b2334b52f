"""Target of a command: the local stack of this checkout, or a stage in the caller's AWS account."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import typer

from foveal.client.profile import local_outputs, local_outputs_file
from foveal.operations.queues import Queue, named_in

if TYPE_CHECKING:
    from foveal.operations.doctor.deployment import Deployment

STACK: Final = "Foveal-{stage}"
EVENT_BUS_PREFIX: Final = "foveal-"


@dataclass(frozen=True, slots=True)
class Target:
    """Resources of a deployment; `mongodb_uri` is None where only a secret holds it."""

    bucket: str
    event_bus: str
    queues: tuple[Queue, ...]
    mongodb_uri: str | None
    mongodb_database: str

    def queue_url(self, name: str) -> str:
        """Return the URL of a queue. Raises BadParameter for one of an option that the stage has switched off."""
        found = next((each.url for each in self.queues if each.name == name), None)
        if found is None:
            raise typer.BadParameter(f"the stage has no queue {name}: its option is switched off")
        return found

    @property
    def ingest_queue_url(self) -> str:
        return self.queue_url("ingest")

    @property
    def catalog(self) -> tuple[str, str]:
        """Return the URI and the name of the database. Raises BadParameter where the URI is not known."""
        if not self.mongodb_uri:
            raise typer.BadParameter("set FOVEAL_MONGODB_URI: the URI of a stage in AWS stands in its secret")
        return self.mongodb_uri, self.mongodb_database


def find(stage: str | None) -> Target:
    """Return the deployment of a stage, or without a stage the local stack. Raises BadParameter when there is none."""
    return _of_stage(stage) if stage else _local()


def deployment(stage: str | None) -> "Deployment":
    """Return a stage as its stack describes it. Raises BadParameter when there is none."""
    from botocore.exceptions import BotoCoreError, ClientError

    from foveal.operations.doctor.deployment import read

    local = None if stage else local_outputs()
    found = None if stage else _local()
    name = STACK.format(stage=stage or (found.event_bus if found else "").removeprefix(EVENT_BUS_PREFIX))
    addresses = {"ApiUrl": "api_url", "CdnUrl": "cdn_url", "ConsoleUrl": "console_url"}
    uri, database = (found.mongodb_uri, found.mongodb_database) if found else _database_of_a_stage()
    try:
        return read(
            name,
            client,
            is_local=found is not None,
            addresses={output: local[key] for output, key in addresses.items() if key in local} if local else None,
            mongodb=(uri, database) if uri else None,
        )
    except (BotoCoreError, ClientError) as error:
        raise typer.BadParameter(f"the stack {name} cannot be read: {error}") from None


def client(service: str, region: str | None = None) -> Any:
    """Return a boto3 client; it is imported only by commands that need it."""
    import boto3

    make: Any = boto3.client  # its stubs have a type for each service's name
    return make(service, region_name=region)


def _local() -> Target:
    outputs = local_outputs()
    if not outputs:
        raise typer.BadParameter(f"give --stage; there is no local stack in {local_outputs_file()}")
    # The emulator knows one key for its owner; what the shell holds for AWS must not go there.
    os.environ |= {
        "AWS_ENDPOINT_URL": outputs["aws_endpoint_url"],
        "AWS_REGION": outputs["region"],
        "AWS_DEFAULT_REGION": outputs["region"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    try:
        return Target(
            outputs["bucket"],
            outputs["event_bus"],
            named_in(outputs, lambda name: (f"{name}_queue_url", f"{name}_dead_letter_queue_url")),
            outputs["mongodb_uri"],
            outputs["mongodb_database"],
        )
    except KeyError as error:
        raise typer.BadParameter(
            f"{local_outputs_file()} has no {error.args[0]}; run `make up` to bring it up to date"
        ) from None


def _of_stage(stage: str) -> Target:
    from botocore.exceptions import BotoCoreError, ClientError

    name = STACK.format(stage=stage)
    try:
        (stack,) = client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise typer.BadParameter(f"the stack {name} cannot be read: {error}") from None
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
    try:
        return Target(
            outputs["BucketName"],
            outputs["EventBusName"],
            named_in(outputs),
            *_database_of_a_stage(),
        )
    except KeyError as error:
        raise typer.BadParameter(f"the stack {name} has no output {error.args[0]}; deploy it again") from None


def _database_of_a_stage() -> tuple[str | None, str]:
    """Return the URI, which only a secret of the stage and perhaps the environment hold, and the database's name."""
    return os.environ.get("FOVEAL_MONGODB_URI"), os.environ.get("FOVEAL_MONGODB_DATABASE") or "foveal"
