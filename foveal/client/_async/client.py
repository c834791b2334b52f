"""The client: finds the API, opens projects, and has a method for each operation."""

from types import TracebackType

import httpx2

from foveal.client._async.operations import AsyncOperations
from foveal.client._async.project import AsyncProject
from foveal.client._async.transport import AsyncTransport
from foveal.client.profile import find_profile
from foveal.client.retries import RetryPolicy


class AsyncFoveal:
    """Client of one Foveal API; use it in a `with` block, or call its `aclose`.

    `api` has a method for each operation, named as in the OpenAPI document; `project` opens a project, whose lists are
    iterators. One client may be used by any number of tasks at once.
    """

    def __init__(
        self,
        api_url: str | None = None,
        token: str | None = None,
        *,
        retries: RetryPolicy | None = None,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        """Find address and token: these arguments, then the environment, then the local stack of the folder.

        Raises ConfigurationError, which names what is missing (see `foveal.client.profile.find_profile`).
        """
        profile = find_profile(api_url, token)
        self.api_url = profile.api_url
        self._transport = AsyncTransport(profile, retries or RetryPolicy(), http)
        self.api = AsyncOperations(self._transport)

    def project(self, name: str) -> AsyncProject:
        """Return a project by its name; nothing is asked yet."""
        return AsyncProject(self._transport, name)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> "AsyncFoveal":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
