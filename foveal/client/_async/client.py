"""The client: finds the API, opens projects, and has a method for each operation."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import httpx2

from foveal.client._async.operations import AsyncOperations
from foveal.client._async.pages import AsyncPages
from foveal.client._async.project import AsyncProject, given
from foveal.client._async.transport import AsyncTransport
from foveal.client.calls import ABSENT, Call, RawAnswer
from foveal.client.errors import ConfigurationError
from foveal.client.profile import find_profile
from foveal.client.retries import RetryPolicy

if TYPE_CHECKING:
    from foveal.client import models


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
        profile: str | None = None,
        retries: RetryPolicy | None = None,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        """Find address and token: arguments, then the environment, then the profile of `foveal login`, the local stack.

        Raises ConfigurationError, which names what is missing (see `foveal.client.profile.find_profile`).
        """
        found = find_profile(api_url, token, profile)
        self.api_url, self._default_project = found.api_url, found.project
        self._transport = AsyncTransport(found, retries or RetryPolicy(), http)
        self.api = AsyncOperations(self._transport)

    def project(self, name: str | None = None) -> AsyncProject:
        """Return a project by its name, without one that of FOVEAL_PROJECT or of the profile; nothing is asked yet."""
        chosen = name or self._default_project
        if chosen is None:
            raise ConfigurationError("Which project? Give its name, set FOVEAL_PROJECT, or `foveal login --project`.")
        return AsyncProject(self._transport, chosen)

    def projects(self) -> "AsyncPages[models.Project]":
        """Return the projects that the caller may see; to an operator, all of the stage that have an admin."""
        return AsyncPages(lambda token: self.api.list_projects(next_token=given(token)), "Project")

    async def raw(
        self,
        method: str,
        route: str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | Sequence[tuple[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        body: Any = ABSENT,
    ) -> RawAnswer:
        """Make any call of the API and return its answer with status and headers, for example the entity tag.

        Args:
            method: `GET`, `POST`, …
            route: Path as the OpenAPI document states it, for example `/v1/assets/{asset_id}`.
            path: Values of the places in the route; they are percent-encoded.
            query, headers: As they are sent.
            body: Sent as JSON; no body when not given.

        Raises APIError and NetworkError; retries as for every other call.
        """
        call = Call(method, route, path=path or {}, query=query, headers=headers or {}, body=body)
        return await self._transport.send_raw(call)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> "AsyncFoveal":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
