"""State of the network: changes of links from the kernel, and what NetworkManager knows of them, where it runs."""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

PROBE_SECONDS: Final = 30.0
PROBE_TIMEOUT_SECONDS: Final = 3.0
METERED: Final = frozenset({1, 3})
"""`NMMetered`: yes, and guessed yes (NetworkManager D-Bus API, "NMMetered")."""
SETTLE_SECONDS: Final = 1.0
"""Pause after a report of the kernel: they come in swarms."""
ROUTES: Final = Path("/proc/self/net")
PORTAL: Final = 2
"""`NMConnectivityState`: a login page stands in the way."""
_RTMGRP_LINK, _RTMGRP_IPV4_IFADDR, _RTMGRP_IPV6_IFADDR = 0x1, 0x10, 0x100
_NAME, _PATH = "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager"


class NetworkManager:
    """Properties of NetworkManager, read by `busctl`, which every system with systemd has; None where neither is."""

    def __init__(
        self, command: Sequence[str] = ("busctl", "--json=short"), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._command, self._clock = tuple(command), clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Any]] = {}

    @property
    def is_metered(self) -> bool:
        """Tell whether the link in use costs by volume."""
        return self._property("Metered") in METERED

    @property
    def is_behind_portal(self) -> bool:
        """Tell whether a login page stands in the way."""
        return bool(self._property("Connectivity") == PORTAL)

    def forget(self) -> None:
        """Ask again: the link has changed."""
        with self._lock:
            self._known.clear()

    def _property(self, name: str) -> Any:
        with self._lock:
            known = self._known.get(name)
            if known is None or self._clock() - known[0] >= PROBE_SECONDS:
                known = self._known[name] = (self._clock(), self._ask(name))
            return known[1]

    def _ask(self, name: str) -> Any:
        command = [*self._command, "get-property", _NAME, _PATH, _NAME, name]
        try:
            done = subprocess.run(command, capture_output=True, timeout=PROBE_TIMEOUT_SECONDS, check=False)
            return json.loads(done.stdout)["data"] if done.returncode == 0 else None
        except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
            return None


def watch_links(
    on_change: Callable[[], None],
    stop: threading.Event,
    open_link: Callable[[], socket.socket] | None = None,
    look: Callable[[], object] | None = None,
) -> None:
    """Call `on_change` whenever a link or a route changes, until `stop` (rtnetlink(7)); for a thread of its own.

    The kernel also tells of addresses whose lifetime was renewed, which changes nothing. Returns at once where it
    offers no such socket.
    """
    look = look or links
    try:
        link = (open_link or open_netlink)()
    except (OSError, AttributeError):
        return
    with link:
        link.settimeout(1.0)
        known = look()
        while not stop.is_set():
            try:
                link.recv(65536)
            except TimeoutError:
                continue
            except OSError:  # ENOBUFS: changes were lost, so something changed
                pass
            stop.wait(SETTLE_SECONDS)
            before, known = known, look()
            if known != before:
                on_change()


def links() -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, ...]]]:
    """Return the state of each link, and the routes of IPv4 and IPv6 with their gateways."""
    states = {(path.parent.name, _text(path).strip()) for path in Path("/sys/class/net").glob("*/operstate")}
    routes = [line.split() for line in _text(ROUTES / "route").splitlines()[1:]]
    routes6 = [line.split() for line in _text(ROUTES / "ipv6_route").splitlines()]
    found = {(row[0], row[1], row[2]) for row in routes if len(row) > 2}
    found |= {(row[-1], row[0], row[4]) for row in routes6 if len(row) > 9}
    return frozenset(states), frozenset(found)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # a link that has gone meanwhile, or a system without IPv6
        return ""


def open_netlink() -> socket.socket:
    """Return a socket on which the kernel tells of links and addresses. Raises OSError or AttributeError."""
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    link.bind((0, _RTMGRP_LINK | _RTMGRP_IPV4_IFADDR | _RTMGRP_IPV6_IFADDR))
    return link
