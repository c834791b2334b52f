"""The local stack of the end-to-end tests, and its callers."""

import contextlib
import os
import secrets
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2

from local.deployment import demo, outputs
from local.instance import Instance
from local.processes import emulator_process

PHOTO = (demo.SAMPLES / "karts.jpg").read_bytes()
Ticket = dict[str, Any]
T = TypeVar("T")


@dataclass
class Stack:
    """A deployed stack: its instance, its outputs, and users made for a test."""

    instance: Instance
    values: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.values = outputs.read(self.instance)

    def aws(self, service: str) -> Any:
        """Return a boto3 client with the rights of the account's root."""
        return emulator_process.client(self.instance, service)

    def signing_key(self) -> tuple[str, str]:
        """Return id and private key (PEM) that the deployed function signs with."""
        functions = self.aws("lambda").list_functions(MaxItems=50)["Functions"]
        variables = next(
            each["Environment"]["Variables"]
            for each in functions
            if "SIGNING_KEY_ID" in each["Environment"]["Variables"]
        )
        secret = self.aws("secretsmanager").get_secret_value(SecretId=variables["SIGNING_KEY_SECRET_ARN"])
        return variables["SIGNING_KEY_ID"], secret["SecretString"]

    def caller(self, *roles: str) -> "Caller":
        """Return a new user with these roles, `project:role`, signed in."""
        cognito, pool = self.aws("cognito-idp"), {"UserPoolId": self.values["user_pool_id"]}
        name, password = f"user-{secrets.token_hex(6)}", f"Aa1-{secrets.token_hex(12)}"
        cognito.admin_create_user(**pool, Username=name, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(**pool, Username=name, Password=password, Permanent=True)
        for role in roles:
            with contextlib.suppress(cognito.exceptions.GroupExistsException):
                cognito.create_group(**pool, GroupName=role)
            cognito.admin_add_user_to_group(**pool, Username=name, GroupName=role)
        return Caller(self, demo.token({**self.values, "demo_username": name, "demo_password": password}))


@dataclass
class Caller:
    """A caller of the API with an access token, or with a text in its place."""

    stack: Stack
    token: str | None

    def __post_init__(self) -> None:
        self.http = demo.client()

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        access = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent = {**access, **(headers or {})}
        return self.http.request(method, self.stack.values["api_url"] + path, json=body, headers=sent)

    def begin(self, project: str = "demo", content: bytes = PHOTO, name: str = "photo.jpg", **more: Any) -> Ticket:
        """Begin one upload by PUT and return its ticket."""
        item = {"file_name": name, "content_type": "image/jpeg", "size_bytes": len(content), "method": "put", **more}
        answer = self.call("POST", f"/v1/projects/{project}/uploads", {"uploads": [item]})
        assert answer.status_code == 201, answer.text
        ticket: Ticket = answer.json()["uploads"][0]
        assert "problem" not in ticket, ticket
        return ticket

    def put(self, ticket: Ticket, content: bytes = PHOTO, headers: dict[str, str] | None = None) -> httpx2.Response:
        return self.http.put(ticket["url"], content=content, headers={**ticket["headers"], **(headers or {})})

    def upload(self, project: str, content: bytes = PHOTO, name: str = "photo.jpg", **more: Any) -> dict[str, Any]:
        """Upload by PUT and return the asset once it is ready."""
        ticket = self.begin(project, content, name, **more)
        answer = self.put(ticket, content)
        assert answer.status_code == 200, answer.text
        return self.ready(ticket["asset_id"])

    def ready(self, asset_id: str) -> dict[str, Any]:
        """Wait until the asset is ready and return it."""

        def asset() -> dict[str, Any] | None:
            answer = self.call("GET", f"/v1/assets/{asset_id}")
            found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
            return found if found and found["status"] == "ready" else None

        return eventually(asset)

    def signed_url(self, asset_id: str, project: str = "demo") -> str:
        answer = self.call("POST", f"/v1/projects/{project}/downloads", {"asset_ids": [asset_id]})
        url: str = answer.json()["downloads"][0]["url"]
        return url


def eventually(look: Callable[[], T | None], seconds: float = 60) -> T:
    """Return the first thing that is there. Fails when nothing comes."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None:
            return found
        assert time.monotonic() < deadline, "nothing came in time"
        time.sleep(0.1)


def kill(pid: int | None) -> None:
    """Kill a process of the stack, and return when it is gone."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: None if _runs(pid) else True)


def _runs(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # the test itself may be its parent
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
