"""A deployed stage as CloudFormation describes it: status, outputs, the physical id of each resource, and clients."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

import httpx2

HTTP_TIMEOUT_SECONDS = 30
HASH_DIGITS = 8
Client = Callable[[str], Any]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Deployment:
    """One stage and the means to ask it.

    Attributes:
        stack: Name of its stack.
        status: Status of the stack, for example `UPDATE_COMPLETE`.
        outputs: Outputs of the stack; for the local stack the addresses on this machine.
        resources: Physical ids by resource type, in the order of the stack.
        make_client: Makes a boto3 client of a service.
        is_local: It runs in the emulator, which does not know all of AWS.
        is_protected: The stack has termination protection.
        mongodb: URI and name of the database, where they are known here.
        now: The clock.
    """

    stack: str
    status: str
    outputs: Mapping[str, str]
    resources: Mapping[str, tuple[str, ...]]
    make_client: Client
    is_local: bool = False
    is_protected: bool = False
    mongodb: tuple[str, str] | None = None
    now: Callable[[], datetime] = _now
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=HTTP_TIMEOUT_SECONDS))
    _clients: dict[str, Any] = field(default_factory=dict)
    _lock: Any = field(default_factory=Lock)

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service; threads share it (boto3 guide, "Multithreading with clients")."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self.make_client(service)
            return self._clients[service]

    def ids(self, kind: str) -> tuple[str, ...]:
        """Return the physical ids of the resources of a type, for example `AWS::SQS::Queue`."""
        return self.resources.get(kind, ())

    def title(self, id: str) -> str:
        """Return the part of a generated physical id that people know: without the stack, and the CDK's hash."""
        name = id.rpartition("|")[2].rpartition("/")[2]
        return name.removeprefix(f"{self.stack}-").rpartition("-")[0][:-HASH_DIGITS] or name

    def log_lines(self, function: str, configuration: Mapping[str, Any], pattern: str, since: timedelta) -> list[str]:
        """Return the lines of a function's log that match a filter pattern of CloudWatch Logs."""
        found = self.client("logs").filter_log_events(
            logGroupName=configuration.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{function}",
            startTime=int((self.now() - since).timestamp() * 1000),
            filterPattern=pattern,
        )
        return [str(each["message"]).strip() for each in found["events"]]

    @property
    def bucket(self) -> str:
        return self.outputs["BucketName"]

    @property
    def api_url(self) -> str:
        return self.outputs["ApiUrl"].rstrip("/")

    @property
    def cdn_url(self) -> str | None:
        url = self.outputs.get("CdnUrl")
        return url.rstrip("/") if url else None


def read(
    stack: str,
    make_client: Client,
    *,
    is_local: bool = False,
    addresses: Mapping[str, str] | None = None,
    mongodb: tuple[str, str] | None = None,
) -> Deployment:
    """Return the deployment of a stack; `addresses` take the place of its outputs of the same names.

    Raises botocore's ClientError where there is no such stack, or nobody may read it.
    """
    cloudformation = make_client("cloudformation")
    (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    resources = defaultdict[str, list[str]](list)
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for each in page["StackResourceSummaries"]:
            if each.get("PhysicalResourceId"):
                resources[each["ResourceType"]].append(each["PhysicalResourceId"])
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    return Deployment(
        stack=stack,
        status=described["StackStatus"],
        outputs={**outputs, **(addresses or {})},
        resources={kind: tuple(ids) for kind, ids in resources.items()},
        make_client=make_client,
        is_local=is_local,
        is_protected=bool(described.get("EnableTerminationProtection")),
        mongodb=mongodb,
    )
