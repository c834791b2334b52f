"""A guard against the network: in a test, Python code reaches loopback addresses and Unix sockets only.

A refusal is an `OSError`, as it is on a machine without a network, and it is recorded, so that a test fails even if
the tested code handles the error. Programs that a test starts are not guarded.
"""

import ipaddress
import socket
from typing import Any, Final

RULE: Final = "Tests use loopback addresses and Unix sockets only"

refused: list[str] = []
"""Hosts that were refused since the list was last emptied (`tests/conftest.py` does so after each test)."""


def install() -> None:
    """Guard every connection, datagram and name look-up of this process, from here on."""
    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        setattr(socket.socket, name, _guarded_method(getattr(socket.socket, name), name))
    for name in ("getaddrinfo", "gethostbyname"):
        setattr(socket, name, _guarded_lookup(getattr(socket, name)))


def _guarded_method(method: Any, name: str) -> Any:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        position = {"sendto": -1, "sendmsg": 3}.get(name, 0)  # sendmsg(buffers, ancillary data, flags, address)
        address = arguments[position] if position < len(arguments) else None
        if self.family in (socket.AF_INET, socket.AF_INET6) and address is not None:
            _refuse_unless_local(address[0], is_lookup=False)
        return method(self, *arguments)

    return guarded


def _guarded_lookup(lookup: Any) -> Any:
    def guarded(host: str | bytes | None, *arguments: Any, **named: Any) -> Any:
        if host:
            _refuse_unless_local(host.decode() if isinstance(host, bytes) else host, is_lookup=True)
        return lookup(host, *arguments, **named)

    return guarded


def _refuse_unless_local(host: str, *, is_lookup: bool) -> None:
    """Raise `OSError` for a host elsewhere. A numeric address needs no look-up: it is refused on connection."""
    try:
        is_allowed = ipaddress.ip_address(host.partition("%")[0]).is_loopback or is_lookup
    except ValueError:
        is_allowed = host == "localhost" or host.endswith(".localhost")
    if not is_allowed:
        refused.append(host)
        raise OSError(f"{RULE}, not {host}.")
