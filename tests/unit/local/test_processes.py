"""Background processes of the local stack, and ports that are taken."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.instance import Instance, LocalStackError
from local.processes.process import Process, has_ended, process_state, require_free


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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a system call that ends the first thread alone")
def test_process_has_ended_when_its_last_thread_has() -> None:
    """A port stays taken as long as one thread runs, also when the first thread is gone, as in an end under load."""
    ends_its_first_thread = (
        "import ctypes, os, threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)  # SYS_exit\n"
    )
    with subprocess.Popen([sys.executable, "-c", ends_its_first_thread]) as running:
        while not process_state(running.pid).startswith("Z"):
            assert running.poll() is None
        assert not has_ended(running.pid)
        running.kill()
        while not has_ended(running.pid):
            pass
