"""The client: finds the API, opens projects, and has a method for each operation."""

from types import TracebackType

import httpx2

from foveal.client._sync.operations import Operations
from foveal.client._sync.project import Project
from foveal.client._sync.transport import Transport
from foveal.client.profile import find_profile
from foveal.client.retries import RetryPolicy


class Foveal:
    """Client of one Foveal API; use it in a `with` block, or call its `close`.

    `api` has a method for each operation, named as in the OpenAPI document; `project` opens a project, whose lists are
    iterators. One client may be used by any number of tasks at once.
    """

    def __init__(
        self,
        api_url: str | None = None,
        token: str | None = None,
        *,
        retries: RetryPolicy | None = None,
        http: httpx2.Client | None = None,
    ) -> None:
        """Find address and token: these arguments, then the environment, then the local stack of the folder.

        Raises ConfigurationError, which names what is missing (see `foveal.client.profile.find_profile`).
        """
        profile = find_profile(api_url, token)
        self.api_url = profile.api_url
        self._transport = Transport(profile, retries or RetryPolicy(), http)
        self.api = Operations(self._transport)

    def project(self, name: str) -> Project:
        """Return a project by its name; nothing is asked yet."""
        return Project(self._transport, name)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> "Foveal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
