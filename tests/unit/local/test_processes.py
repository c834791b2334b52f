"""Background processes of the local stack, and ports that are taken."""

import os
import socket
import sys
from pathlib import Path

import pytest

from local.instance import Instance, LocalStackError
from local.processes.process import Process, require_free


def instance_in(folder: Path) -> Instance:
    return Instance.from_environment({"FOVEAL_STATE": str(folder)})


def test_taken_port_is_refused_in_one_sentence_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalStackError) as raised:
            require_free({"FOVEAL_AWS_PORT": port})

    assert str(raised.value).startswith(f"Port {port} is taken by another program: stop it, or choose another port")
    assert "FOVEAL_AWS_PORT=" in str(raised.value)


def test_process_that_ends_at_once_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    process = Process(instance_in(tmp_path), "part", "no-such-mark")

    with pytest.raises(LocalStackError, match="out of luck"):
        process.start([sys.executable, "-c", "raise SystemExit('out of luck')"], os.environ, lambda: False)

    assert process.pid is None


def test_process_runs_until_it_is_stopped(tmp_path: Path) -> None:
    process = Process(instance_in(tmp_path), "part", "a-mark-of-its-own")
    command = [sys.executable, "-c", "import time; time.sleep(60)  # a-mark-of-its-own"]
    process.start(command, os.environ, lambda: True)

    assert process.pid is not None
    assert process.stop()
    assert process.pid is None
    assert not process.stop()


def test_foreign_process_with_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    process = Process(instance_in(tmp_path), "part", "a-mark-that-pytest-does-not-have")
    (tmp_path / "part.pid").write_text(str(os.getpid()))

    assert process.pid is None
    assert not process.stop()
