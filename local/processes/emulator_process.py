"""The emulator as a background process: start, stop, and clients for it."""

import hashlib
import sys
import urllib.error
import urllib.request
from typing import Any, Final

from local import cdk
from local.emulator.edge import SAVE
from local.instance import REGION, ROOT, Instance, LocalStackError
from local.processes.process import Process, require_free

MAX_SAVE_SECONDS: Final = 60


def process(instance: Instance) -> Process:
    return Process(instance, "emulator", f"server {instance.state}")


def start(instance: Instance) -> bool:
    """Start it unless it runs; start it anew when its own code has changed since. Return whether it was started.

    Raises LocalStackError.
    """
    running_code, code = instance.state / "emulator.code", _code()
    if process(instance).pid is not None:
        if running_code.is_file() and running_code.read_text() == code:
            return False
        stop(instance)
    require_free(
        {
            "FOVEAL_AWS_PORT": instance.aws_port,
            "FOVEAL_API_PORT": instance.api_port,
            "FOVEAL_CDN_PORT": instance.cdn_port,
        }
    )
    command = [sys.executable, "-m", "local.emulator.server", str(instance.state)]  # for `ps`, and to be known by
    process(instance).start(command, cdk.environment(instance), lambda: is_healthy(instance))
    running_code.write_text(code)
    return True


def _code() -> str:
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted((ROOT / "local").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def stop(instance: Instance) -> bool:
    return process(instance).stop()


def save(instance: Instance) -> None:
    """Have the emulator save its state, which outlives it then. Raises LocalStackError."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(f"{instance.aws_url}{SAVE}", data=b"", timeout=MAX_SAVE_SECONDS).close()
    except OSError as error:
        raise LocalStackError(f"The emulator could not save its state ({error}): run `make up` again.") from error


def is_healthy(instance: Instance) -> bool:
    return answers(f"{instance.aws_url}/_ministack/health")


def answers(url: str) -> bool:
    """Return whether something at the address answers, and with less than a server's error."""
    status = _status(url)
    return status is not None and status < 500


def is_found(url: str) -> bool:
    """Return whether the address answers 200."""
    return _status(url) == 200


def _status(url: str) -> int | None:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=3) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def client(instance: Instance, service: str) -> Any:
    """Return a boto3 client of the local account's root, which is never signature-checked."""
    import boto3  # slow to import; most commands need none
    from botocore.config import Config

    make: Any = boto3.client  # its stubs have a type for each service's name
    return make(
        service,
        endpoint_url=instance.aws_url,
        region_name=REGION,
        aws_access_key_id=cdk.CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=cdk.CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(signature_version="s3v4" if service == "s3" else None, proxies={}, retries={"max_attempts": 2}),
    )
