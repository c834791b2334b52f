"""Profiles: named deployments in `config.toml`, each with its API, project and sign-in; one is the current one.

    current = "work"

    [profiles.work]
    api_url = "https://api.example.org"
    project = "zoo"
    issuer = "https://login.example.org"
    client_id = "foveal-cli"
    token_url = "https://login.example.org/token"

Tokens are not in this file (see `tokens.py`).
"""

import dataclasses
import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from foveal.client.errors import ConfigurationError
from foveal.client.sign_in.private_files import config_folder, write_private

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedProfile:
    """One profile. `revocation_url` is None where the issuer names no endpoint for it."""

    name: str
    api_url: str
    project: str | None = None
    issuer: str
    client_id: str
    token_url: str
    revocation_url: str | None = None
    uses_keyring: bool = False


@dataclass(frozen=True, slots=True)
class Profiles:
    """The content of `config.toml`."""

    current: str | None = None
    by_name: dict[str, SavedProfile] = field(default_factory=dict)

    def find(self, name: str | None) -> SavedProfile | None:
        """Return a profile, without a name the current one; None if none is current.

        Raises ConfigurationError for a name that is not there.
        """
        wanted = name or self.current
        if wanted is None:
            return None
        if wanted not in self.by_name:
            known = ", ".join(sorted(self.by_name)) or "none"
            raise ConfigurationError(f"There is no profile {wanted!r} (known: {known}): run `foveal login`.")
        return self.by_name[wanted]


def config_file() -> Path:
    """Return the path of `config.toml`."""
    return config_folder() / "config.toml"


def read_profiles() -> Profiles:
    """Return the profiles, none where there is no file. Raises ConfigurationError for a file that cannot be read."""
    path = config_file()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        profiles = {name: _profile(name, values) for name, values in content.get("profiles", {}).items()}
        current = content.get("current")
    except (FileNotFoundError, NotADirectoryError):
        return Profiles()
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}. Repair or delete it, then `foveal login`.") from None
    return Profiles(current if current in profiles else None, profiles)


def save_profile(profile: SavedProfile) -> None:
    """Add or replace a profile and make it the current one. Raises ConfigurationError for a name that cannot be."""
    check_name(profile.name)
    _write(Profiles(profile.name, {**read_profiles().by_name, profile.name: profile}))


def use_profile(name: str) -> None:
    """Make a profile the current one. Raises ConfigurationError if it is not there."""
    profiles = read_profiles()
    profiles.find(name)
    _write(Profiles(name, profiles.by_name))


def remove_profile(name: str) -> None:
    """Remove a profile; then none is current if it was."""
    profiles = read_profiles()
    kept = {each: profile for each, profile in profiles.by_name.items() if each != name}
    _write(Profiles(profiles.current if profiles.current in kept else None, kept))


def check_name(name: str) -> None:
    """Raise ConfigurationError for a name that cannot be one of a file."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} cannot be the name of a profile: take letters, digits, `.`, `_` and `-`, at most 64."
        )


def _profile(name: str, values: dict[str, Any]) -> SavedProfile:
    check_name(name)
    known = {each.name for each in dataclasses.fields(SavedProfile)}
    return SavedProfile(**{key: value for key, value in values.items() if key in known}, name=name)


def _write(profiles: Profiles) -> None:
    lines = [] if profiles.current is None else [f"current = {_toml(profiles.current)}"]
    for name, profile in sorted(profiles.by_name.items()):
        members = dataclasses.asdict(profile)
        del members["name"]
        lines += ["", f"[profiles.{_toml(name)}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in members.items() if value is not None]
    write_private(config_file(), "\n".join(lines).lstrip() + "\n")


def _toml(value: str | bool) -> str:
    """Return a value as TOML; its basic strings have the escapes of JSON, and need one for U+007F."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
