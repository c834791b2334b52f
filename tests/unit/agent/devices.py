"""Devices of tests: an agent in a folder, and a service in memory that keeps every asset."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from foveal.agent.agent import Agent
from foveal.agent.clock import Clock
from foveal.agent.disk import Disk
from foveal.agent.settings import AgentSettings
from foveal.agent.uplink.network import NetworkManager
from foveal.agent.uplink.tickets import TicketRoute
from foveal.client.folders.content import Content, blocks

SETTLE_SECONDS = 0.001


class Service:
    """Stands for API and S3: one asset for each idempotency key."""

    def __init__(self, on_call: Callable[[str, Any], None] = lambda *_: None) -> None:
        self.on_call = on_call
        self.begun: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, bytes] = {}
        self.order: list[str] = []

    def begin_uploads(self, project: str, *, uploads: list[dict[str, Any]]) -> dict[str, Any]:
        """Answer a begin; the same key with another payload is a conflict."""
        return {"uploads": [self._ticket({**item, "project": project}) for item in uploads]}

    def _ticket(self, item: dict[str, Any]) -> dict[str, Any]:
        key = item["idempotency_key"]
        self.on_call("begin", item)
        known = self.begun.setdefault(key, item)
        if known != item:
            return {"problem": {"code": "IdempotencyConflict", "detail": "another payload"}}
        status = "ready" if key in self.objects else "pending"
        return {"asset_id": f"a-{key}", "status": status, "method": "put", "url": key, "headers": {}}

    def send(self, content: Content, start: int, size_bytes: int, url: str, _headers: Any) -> None:
        """Take the bytes, as a Sender does."""
        self.on_call("put", url)
        if url not in self.objects:
            self.objects[url] = b"".join(blocks(content, start, size_bytes))
            self.order.append(url)

    def close(self) -> None:
        """Do nothing: a Sender is closed."""


def settings(root: Path, **changes: Any) -> AgentSettings:
    """Return the settings of a device below a folder, which watches `inbox` by polling."""
    document: dict[str, Any] = {
        "api_url": "https://api.example.com",
        "project": "zoo",
        "serial": "cam7",
        "state_folder": root / "state",
        "socket": root / "status.sock",
        "sign_in": {"token_url": "https://issuer.example.com/token", "client_id": "cam7"},
        "folders": [{"path": root / "inbox", "watch": "poll", "settle_seconds": SETTLE_SECONDS}],
    }
    spool = {"watermark": 0.99, **changes.pop("spool", {})}  # the tests' own disk may be nearly full
    return AgentSettings.model_validate({**document, "spool": spool, **changes})


class Links(NetworkManager):
    """Network of a test."""

    def __init__(self, properties: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.properties = properties or {}

    def _ask(self, name: str) -> Any:
        return self.properties.get(name)


def device(
    chosen: AgentSettings,
    disk: Disk | None = None,
    clock: Clock | None = None,
    service: Any = None,
    **properties: Any,
) -> Agent:
    """Return an agent that is not running; `properties` are those of NetworkManager."""
    clock = clock or Clock(kernel_state=lambda: True)
    return Agent(chosen, lambda: route(service), disk=disk, clock=clock, network=Links(properties))


def route(service: Any) -> TicketRoute:
    """Return a route to a service in memory."""
    return TicketRoute(service, service)


def take(agent: Agent) -> int:
    """Take over everything that is complete: two looks, since nobody reports anything."""
    return sum(agent.take(inbox) for inbox in agent.inboxes for _ in _looks(agent, inbox))


def _looks(agent: Agent, inbox: Any) -> Iterator[None]:
    for _ in range(2):
        inbox.scan_soon()
        yield
        inbox._looks = {path: _aged(look) for path, look in inbox._looks.items()}


def _aged(look: Any) -> Any:
    look.at -= 10 * SETTLE_SECONDS
    return look


def drain(agent: Agent, service: Any) -> None:
    """Send until nothing waits."""
    way = route(service)
    while agent.senders.send_batch(way):
        pass


@contextmanager
def running(agent: Agent) -> Iterator[Agent]:
    """Let an agent run in a thread; it is stopped at the end."""
    thread = threading.Thread(target=agent.run)
    thread.start()
    try:
        yield agent
    finally:
        agent.stop()
        thread.join()
        agent.queue.close()


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.02)
