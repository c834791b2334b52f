"""AWS emulator for tests: S3, SQS and EventBridge in a local process."""

import functools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3

REGION: Final = "us-east-1"
KEYS: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}


@functools.cache
def client(url: str, service: str) -> Any:
    """Return a client of the emulator; made once, since that takes longer than most tests."""
    make: Any = boto3.client  # its stubs have a type for each service's name
    return make(service, endpoint_url=url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run the emulator without state of its own, and yield its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | KEYS
    environment |= {"GATEWAY_PORT": str(port), "MINISTACK_HOST": "localhost", "TMPDIR": str(folder)}
    environment |= {"STATE_DIR": str(folder / "state"), "PERSIST_STATE": "0", "S3_PERSIST": "0"}
    environment |= {"SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0", "LOG_LEVEL": "WARNING"}
    program = [sys.executable, "-m", "hypercorn", "--workers", "0", "--bind", f"127.0.0.1:{port}", "ministack.app:app"]
    with (folder / "log").open("wb") as log, subprocess.Popen(program, env=environment, stdout=log, stderr=log) as run:
        try:
            _wait(port, run, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            run.kill()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the emulator did not start")
