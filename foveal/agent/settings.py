"""Settings of the agent, from `agent.toml`; every wrong one is named with what is expected."""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from foveal.client.errors import ConfigurationError
from foveal.client.profile import MachineClient, Profile
from foveal.client.sizes import parse_bytes

DEFAULT_PATH: Final = Path("/etc/foveal/agent.toml")
MIN_PART_BYTES: Final = 5 * 1024 * 1024
RESERVED_ATTRIBUTES: Final = ("path", "device", "captured_at", "clock")
"""Attributes that the agent sets itself."""


def _size(value: Any) -> Any:
    return parse_bytes(value) if isinstance(value, str) else value


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("an absolute path is expected")
    return path


def _address(text: str) -> str:
    if not re.match(r"https?://[^/\s]+", text):
        raise ValueError("an address that begins with https:// is expected")
    return text.rstrip("/")


Size = Annotated[int, BeforeValidator(_size), Field(gt=0)]
Address = Annotated[str, AfterValidator(_address)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
Project = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Section(BaseModel):
    """A table of the file; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SignIn(Section):
    """Client credentials of a machine (RFC 6749, 4.4), by which the API is called.

    Under systemd `LoadCredential=client_secret:…` takes the place of `client_secret_file`, which root alone can read.
    """

    token_url: Address
    client_id: str
    client_secret_file: AbsolutePath | None = None
    scope: str | None = None


class Direct(Section):
    """Upload with the device's own AWS credentials, below `media/{project}/{device}/`, without the API.

    One of `credential_file` and `credential_process` gives the credentials, as JSON in the form of `credential_process`
    of the AWS SDKs ("Sourcing credentials with an external process").
    """

    bucket: str
    region: str
    device: Annotated[str, Field(pattern=r"^[^/\s]{1,128}$")]
    credential_file: AbsolutePath | None = None
    credential_process: list[str] = []
    is_accelerated: Annotated[bool, Field(alias="accelerate")] = False

    @model_validator(mode="after")
    def _has_one_source(self) -> "Direct":
        if (self.credential_file is None) == (not self.credential_process):
            raise ValueError("give either credential_file or credential_process")
        return self


class Folder(Section):
    """A folder whose files are taken over and uploaded.

    Attributes:
        path: The folder; it may be absent for a time.
        project: Project of its files; that of the file's top when not given.
        tags: Tags of every asset.
        attributes: Attributes of every asset; a sidecar's own win.
        watch: `inotify` for local folders; `poll` for network mounts.
        settle_seconds: Time in which a file that nobody reported as complete must not change.
    """

    path: AbsolutePath
    project: Project | None = None
    tags: list[str] = []
    attributes: dict[str, Any] = {}
    watch: Literal["inotify", "poll"] = "inotify"
    settle_seconds: Annotated[float, Field(gt=0, le=3600)] = 2.0

    @model_validator(mode="after")
    def _names_are_free(self) -> "Folder":
        taken = sorted(set(self.attributes) & set(RESERVED_ATTRIBUTES))
        if taken:
            raise ValueError(f"the agent sets {', '.join(taken)} itself")
        return self


class SpoolSettings(Section):
    """Room for files that wait.

    Attributes:
        max_size: Most bytes in the spool folder; None for no limit of its own.
        watermark: Share of the file system that may be in use.
        when_full: `reject` leaves files in their folders; `drop-uploaded` deletes copies of uploaded files, oldest
            first; `drop-oldest` then also files that wait.
        keep_uploaded_seconds: How long a copy of an uploaded file is kept.
    """

    max_size: Size | None = None
    watermark: Annotated[float, Field(gt=0, lt=1)] = 0.9
    when_full: Literal["reject", "drop-uploaded", "drop-oldest"] = "reject"
    keep_uploaded_seconds: Annotated[int, Field(ge=0)] = 0


class Sending(Section):
    """Limits of the line.

    Attributes:
        connections: Files that are sent at once; with 1 they arrive strictly in order.
        limit: Most bytes a second; None for no limit.
        metered: Files to send over a link that NetworkManager calls metered: `all`, `small` ones, or none (`pause`).
        metered_max_size: Largest file that is `small`.
        part_size: Larger files are sent in parts of this size, so that a cut costs one part; at least 5 MiB.
        accelerate: Send through S3 Transfer Acceleration, where the deployment has it on.
        max_tries: Tries of a file that the API or S3 refuses while others pass; a missing line takes none.
    """

    connections: Annotated[int, Field(ge=1, le=32)] = 2
    limit: Size | None = None
    metered: Literal["pause", "small", "all"] = "all"
    metered_max_size: Size = 1_000_000
    part_size: Annotated[Size, Field(ge=MIN_PART_BYTES)] = 8 * 1024 * 1024
    is_accelerated: Annotated[bool, Field(alias="accelerate")] = False
    max_tries: Annotated[int, Field(ge=1)] = 10


class AgentSettings(Section):
    """All settings. Exactly one of `sign_in` and `direct` says how files are uploaded."""

    api_url: Address | None = None
    project: Project
    serial: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
    """Name of the device, once in the world: it begins every idempotency key."""
    state_folder: AbsolutePath = Path("/var/lib/foveal-agent")
    socket: AbsolutePath = Path("/run/foveal-agent/status.sock")
    sign_in: SignIn | None = None
    direct: Direct | None = None
    folders: Annotated[list[Folder], Field(min_length=1)]
    spool: SpoolSettings = SpoolSettings()
    sending: Sending = Sending()

    @model_validator(mode="after")
    def _is_consistent(self) -> "AgentSettings":
        if (self.sign_in is None) == (self.direct is None):
            raise ValueError("give either [sign_in] (uploads through the API) or [direct] (with AWS credentials)")
        if self.sign_in and not self.api_url:
            raise ValueError("api_url is missing: [sign_in] needs it")
        if self.direct and any(folder.tags or folder.attributes for folder in self.folders):
            raise ValueError("tags and attributes need [sign_in]: objects of [direct] carry only their names")
        for folder in self.folders:
            if _is_seen_in(self.state_folder, folder.path):
                raise ValueError(f"state_folder lies within {folder.path}, under a name that does not begin with a dot")
            for other in self.folders:
                if other is not folder and folder.path.is_relative_to(other.path):
                    raise ValueError(f"{folder.path} lies within {other.path}: folders must be apart")
        return self

    def profile(self) -> Profile:
        """Return address and credentials of the API. Raises ConfigurationError without a secret."""
        assert self.sign_in is not None
        assert self.api_url is not None
        secret = _secret(self.sign_in.client_secret_file)
        machine = MachineClient(self.sign_in.token_url, self.sign_in.client_id, secret, self.sign_in.scope)
        return Profile(self.api_url, None, machine)


def read_settings(path: Path) -> AgentSettings:
    """Read a settings file. Raises ConfigurationError, which names file, setting and what is expected."""
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}. Name another with --config.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no TOML: {error}.") from error
    found = _from_systemd(found)
    try:
        return AgentSettings.model_validate(found)
    except ValidationError as error:
        raise ConfigurationError("\n".join(f"{path}: {line}" for line in map(_sentence, error.errors()))) from None


def _from_systemd(found: dict[str, Any]) -> dict[str, Any]:
    """Fill in the folders that systemd made (systemd.exec(5), `StateDirectory=` and `RuntimeDirectory=`)."""
    state, runtime = os.environ.get("STATE_DIRECTORY"), os.environ.get("RUNTIME_DIRECTORY")
    given = {"state_folder": state} if state else {}
    return {**given, **({"socket": f"{runtime}/status.sock"} if runtime else {}), **found}


def _is_seen_in(inner: Path, outer: Path) -> bool:
    """Return whether a folder would be looked through as a part of another; hidden ones are not."""
    if not inner.is_relative_to(outer):
        return False
    return not any(part.startswith(".") for part in inner.relative_to(outer).parts)


def _secret(path: Path | None) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    given = Path(folder) / "client_secret" if folder else None
    if given is not None and (path is None or given.exists()):  # the service may not read the file itself
        path = given
    if path is None:
        raise ConfigurationError(
            "sign_in.client_secret_file is missing, and systemd gives no credential `client_secret` "
            "(LoadCredential=client_secret:/path/of/the/secret)."
        )
    try:
        secret = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The client secret cannot be read: {error}.") from error
    if not secret:
        raise ConfigurationError(f"The client secret in {path} is empty.")
    return secret


def _sentence(error: Any) -> str:
    """Return one error of pydantic in the words of the file; values are left out, since they may be secrets."""
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    text = {"missing": "is missing", "extra_forbidden": "is no setting"}.get(error["type"])
    if text is None:
        expected = error.get("ctx", {}).get("expected")
        text = f"one of {expected} is expected" if expected else str(error["msg"]).removeprefix("Value error, ")
        if "pattern" in error.get("ctx", {}):
            text = f"must match {json.dumps(error['ctx']['pattern'])}"
        return f"{place}: {text}" if place else text
    return f"{place} {text}"
