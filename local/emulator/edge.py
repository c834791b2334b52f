"""ASGI app between clients and MiniStack: transport, and ports of their own for the API and the CDN.

`*.localhost` names resolve in browsers and in curl only, so the API and the distribution get a port each; the Host
header is rewritten to what MiniStack tells its resources apart by.
"""

import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

from local.emulator.autosave import Autosave
from local.instance import Instance

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PROBES: Final = ("/_ministack/health", "/_ministack/ready")
SAVE: Final = "/_foveal/save"
"""POST: save the state of the emulator now; 204, or 503 with the services whose state could not be saved."""

viewer_host: ContextVar[str] = ContextVar("viewer_host", default="")
"""The Host header as the viewer sent it: signed URLs name it."""


class Hosts:
    """The deployed API's and distribution's names by port, read again when `up` has written them."""

    def __init__(self, instance: Instance) -> None:
        self._file: Path = instance.hosts
        self._roles = {instance.api_port: "api", instance.cdn_port: "cdn"}
        self._read_at = 0.0
        self._names: dict[str, str] = {}

    def role(self, port: int) -> str | None:
        return self._roles.get(port)

    def name(self, role: str) -> str | None:
        try:
            changed_at = self._file.stat().st_mtime
        except FileNotFoundError:
            return None
        if changed_at != self._read_at:
            self._names, self._read_at = json.loads(self._file.read_text()), changed_at
        return self._names.get(role)


class Edge:
    """An ASGI app around MiniStack's."""

    def __init__(self, app: App, instance: Instance, autosave: Autosave) -> None:
        self._app, self._hosts, self._autosave = app, Hosts(instance), autosave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope["path"] == SAVE and scope.get("method") == "POST":
            failed = await self._autosave.save()
            await _answer(503 if failed else 204, {"not_saved": failed} if failed else None, send)
            return
        if scope["path"] not in PROBES:
            self._autosave.note()
        # MiniStack app.py:3336 takes the scheme for what the client used, unless a header of the client says otherwise:
        # so every request counts as TLS, and aws:SecureTransport and CloudFront's https-only hold, over plain http.
        scope["scheme"] = "https" if scope["type"] == "http" else "wss"
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"x-forwarded-proto"]
        host = next((value for name, value in headers if name.lower() == b"host"), b"")
        viewer_host.set(host.decode("latin-1"))
        role = self._hosts.role(scope["server"][1])
        if role:
            deployed = self._hosts.name(role)
            if deployed is None:
                await _answer(503, {"message": f"The {role} is not deployed yet: run `make up`."}, send)
                return
            headers = [(name, value) for name, value in headers if name.lower() != b"host"]
            headers.append((b"host", deployed.encode()))
        scope["headers"] = headers
        await self._app(scope, receive, send)


async def _answer(status: int, content: dict[str, Any] | None, send: Send) -> None:
    body = json.dumps(content).encode() if content is not None else b""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())] if body else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def write_hosts(instance: Instance, *, api_id: str, distribution_domain: str) -> None:
    """Write the names of the deployed API and distribution, which a running edge reads again."""
    label = distribution_domain.split(".")[0]
    names = {"api": f"{api_id}.execute-api.localhost", "cdn": f"{label}.cloudfront.localhost"}
    if instance.hosts.exists() and json.loads(instance.hosts.read_text()) == names:
        return
    temporary = instance.hosts.with_suffix(f".{time.monotonic_ns()}")
    temporary.write_text(json.dumps(names))
    temporary.replace(instance.hosts)
