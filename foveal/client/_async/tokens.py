"""Access tokens of a profile: the given one, or one of a machine client or of a sign-in, renewed before it ends."""

import time
from asyncio import Lock, sleep
from typing import Any

import httpx2

from foveal.client.errors import APIError, ConfigurationError, SignInError
from foveal.client.profile import MachineClient, Profile, Session
from foveal.client.sign_in.private_files import try_lock
from foveal.client.sign_in.tokens import RENEW_BEFORE_SECONDS, StoredTokens

LOCK_POLL_SECONDS = 0.05
MAX_LOCK_SECONDS = 60.0


class AsyncTokens:
    """The token to send. Time is monotonic, because clocks of devices may be wrong (RFC 6749, 5.1: `expires_in`)."""

    def __init__(self, profile: Profile, http: httpx2.AsyncClient) -> None:
        self._profile, self._http = profile, http
        self._token: str | None = profile.token
        self._refused: str | None = None
        self._renew_at = float("inf")
        self._renewal = Lock()

    @property
    def can_renew(self) -> bool:
        """Tell whether another token can be had when the API refuses this one."""
        return self._profile.machine is not None or self._profile.session is not None

    async def current(self) -> str:
        """Return a token that is still valid.

        Raises APIError if the issuer refuses the machine's credentials, SignInError if the sign-in has ended.
        """
        if self._is_due:
            async with self._renewal:  # of calls at the same time one renews
                if self._is_due:
                    await self.renew()
        assert self._token is not None
        return self._token

    @property
    def _is_due(self) -> bool:
        return self._token is None or time.monotonic() >= self._renew_at

    def forget(self, refused: str) -> None:
        """Count a token as ended, because the API refused it; the next call fetches another one, if none was since."""
        if refused == self._token:
            self._refused, self._renew_at = refused, float("-inf")

    async def renew(self) -> None:
        """Take another token: of the machine client, or of the sign-in, where another process may have renewed it."""
        if self._profile.session is not None:
            await self._renew_session(self._profile.session)
            return
        machine = self._profile.machine
        if machine is None:
            raise ConfigurationError("This token cannot be renewed; sign in again.")
        answer = await self._request(machine)
        self._token = str(answer["access_token"])
        lifetime = float(answer["expires_in"])
        self._renew_at = time.monotonic() + max(lifetime - RENEW_BEFORE_SECONDS, lifetime / 2)

    async def _renew_session(self, session: Session) -> None:
        stored = session.store.load()
        if not self._is_usable(stored):
            stored = await self._renewed_alone(session)
        self._token = stored.access_token
        left = stored.expires_at - time.time()
        self._renew_at = time.monotonic() + max(left - RENEW_BEFORE_SECONDS, left / 2)

    async def _renewed_alone(self, session: Session) -> StoredTokens:
        """Spend the refresh token under its lock: of two processes one renews, and the other reads what it stored."""
        give_up_at = time.monotonic() + MAX_LOCK_SECONDS
        while True:
            with try_lock(session.store.lock_path) as is_held:
                if is_held:
                    stored = session.store.load()
                    if self._is_usable(stored):
                        return stored
                    fresh = await self._refresh(session, stored)
                    session.store.save(fresh)
                    return fresh
            if time.monotonic() >= give_up_at:
                raise SignInError(f"{session.store.lock_path} is locked: another program renews this sign-in; end it.")
            await sleep(LOCK_POLL_SECONDS)

    def _is_usable(self, stored: StoredTokens) -> bool:
        return stored.access_token != self._refused and stored.is_good(time.time())

    async def _refresh(self, session: Session, stored: StoredTokens) -> StoredTokens:
        again = f"run `foveal login --profile {session.profile}`"
        if stored.refresh_token is None:
            raise SignInError(f"The sign-in of the profile {session.profile!r} has ended: {again}.")
        form = {
            "grant_type": "refresh_token",
            "refresh_token": stored.refresh_token,
            "client_id": session.client_id,
        }
        response = await self._http.post(session.token_url, data=form)
        if response.status_code in (httpx2.codes.BAD_REQUEST, httpx2.codes.UNAUTHORIZED):
            raise SignInError(f"The sign-in of the profile {session.profile!r} has ended: {again}.")
        if response.status_code != httpx2.codes.OK:
            detail = f"{session.token_url} gave no token: {response.text[:200]}"
            raise APIError(f"HTTP{response.status_code}", response.status_code, detail, {})
        try:
            return StoredTokens.from_answer(response.json(), time.time(), stored.refresh_token)
        except (ValueError, KeyError, TypeError, AttributeError):  # its text is not repeated: it may hold a token
            raise APIError("HTTP200", 200, f"{session.token_url} answered without a token; {again}", {}) from None

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
