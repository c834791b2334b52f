"""Free ports for servers that tests start."""

import random
import socket
from contextlib import ExitStack, suppress

_ANY = random.SystemRandom()  # no seed of the tests: two runs side by side must not choose alike


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback address that nothing listens on, all of them held until the last is known.

    They lie below those that systems give to outgoing connections (32768 on Linux, 49152 on macOS), so that no
    connection of another program takes one before its server is there.
    """
    with ExitStack() as held:
        ports: list[int] = []
        for port in _ANY.sample(range(10_000, 32_000), 1_000):
            listener = held.enter_context(socket.socket())
            with suppress(OSError):
                listener.bind(("127.0.0.1", port))
                ports.append(port)
            if len(ports) == count:
                return ports
    raise OSError("a thousand ports are taken")


def free_port() -> int:
    """Return one such port."""
    return free_ports(1)[0]
