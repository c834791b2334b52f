"""Address of the API and source of the token: arguments, then environment, then profile, then local stack."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foveal.client.errors import ConfigurationError
from foveal.client.sign_in.profiles import SavedProfile, read_profiles
from foveal.client.sign_in.tokens import TokenStore


@dataclass(frozen=True, slots=True)
class MachineClient:
    """Client credentials of a machine (RFC 6749, 4.4): its token is fetched from the issuer and renewed by itself."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str | None = None

    def __repr__(self) -> str:
        return f"MachineClient({self.token_url!r}, {self.client_id!r})"


@dataclass(frozen=True, slots=True)
class Session:
    """Sign-in of a person with `foveal login`: its tokens are stored, and renewed by the refresh token."""

    profile: str
    token_url: str
    client_id: str
    store: TokenStore

    @classmethod
    def of(cls, saved: SavedProfile) -> "Session":
        """Return the session of a saved profile."""
        store = TokenStore(saved.name, uses_keyring=saved.uses_keyring)
        return cls(saved.name, saved.token_url, saved.client_id, store)


@dataclass(frozen=True, slots=True)
class Profile:
    """Address of the API, and the means of access: a token, credentials of a machine, or the sign-in of a person."""

    api_url: str
    token: str | None = None
    machine: MachineClient | None = None
    session: Session | None = None
    project: str | None = None

    def __repr__(self) -> str:
        return f"Profile({self.api_url!r})"


def find_profile(api_url: str | None = None, token: str | None = None, profile: str | None = None) -> Profile:
    """Return the profile to use: arguments, then the environment, then the current profile, then the local stack.

    Environment: `FOVEAL_API_URL`; `FOVEAL_TOKEN`, or `FOVEAL_TOKEN_URL`, `FOVEAL_CLIENT_ID`, `FOVEAL_CLIENT_SECRET` and
    optionally `FOVEAL_SCOPE`; `FOVEAL_PROFILE`; `FOVEAL_PROJECT`. A profile that is named as an argument stands for all
    of them. The stored tokens of a profile go to the API of the profile and to no other. Raises ConfigurationError,
    which names what is missing.
    """
    environment: Mapping[str, str] = {} if profile else os.environ
    url, token = api_url or environment.get("FOVEAL_API_URL"), token or environment.get("FOVEAL_TOKEN")
    machine = None if token else _machine(environment)
    named = profile or environment.get("FOVEAL_PROFILE")
    is_let_in = token is not None or machine is not None
    saved = None if is_let_in and not named else read_profiles().find(named)
    if saved and url and url.rstrip("/") != saved.api_url:
        if named and not is_let_in:
            raise ConfigurationError(f"The profile {named!r} is of {saved.api_url}, and not of {url}: leave one out.")
        saved = None
    local = local_outputs() if not url and saved is None else {}
    url = url or (saved.api_url if saved else None) or local.get("api_url")
    if not url:
        raise ConfigurationError(
            "Which API? Give api_url, set FOVEAL_API_URL, sign in with `foveal login --api URL`, or run `make up` in "
            "this folder."
        )
    session = Session.of(saved) if saved and not is_let_in else None
    if not is_let_in and session is None:
        raise ConfigurationError(
            "With which token? Sign in with `foveal login`, give token, set FOVEAL_TOKEN (for example to the output of "
            "`foveal token`), or set FOVEAL_TOKEN_URL, FOVEAL_CLIENT_ID and FOVEAL_CLIENT_SECRET of a machine client."
        )
    project = environment.get("FOVEAL_PROJECT") or (saved.project if saved else None) or local.get("project")
    return Profile(str(url).rstrip("/"), token, machine, session, project)


def _machine(environment: Mapping[str, str]) -> MachineClient | None:
    names = ("FOVEAL_TOKEN_URL", "FOVEAL_CLIENT_ID", "FOVEAL_CLIENT_SECRET")
    missing = [name for name in names if not environment.get(name)]
    if len(missing) == len(names):
        return None
    if missing:
        raise ConfigurationError(f"A machine client needs {', '.join(names)}; missing: {', '.join(missing)}.")
    token_url, client_id, client_secret = (environment[name] for name in names)
    return MachineClient(token_url, client_id, client_secret, environment.get("FOVEAL_SCOPE"))


def local_outputs_file() -> Path:
    """Return the outputs of the local stack: in FOVEAL_STATE, or in `.foveal` of the current folder."""
    return Path(os.environ.get("FOVEAL_STATE") or ".foveal") / "outputs.json"


def local_outputs() -> dict[str, Any]:
    """Return the outputs of the local stack, {} where there is none."""
    try:
        found: dict[str, Any] = json.loads(local_outputs_file().read_text())
    except (OSError, ValueError):
        return {}
    return found
