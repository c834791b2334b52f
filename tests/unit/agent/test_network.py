"""State of the network: NetworkManager through `busctl`, and changes of links from the kernel."""

import operator
import socket
import sys
import threading
from pathlib import Path

import pytest

from foveal.agent.uplink.network import NetworkManager, links, open_netlink, watch_links
from tests.unit.agent.devices import eventually

BUSCTL = """
import pathlib, sys
calls = pathlib.Path(sys.argv[1])
calls.write_text((calls.read_text() if calls.exists() else "") + sys.argv[-1] + "\\n")
print({answers!r}.get(sys.argv[-1], ""))
"""


def manager(folder: Path, clock: list[float], **answers: str) -> NetworkManager:
    """Return a NetworkManager whose `busctl` answers so."""
    program = BUSCTL.format(answers=answers)
    return NetworkManager([sys.executable, "-c", program, str(folder / "calls")], lambda: clock[0])


@pytest.mark.parametrize(
    ("metered", "expected"),
    [(0, False), (1, True), (2, False), (3, True), (4, False)],  # unknown, yes, no, guess yes, guess no
)
def test_metered_link_is_known_by_networkmanager(tmp_path: Path, metered: int, expected: bool) -> None:
    found = manager(tmp_path, [0.0], Metered=f'{{"type":"u","data":{metered}}}', Connectivity='{"type":"u","data":2}')
    assert found.is_metered is expected
    assert found.is_behind_portal


@pytest.mark.parametrize("answer", ["", "nonsense", "[]", "{}", '{"data": null}'])
def test_link_is_not_metered_when_networkmanager_does_not_tell(tmp_path: Path, answer: str) -> None:
    found = manager(tmp_path, [0.0], Metered=answer)
    assert not found.is_metered
    assert not found.is_behind_portal


def test_link_is_not_metered_where_there_is_no_busctl(tmp_path: Path) -> None:
    assert not NetworkManager([str(tmp_path / "absent")]).is_metered


def test_networkmanager_is_asked_again_after_half_a_minute_or_a_change_of_the_link(tmp_path: Path) -> None:
    clock = [0.0]
    found = manager(tmp_path, clock, Metered='{"type":"u","data":1}')
    for at in (0.0, 29.0, 31.0):
        clock[0] = at
        assert found.is_metered
    assert len((tmp_path / "calls").read_text().splitlines()) == 2
    found.forget()
    assert found.is_metered
    assert len((tmp_path / "calls").read_text().splitlines()) == 3


def test_links_and_routes_of_this_machine_are_read() -> None:
    states, routes = links()
    assert "lo" in {name for name, _ in states}
    assert all(len(route) == 3 for route in routes)
    assert links() == (states, routes)


def test_change_of_a_link_is_reported_and_a_renewed_address_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foveal.agent.uplink.network.SETTLE_SECONDS", 0.01)
    kernel, link = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    stop, changes, looks = threading.Event(), list[int](), iter(["down", "down", "up", "up"])
    arguments = (lambda: changes.append(1), stop, lambda: link, lambda: next(looks))
    thread = threading.Thread(target=watch_links, args=arguments)
    thread.start()
    with kernel:
        kernel.send(b"the lifetime of an address was renewed")
        eventually(lambda: operator.length_hint(looks) == 2)
        assert changes == []
        kernel.send(b"a link is up")
        eventually(lambda: changes == [1])
        stop.set()
        thread.join(5)
    assert not thread.is_alive()


def test_kernel_offers_a_socket_for_changes_of_links() -> None:
    with open_netlink() as link:
        assert link.getsockname()[1] == 0x111


def test_links_are_not_watched_where_the_kernel_offers_no_socket() -> None:
    def refused() -> socket.socket:
        raise OSError(97, "Address family not supported by protocol")

    watch_links(lambda: None, threading.Event(), refused)
