"""Drawing in a process of its own: its side within the function, which alone reads the bucket.

The process has neither credentials nor the database: it asks for ranges of the one object. Sockets and forks are all
that is needed, since Lambda has no shared memory (`/dev/shm`).
"""

import contextlib
import math
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Final

from foveal.errors import Unrenderable
from foveal.render.decode.ranged_file import BLOCK_BYTES, MAX_BYTES
from foveal.render.drawing import Drawing, Made
from foveal.render.isolation import limits, messages
from foveal.render.isolation.messages import Job, Outcome

SERVER: Final = "foveal.render.isolation.server"
"""Not imported here: it loads the decoders."""
MAX_READS: Final = 2 * MAX_BYTES // BLOCK_BYTES
"""Twice as many as a sound process asks for (foveal/render/decode/ranged_file.py); the time of reads does not count."""
ReadRange = Callable[[int, int], bytes]
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "HOME")
"""Variables of the environment that an interpreter needs to start; credentials are not among them."""
_SINGLE_THREADED: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""A fork is safe in a process of one thread; each arena and stack would count as address space."""
_STARTING_SECONDS: Final = 60.0
_ENDING_SECONDS: Final = 5.0


class ServerEnded(Exception):
    """The server of drawings ended, or does not answer; the next drawing starts another one."""


class NotLoaded(Exception):
    """A decoder needs a file that the server of drawings did not load before it forked; the text names the file."""


class OutOfPatience(Exception):
    """A drawing that takes longer than its caller waits."""


class Drawings:
    """Draws in processes, one at a time. The server of them starts at once, so that it loads while others wait.

    `program` is the module of the server.
    """

    def __init__(self, program: str = SERVER) -> None:
        self._lock, self._program = threading.Lock(), program
        self._server: _Server | None = _Server(program)
        self.last_outcome: Outcome | None = None
        """The outcome of the last process: its memory and CPU time."""

    def draw(
        self,
        drawing: Drawing,
        read_range: ReadRange,
        size_bytes: int,
        *,
        cpu_seconds: int = limits.MAX_CPU_SECONDS,
        patience_seconds: float | None = None,
    ) -> Made:
        """Return the derivative of a drawing; `read_range` reads the object.

        Raises Unrenderable where no picture can be made, within the limits or at all; OutOfPatience after so many
        seconds on the clock; whatever `read_range` raises; ServerEnded; NotLoaded.
        """
        job = Job(drawing, size_bytes, cpu_seconds)
        ends_at = None if patience_seconds is None else time.monotonic() + patience_seconds
        with self._lock:
            if self._server is None:
                self._server = _Server(self._program)
            try:
                kind, payload = self._drawn(self._server, job, read_range, ends_at)
            except ServerEnded:
                self._server.stop()
                self._server = None
                raise
        if kind == messages.UNRENDERABLE:
            raise Unrenderable(payload.decode("utf-8", "replace"))
        if kind == messages.FAULT:
            raise NotLoaded(payload.decode("utf-8", "replace"))
        made = messages.unpack(payload)
        if made is None:
            raise Unrenderable("The picture cannot be made: its decoder fails.")
        return made

    def close(self) -> None:
        """End the server."""
        with self._lock:
            if self._server is not None:
                self._server.stop()
                self._server = None

    def _drawn(self, running: "_Server", job: Job, read_range: ReadRange, ends_at: float | None) -> tuple[bytes, bytes]:
        answer, is_late = None, False
        try:
            with running.connection() as connection:
                answer = _answer(connection, job, read_range, ends_at)
        except TimeoutError:
            is_late = True
        finally:  # the connection is closed, by which a process that waits for bytes ends
            self.last_outcome = running.outcome()
        return answer or (messages.UNRENDERABLE, _reason(self.last_outcome, job.cpu_seconds, is_late=is_late).encode())


def _answer(
    connection: socket.socket, job: Job, read_range: ReadRange, ends_at: float | None
) -> tuple[bytes, bytes] | None:
    """Return the last message of a process, None for one that ends without any. Serves its reads until then.

    Raises TimeoutError for a process that takes too long apart from its reads, OutOfPatience past `ends_at`.
    """
    left, reads = float(job.cpu_seconds * limits.MAX_WAIT_FACTOR), 0
    kind, payload = messages.JOB, pickle.dumps(job)
    while True:
        started = time.monotonic()
        patience = math.inf if ends_at is None else ends_at - started
        if patience <= 0:
            raise OutOfPatience
        connection.settimeout(max(min(left, patience), 0.001))
        try:
            messages.send(connection, kind, payload)
            received = messages.receive(connection)
        except ConnectionError:
            return None
        except TimeoutError:
            if patience < left:
                raise OutOfPatience from None
            raise
        left -= time.monotonic() - started
        if received is None or received[0] != messages.READ:
            return received
        reads += 1
        if reads > MAX_READS:
            return messages.UNRENDERABLE, b"Too much of the object would have to be read."
        kind, payload = messages.BYTES, _read(read_range, *messages.RANGE.unpack(received[1]))


def _read(read_range: ReadRange, offset: int, length: int) -> bytes:
    try:
        return read_range(offset, min(length, BLOCK_BYTES))  # the process would have its limit, this one has none
    except TimeoutError as error:  # it is not the process that takes too long
        raise ConnectionError("a read took too long") from error


def _reason(outcome: Outcome, seconds: int, *, is_late: bool) -> str:
    if is_late or outcome.ended_by == signal.SIGXCPU:
        return f"The picture takes more than {seconds} seconds to be made."
    return "The picture cannot be made: its decoder fails, or takes more memory than there is for it."


class _Server:
    """A running server of drawings."""

    def __init__(self, program: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", program, str(theirs.fileno())],
                env={**environment, **_SINGLE_THREADED, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control, self._is_ready = ours, False
        self.stop = weakref.finalize(self, _end, self._process, self._control)

    @contextlib.contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """Start a process and give the connection to it. Raises ServerEnded."""
        self._wait_until_ready()
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                try:
                    socket.send_fds(self._control, [messages.START], [theirs.fileno()])
                except OSError as error:
                    raise ServerEnded(type(error).__name__) from None
            yield ours

    def _wait_until_ready(self) -> None:
        if not self._is_ready:
            if self._received(len(messages.READY), _STARTING_SECONDS) != messages.READY:
                raise ServerEnded("it did not start")
            self._is_ready = True

    def outcome(self) -> Outcome:
        """Return the outcome of the process, which is killed if it does not end. Raises ServerEnded."""
        if not select.select([self._control], [], [], _ENDING_SECONDS)[0]:
            with contextlib.suppress(OSError):
                self._control.sendall(messages.KILL)
        packed = self._received(messages.OUTCOME.size, _ENDING_SECONDS)
        if packed is None:
            raise ServerEnded("no outcome")
        return Outcome(*messages.OUTCOME.unpack(packed))

    def _received(self, length: int, seconds: float) -> bytes | None:
        self._control.settimeout(seconds)
        try:
            return messages.exactly(self._control, length)
        except TimeoutError:
            return None


def _end(process: "subprocess.Popen[bytes]", control: socket.socket) -> None:
    control.close()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # the processes of drawings too
    process.wait()
