"""A server of drawings whose decoders misbehave as the recipe's label says."""

import ctypes
import errno
import importlib.util
import json
import os
import resource
import signal
import socket
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO

from foveal.errors import Unrenderable
from foveal.render import pixels
from foveal.render.drawing import Drawing, Made
from foveal.render.isolation import server

TRIED: dict[str, Callable[[], object]] = {
    "socket": socket.socket,
    "socket of version 6": lambda: socket.socket(socket.AF_INET6),
    "datagram socket": lambda: socket.socket(type=socket.SOCK_DGRAM),
    "local socket": lambda: socket.socket(socket.AF_UNIX),
    "connection of a socket": lambda: _errno(ctypes.CDLL(None, use_errno=True).connect(0, None, 0)),
    "read": lambda: Path("/etc/hostname").read_bytes(),
    "credentials of the server": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "write": lambda: Path("/tmp/foveal-misbehaves").write_bytes(b"1"),
    "delete": lambda: Path("/tmp/foveal-misbehaves").unlink(),
    "folder": lambda: Path("/tmp/foveal-misbehaves").mkdir(),
    "fork": os.fork,
    "program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - it must not start
    "signal": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "session": os.setsid,
    "limits of the server": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_AS, (0, 0)),
    "file without a name": lambda: os.write(os.memfd_create("memory"), b"1"),
}


def _errno(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), "")


def _of_a_thread() -> bytes:
    drawn: list[bytes] = []
    thread = threading.Thread(target=lambda: drawn.append(b"drawn by a thread"))
    thread.start()
    thread.join()
    return drawn[0]


def draw(drawing: Drawing, source: IO[bytes]) -> bytes:
    match drawing.recipe.label:
        case "spin":
            while True:
                pass
        case "wait":
            time.sleep(600)
        case "allocate":
            return bytes(2 * 1024**3)
        case "crash":
            ctypes.string_at(0)
        case "end":
            os._exit(3)
        case "fail":
            raise ZeroDivisionError
        case "refuse":
            raise Unrenderable("nothing to see")
        case "server":
            return str(os.getppid()).encode()
        case "file":
            raise Unrenderable(Path("/etc/hostname").read_text())
        case "warn":
            warnings.warn("of the file", stacklevel=1)
            raise Unrenderable("warned")
        case "look for a module":
            raise Unrenderable(str(importlib.util.find_spec("no_such_module")))
        case "thread":
            return _of_a_thread()
        case label if label in TRIED:
            try:
                TRIED[label]()
            except OSError as error:
                return errno.errorcode[error.errno or 0].encode()
            return b"done"
        case "read everything at once":
            return source._read_range(0, 2**32 - 1)  # type: ignore[attr-defined, no-any-return]  # past RangedFile's limit
        case "read for ever":
            while True:
                source._read_range(0, 1)  # type: ignore[attr-defined]
        case "environment":
            return json.dumps(dict(os.environ)).encode()
    return source.read()


if __name__ == "__main__":
    pixels.made = lambda drawing, source: Made(draw(drawing, source))
    server.main()
