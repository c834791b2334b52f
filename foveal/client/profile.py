"""Address of the API and source of the token: arguments, then the environment, then the local stack of the folder."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foveal.client.errors import ConfigurationError


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
class Profile:
    """Where the API is, and how to be let in: an access token, or the credentials of a machine."""

    api_url: str
    token: str | None = None
    machine: MachineClient | None = None

    def __repr__(self) -> str:
        return f"Profile({self.api_url!r})"


def find_profile(api_url: str | None = None, token: str | None = None) -> Profile:
    """Return the profile to use.

    Environment: `FOVEAL_API_URL`; `FOVEAL_TOKEN`, or `FOVEAL_TOKEN_URL`, `FOVEAL_CLIENT_ID`, `FOVEAL_CLIENT_SECRET` and
    optionally `FOVEAL_SCOPE`. Without an address the local stack of the current folder is used. Raises
    ConfigurationError, which names what is missing.
    """
    environment = os.environ
    local = local_outputs() if not api_url and "FOVEAL_API_URL" not in environment else {}
    url = api_url or environment.get("FOVEAL_API_URL") or local.get("api_url")
    if not url:
        raise ConfigurationError("Which API? Give api_url, set FOVEAL_API_URL, or run `make up` in this folder.")
    token = token or environment.get("FOVEAL_TOKEN")
    machine = None if token else _machine(environment)
    if not token and machine is None:
        raise ConfigurationError(
            "With which token? Give token, set FOVEAL_TOKEN (for example to the output of `foveal token`), or set "
            "FOVEAL_TOKEN_URL, FOVEAL_CLIENT_ID and FOVEAL_CLIENT_SECRET of a machine client."
        )
    return Profile(str(url).rstrip("/"), token, machine)


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
