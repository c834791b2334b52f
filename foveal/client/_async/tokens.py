"""Access tokens of a profile: the given one, or one of a machine client that is renewed before it ends."""

import time
from typing import Any

import httpx2

from foveal.client.errors import APIError, ConfigurationError
from foveal.client.profile import MachineClient, Profile

RENEW_BEFORE_SECONDS = 60.0


class AsyncTokens:
    """The token to send. Time is monotonic, because clocks of devices may be wrong (RFC 6749, 5.1: `expires_in`)."""

    def __init__(self, profile: Profile, http: httpx2.AsyncClient) -> None:
        self._profile, self._http = profile, http
        self._token: str | None = profile.token
        self._renew_at = float("inf")

    @property
    def can_renew(self) -> bool:
        """Tell whether another token can be had when the API refuses this one."""
        return self._profile.machine is not None

    async def current(self) -> str:
        """Return a token that is still valid. Raises APIError if the issuer refuses the machine's credentials."""
        if self._token is None or time.monotonic() >= self._renew_at:
            await self.renew()
        assert self._token is not None
        return self._token

    def forget(self) -> None:
        """Count the token as ended, because the API refused it; the next call fetches another one."""
        self._renew_at = float("-inf")

    async def renew(self) -> None:
        """Fetch another token of the machine client."""
        machine = self._profile.machine
        if machine is None:
            raise ConfigurationError("This token cannot be renewed; sign in again.")
        answer = await self._request(machine)
        self._token = str(answer["access_token"])
        lifetime = float(answer["expires_in"])
        self._renew_at = time.monotonic() + max(lifetime - RENEW_BEFORE_SECONDS, lifetime / 2)

    async def _request(self, machine: MachineClient) -> dict[str, Any]:
        form = {"grant_type": "client_credentials"} | ({"scope": machine.scope} if machine.scope else {})
        response = await self._http.post(machine.token_url, data=form, auth=(machine.client_id, machine.client_secret))
        if response.status_code != httpx2.codes.OK:
            detail = f"{machine.token_url} gave no token: {response.text[:200]}"
            raise APIError(f"HTTP{response.status_code}", response.status_code, detail, {})
        try:
            answer: dict[str, Any] = response.json()
            return {"expires_in": 3600, **answer, "access_token": answer["access_token"]}
        except (ValueError, KeyError, TypeError):  # its text is not repeated: it may hold a token
            detail = f"{machine.token_url} answered without a token; check FOVEAL_TOKEN_URL"
            raise APIError("HTTP200", 200, detail, {}) from None
