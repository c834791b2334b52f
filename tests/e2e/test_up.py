"""`foveal up` as a person meets it when something is in the way."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import emulator_process, mongod
from local.instance import Place
from tests.e2e.stack import eventually

UP = [sys.executable, "-c", "from local.commands import main; main()", "up", "--no-samples"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    with socket.socket() as one, socket.socket() as two, socket.socket() as three, socket.socket() as four:
        ports = {}
        for name, listener in (("AWS", one), ("API", two), ("CDN", three), ("MONGODB", four)):
            listener.bind(("127.0.0.1", 0))
            ports[f"FOVEAL_{name}_PORT"] = str(listener.getsockname()[1])
    return Place.from_environment({"FOVEAL_STATE": str(tmp_path / "state"), **ports})


def test_taken_port_is_one_sentence_and_leaves_no_process_behind(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", place.cdn_port))
        taken.listen()
        ended = subprocess.run(
            UP, env={**os.environ, **place.environment()}, capture_output=True, text=True, timeout=60
        )

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Port {place.cdn_port} is taken by another program")
    assert "Traceback" not in ended.stderr + ended.stdout
    assert mongod.process(place).pid is emulator_process.process(place).pid is None


def _take_interrupts() -> None:
    """Undo what a shell does to whatever it starts in the background: that ignores Ctrl-C, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupted_up_leaves_no_process_behind(place: Place) -> None:
    command = subprocess.Popen(
        UP,
        env={**os.environ, **place.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_take_interrupts,
    )
    pids = eventually(lambda: _both(place))
    eventually(lambda: True if (place.logs / "cdk.log").exists() else None)

    os.killpg(command.pid, signal.SIGINT)  # as a terminal does
    _, errors = command.communicate(timeout=60)

    assert command.returncode == 130
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    assert mongod.process(place).pid is emulator_process.process(place).pid is None
    assert [pid for pid in pids if Path(f"/proc/{pid}/exe").exists()] == []


def test_second_up_ends_at_once_and_says_so(place: Place) -> None:
    place.state.mkdir(parents=True)
    with (place.state / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = subprocess.run(
            UP, env={**os.environ, **place.environment()}, capture_output=True, text=True, timeout=60
        )

    assert ended.returncode == 1
    assert ended.stderr.startswith("Another `make up` is at work")


def _both(place: Place) -> tuple[int, int] | None:
    database, aws = mongod.process(place).pid, emulator_process.process(place).pid
    return (database, aws) if database and aws else None
