"""The server of drawings: a process with all decoders loaded, which forks one process for each drawing.

    python -m foveal.render.isolation.server <file descriptor of a socket>

A fork costs a few milliseconds, a fresh interpreter with its imports some hundred. Over the socket goes READY, then
comes START with the connection of a drawing (SCM_RIGHTS); when its process has ended, an `Outcome` goes back. KILL
ends the process before that. The server ends when the socket is closed.
"""

import contextlib
import encodings
import gc
import importlib.util
import io
import os
import pickle
import select
import signal
import socket
import sys
import warnings
from pkgutil import iter_modules, walk_packages
from typing import IO, Final, cast

import av
import numpy.ma  # noqa: F401 - numpy itself loads it at its first use
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render import pixels
from foveal.render.decode.ranged_file import RangedFile, ReadRange
from foveal.render.isolation import confinement, limits, messages
from foveal.render.isolation.messages import Job, Outcome

UNIT: Final = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def prepare() -> None:
    """Load what is loaded at first use: each process finds it loaded, and could not open its files any more."""
    for module in (*walk_packages(av.__path__, "av."), *iter_modules(encodings.__path__, "encodings.")):
        with contextlib.suppress(ImportError):  # codecs of other systems
            importlib.import_module(module.name)
    importlib.util.find_spec("absent")  # lists each folder of modules, for decoders that look for optional ones
    warnings.simplefilter("ignore")  # the text of a warning shows its line of source
    Image.init()
    output = io.BytesIO()
    for format in ("JPEG", "WEBP"):
        Image.new("RGB", (16, 16)).save(output, format)
    gc.collect()
    gc.freeze()  # a collection would write to all objects, and copy their pages


def serve(control: socket.socket) -> None:
    """Fork a process for each connection that comes over `control`, one after another, until it is closed."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        if message != messages.START or not descriptors:  # it came after its process had ended
            continue
        with socket.socket(fileno=descriptors[0]) as connection:
            alive, held = os.pipe()  # the process alone holds the end for writing, until it ends
            child = os.fork()
            if not child:
                os.close(alive)
                control.close()
                _work(connection)
            os.close(held)
        outcome = _ended(control, child, alive)
        with contextlib.suppress(BrokenPipeError):
            control.sendall(messages.OUTCOME.pack(*outcome))


def _ended(control: socket.socket, child: int, alive: int) -> Outcome:
    """Return the outcome of a process, which is killed when a byte or the end of `control` comes before its own."""
    if control.fileno() in select.select([control.fileno(), alive], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    os.close(alive)
    _, status, usage = os.wait4(child, 0)
    killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return Outcome(killed_by, usage.ru_maxrss * UNIT, usage.ru_utime + usage.ru_stime)


def _work(connection: socket.socket) -> None:
    """Answer one connection within the limits, and end this process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # decoders write about the bytes of the file; logs hold ids and counts
    try:
        answer(connection)
    finally:
        os._exit(0)


def answer(connection: socket.socket) -> None:
    """Receive a job, draw it, and send the file or the reason why there is none."""
    received = messages.receive(connection)
    if received is None:
        return
    job: Job = pickle.loads(received[1])  # noqa: S301 - from the function itself
    limits.enforce(job.cpu_seconds)
    opened = _opened_files()
    if confinement.is_available():
        confinement.confine()

    def read(offset: int, length: int) -> bytes:
        messages.send(connection, messages.READ, messages.RANGE.pack(offset, length))
        part = messages.receive(connection)
        if part is None:
            os._exit(0)
        return part[1]

    kind, payload = outcome_of(job, read)
    if kind == messages.UNRENDERABLE and opened:  # the reason may be that the file could not be opened
        kind, payload = messages.FAULT, opened[0].encode()
    messages.send(connection, kind, payload)


def _opened_files() -> list[str]:
    """Return a list to which the name of each file or folder is added that Python code opens from now on."""
    opened: list[str] = []

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "os.listdir"):
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)
    return opened


def outcome_of(job: Job, read: ReadRange) -> tuple[bytes, bytes]:
    """Return DONE and the derivative, or UNRENDERABLE and the reason; no error leaves this function."""
    try:
        made = pixels.made(job.drawing, cast(IO[bytes], RangedFile(read, job.size_bytes)))
        return messages.DONE, messages.pack(made)
    except Unrenderable as problem:
        return messages.UNRENDERABLE, problem.detail.encode()
    except MemoryError:
        return messages.UNRENDERABLE, b"The picture takes more memory than there is for it."
    except Exception as error:  # the same bytes would lead to it at each attempt
        return messages.UNRENDERABLE, f"The picture cannot be made ({type(error).__name__}).".encode()


def main() -> None:
    """Serve the socket whose file descriptor is the first argument."""
    with socket.socket(fileno=int(sys.argv[1])) as inherited:
        prepare()
        if not confinement.is_available():
            print("Decoders may use the network and files: this system takes no seccomp filters.", file=sys.stderr)
        inherited.sendall(messages.READY)
        serve(inherited)


if __name__ == "__main__":
    main()
