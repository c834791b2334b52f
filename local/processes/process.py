"""Processes that outlive the command that starts them: one pid file and one log file each."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.instance import LOOPBACK, ROOT, Instance, LocalStackError

STOP_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process by name; `mark` is a text in its command line, which no other process with its pid has."""

    instance: Instance
    name: str
    mark: str

    @property
    def log(self) -> Path:
        return self.instance.logs / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """The pid of the running process; None for a pid file that a crash or a restart of the machine left behind."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(self._pid_file.read_text())
            if self.mark in _command_line(pid):
                return pid
        return None

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], is_ready: Callable[[], bool], seconds: float = 60
    ) -> None:
        """Start it and wait until it answers. Raises LocalStackError with the end of its log when it does not."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            running = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=dict(environment),
                start_new_session=True,  # Ctrl-C is for the command in the foreground
            )
        self._pid_file.write_text(str(running.pid))
        deadline = time.monotonic() + seconds
        try:
            while not is_ready():
                if running.poll() is not None:
                    raise LocalStackError(f"{self.name} did not start; the end of {self.log} says why:\n{self.tail()}")
                if time.monotonic() > deadline:
                    raise LocalStackError(
                        f"{self.name} did not answer within {seconds:.0f} s; see {self.log}:\n{self.tail()}"
                    )
                time.sleep(0.05)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> bool:
        """Send SIGTERM, then SIGKILL after a while. Return whether it ran."""
        pid = self.pid
        if pid is not None:
            _end(pid)
        self._pid_file.unlink(missing_ok=True)
        return pid is not None

    def tail(self, lines: int = 12) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""

    @property
    def _pid_file(self) -> Path:
        return self.instance.state / f"{self.name}.pid"


def require_free(ports: Mapping[str, int]) -> None:
    """Raise LocalStackError for the first port in use by another program; keys are the settings of the ports."""
    for variable, port in ports.items():
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((LOOPBACK, port))
            except OSError:
                raise LocalStackError(
                    f"Port {port} is taken by another program: stop it, or choose another port, "
                    f"for example `{variable}={port + 10000 if port < 50000 else port - 10000} make up`."
                ) from None


def has_ended(pid: int) -> bool:
    """Return whether all threads of a process have ended, and so its ports are free.

    Neither an empty command line says so, as memory is given back before files are closed, nor the state of a zombie
    alone: its first thread can be one while others (`l`) still run.
    """
    state = process_state(pid)
    return not state or (state.startswith("Z") and "l" not in state)


def process_state(pid: int) -> str:
    """Return the state of a process as `ps` shows it, empty for none."""
    return _shown(pid, "stat=")


def _end(pid: int) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # when this very command started it, it would stay a zombie
            if has_ended(pid):
                return
            time.sleep(0.05)


def _command_line(pid: int) -> str:
    """Return the command line of a process, empty when it is gone or only its entry is left."""
    shown = _shown(pid, "stat=,command=")
    return "" if shown.startswith("Z") else shown


def _shown(pid: int, columns: str) -> str:
    return subprocess.run(["ps", "-ww", "-o", columns, "-p", str(pid)], capture_output=True, text=True).stdout.strip()
