"""Route of the settings: by tickets of the API, or by signatures of the device."""

from collections.abc import Callable

import httpx2

from foveal.agent.clock import Clock
from foveal.agent.settings import AgentSettings
from foveal.agent.uplink.delivery import Route
from foveal.agent.uplink.direct import CredentialSource, DirectRoute
from foveal.agent.uplink.tickets import TicketRoute
from foveal.client._sync.operations import Operations
from foveal.client._sync.transport import TIMEOUT, Transport
from foveal.client.folders.pacing import Gate, Throttle
from foveal.client.folders.sending import Sender
from foveal.client.retries import RetryPolicy

API_RETRIES = RetryPolicy(max_retries=1)
"""The common back-off of the senders does the rest."""


def route_factory(settings: AgentSettings, clock: Clock) -> Callable[[], Route]:
    """Return the function that makes a route for each sender. Raises ConfigurationError without credentials.

    The senders share one token, one limit of bytes a second, and one pool of connections to the API.
    """
    gate, throttle = Gate(settings.sending.connections), Throttle(lambda: settings.sending.limit)
    if settings.direct is not None:
        direct = settings.direct
        return lambda: DirectRoute(direct, CredentialSource(direct, clock), Sender(gate, throttle), clock)
    hooks = {"response": [lambda response: clock.observe(response.headers.get("date"))]}
    http = httpx2.Client(timeout=TIMEOUT, event_hooks=hooks)
    api = Operations(Transport(settings.profile(), API_RETRIES, http))
    is_accelerated = settings.sending.is_accelerated
    return lambda: TicketRoute(api, Sender(gate, throttle), is_accelerated=is_accelerated)
