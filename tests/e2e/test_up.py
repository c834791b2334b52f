"""`foveal up` when a port is taken, another one runs, or it is interrupted."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.instance import Instance
from local.processes import emulator_process, mongod
from tests.e2e.stack import eventually

UP = [sys.executable, "-c", "from local.commands import main; main()", "up", "--no-samples"]


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    with socket.socket() as one, socket.socket() as two, socket.socket() as three, socket.socket() as four:
        ports = {}
        for name, listener in (("AWS", one), ("API", two), ("CDN", three), ("MONGODB", four)):
            listener.bind(("127.0.0.1", 0))
            ports[f"FOVEAL_{name}_PORT"] = str(listener.getsockname()[1])
    return Instance.from_environment({"FOVEAL_STATE": str(tmp_path / "state"), **ports})


def test_taken_port_is_one_sentence_and_leaves_no_process_behind(instance: Instance) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", instance.cdn_port))
        taken.listen()
        ended = subprocess.run(
            UP, env={**os.environ, **instance.environment()}, capture_output=True, text=True, timeout=60
        )

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Port {instance.cdn_port} is taken by another program")
    assert "Traceback" not in ended.stderr + ended.stdout
    assert mongod.process(instance).pid is emulator_process.process(instance).pid is None


def _take_interrupts() -> None:
    """Undo what a shell does to whatever it starts in the background: that ignores Ctrl-C, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupted_up_leaves_no_process_behind(instance: Instance) -> None:
    command = subprocess.Popen(
        UP,
        env={**os.environ, **instance.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_take_interrupts,
    )
    pids = eventually(lambda: _both(instance))
    eventually(lambda: True if (instance.logs / "cdk.log").exists() else None)

    os.killpg(command.pid, signal.SIGINT)  # as a terminal does
    _, errors = command.communicate(timeout=60)

    assert command.returncode == 130
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    assert mongod.process(instance).pid is emulator_process.process(instance).pid is None
    assert [pid for pid in pids if Path(f"/proc/{pid}/exe").exists()] == []


def test_second_up_ends_at_once_and_says_so(instance: Instance) -> None:
    instance.state.mkdir(parents=True)
    with (instance.state / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = subprocess.run(
            UP, env={**os.environ, **instance.environment()}, capture_output=True, text=True, timeout=60
        )

    assert ended.returncode == 1
    assert ended.stderr.startswith("Another `make up` is at work")


def _both(instance: Instance) -> tuple[int, int] | None:
    database, aws = mongod.process(instance).pid, emulator_process.process(instance).pid
    return (database, aws) if database and aws else None
