"""An instance of the local stack: its state folder and its ports, which can be chosen, so that several run at once."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

ROOT: Final = Path(__file__).resolve().parent.parent
LOOPBACK: Final = "127.0.0.1"
ACCOUNT: Final = "000000000000"
REGION: Final = "us-east-1"
STAGE: Final = "dev"
STACK_NAME: Final = f"Foveal-{STAGE}"
REMEMBERED: Final = "instance.json"


class LocalStackError(RuntimeError):
    """A fault that the user can repair; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Instance:
    """The state folder and the ports of one local stack; every port is on the loopback address."""

    state: Path
    aws_port: int
    api_port: int
    cdn_port: int
    mongodb_port: int
    external_mongodb_uri: str | None = None
    stages: Path = ROOT / "stages"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read FOVEAL_STATE, FOVEAL_{AWS,API,CDN,MONGODB}_PORT, FOVEAL_MONGODB_URI and FOVEAL_STAGES, the folder of the
        stage's file. Raises LocalStackError.

        A variable that is not set has the value with which the stack in the state folder was started last; one that is
        set and empty has its default.
        """
        given = os.environ if environment is None else environment
        state = Path(given.get("FOVEAL_STATE") or ROOT / ".foveal").resolve()
        values = {**_remembered(state), **given}
        return cls(
            state=state,
            aws_port=_port(values, "AWS", 4566),
            api_port=_port(values, "API", 4567),
            cdn_port=_port(values, "CDN", 4568),
            mongodb_port=_port(values, "MONGODB", 27117),
            external_mongodb_uri=values.get("FOVEAL_MONGODB_URI") or None,
            stages=Path(values.get("FOVEAL_STAGES") or ROOT / "stages").resolve(),
        )

    def environment(self) -> dict[str, str]:
        """Return what `from_environment` reads, for another process."""
        ports = {"AWS": self.aws_port, "API": self.api_port, "CDN": self.cdn_port, "MONGODB": self.mongodb_port}
        chosen = {f"FOVEAL_{name}_PORT": str(port) for name, port in ports.items()}
        uri = {"FOVEAL_MONGODB_URI": self.external_mongodb_uri} if self.external_mongodb_uri else {}
        stages = {"FOVEAL_STAGES": str(self.stages)} if self.stages != ROOT / "stages" else {}
        return {"FOVEAL_STATE": str(self.state), **chosen, **uri, **stages}

    def remember(self) -> None:
        """Keep ports and MongoDB URI in the state folder, for commands in other shells."""
        values = {name: value for name, value in self.environment().items() if name != "FOVEAL_STATE"}
        write_private(self.state / REMEMBERED, values)

    @property
    def aws_url(self) -> str:
        return f"http://{LOOPBACK}:{self.aws_port}"

    @property
    def api_url(self) -> str:
        return f"http://{LOOPBACK}:{self.api_port}"

    @property
    def cdn_url(self) -> str:
        return f"http://{LOOPBACK}:{self.cdn_port}"

    @property
    def mongodb_uri(self) -> str:
        return self.external_mongodb_uri or f"mongodb://{LOOPBACK}:{self.mongodb_port}/?replicaSet=foveal"

    @property
    def outputs(self) -> Path:
        return self.state / "outputs.json"

    @property
    def hosts(self) -> Path:
        """Names of the deployed API and distribution, which the edge puts into the Host header."""
        return self.state / "hosts.json"

    @property
    def logs(self) -> Path:
        return self.state / "logs"


def write_private(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON file atomically, readable by its owner only."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(values, file, indent=2)
        file.write("\n")
    temporary.replace(path)


def _remembered(state: Path) -> dict[str, str]:
    try:
        values: dict[str, str] = json.loads((state / REMEMBERED).read_text())
    except (OSError, ValueError):
        return {}
    return values


def _port(values: Mapping[str, str], name: str, default: int) -> int:
    variable = f"FOVEAL_{name}_PORT"
    text = values.get(variable) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise LocalStackError(f"{variable} must be a port number between 1 and 65535, not {text!r}")
    return int(text)
