"""The guard against the network: every way out is refused, loopback addresses and Unix sockets are not."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import network_guard

ELSEWHERE = ("192.0.2.1", 9)  # TEST-NET-1, RFC 5737: never assigned


def _datagrams() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


WAYS_OUT: dict[str, Callable[[], object]] = {
    "connect": lambda: socket.create_connection(ELSEWHERE, timeout=0.1),
    "connect_ex": lambda: socket.socket().connect_ex(ELSEWHERE),
    "connect over IPv6": lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 9)),
    "sendto": lambda: _datagrams().sendto(b"", ELSEWHERE),
    "sendto with flags": lambda: _datagrams().sendto(b"", 0, ELSEWHERE),
    "sendmsg": lambda: _datagrams().sendmsg([b""], [], 0, ELSEWHERE),
    "look-up of a name": lambda: socket.getaddrinfo("example.com", 80),
    "look-up of bytes": lambda: socket.getaddrinfo(b"example.com", 80),
    "look-up of one address": lambda: socket.gethostbyname("example.com"),
    "asyncio": lambda: asyncio.run(asyncio.open_connection("example.com", 80)),
}


@pytest.mark.parametrize("way_out", WAYS_OUT.values(), ids=WAYS_OUT)
def test_network_guard_refuses_hosts_elsewhere(way_out: Callable[[], object]) -> None:
    with pytest.raises(OSError, match="loopback addresses and Unix sockets only, not "):
        way_out()
    assert network_guard.refused
    network_guard.refused.clear()


def test_network_guard_allows_loopback_and_unix_sockets(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        socket.create_connection(("localhost", listener.getsockname()[1])).close()
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as caller:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        caller.connect(str(tmp_path / "socket"))
    assert socket.getaddrinfo(None, 80)
    assert network_guard.refused == []


def test_network_guard_fails_a_test_that_handles_the_refusal(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from tests.conftest import network_stays_unused")
    pytester.makepyfile("""
        import contextlib, socket

        def test_caller_handles_the_refusal():
            with contextlib.suppress(OSError):
                socket.create_connection(("192.0.2.1", 9))
    """)
    outcome = pytester.runpytest_inprocess("-p", "no:randomly")
    outcome.assert_outcomes(passed=1, errors=1)
    outcome.stdout.fnmatch_lines(["*loopback addresses and Unix sockets only, and this one tried 192.0.2.1."])
