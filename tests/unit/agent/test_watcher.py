"""Folders that the kernel reports on: closed and moved files, new and renamed subfolders, overflow, other mounts."""

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, Mask, WatchDescriptor

from foveal.agent import agent as agents
from foveal.agent.agent import Agent
from foveal.agent.watcher import open_kernel
from tests.unit.agent.devices import Service, device, eventually, running, settings

SETTLE_SECONDS = 600.0
"""So long that only the kernel's reports can be why a file arrives."""


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path


@pytest.fixture
def started(
    root: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AbstractContextManager[Agent]]:
    monkeypatch.setattr(agents, "TICK_SECONDS", 0.02)

    def start(settle_seconds: float = SETTLE_SECONDS) -> AbstractContextManager[Agent]:
        folders = [{"path": root / "inbox", "settle_seconds": settle_seconds}]
        return running(device(settings(root, folders=folders), service=service))

    return start


def watches(agent: Agent) -> bool:
    """Tell whether the kernel reports on the folder."""
    return bool(_paths(agent))


def arrived(service: Service, *names: str) -> Callable[[], bool]:
    return lambda: sorted(service.begun[key]["file_name"] for key in service.objects) == sorted(names)


def test_file_arrives_when_its_writer_closes_it(root: Path, service: Service, started: Any) -> None:
    with started() as agent:
        eventually(lambda: watches(agent))
        with (root / "inbox/a.jpg").open("wb") as file:
            file.write(b"first half")
            file.flush()
            eventually(lambda: agent.inboxes[0]._hints == {})
            assert agent.queue.counts()["waiting"]["files"] == 0
            file.write(b", second half")
        eventually(arrived(service, "a.jpg"))
    assert next(iter(service.objects.values())) == b"first half, second half"


def test_file_arrives_when_it_is_moved_in(root: Path, service: Service, started: Any) -> None:
    with started() as agent:
        eventually(lambda: watches(agent))
        (root / "elsewhere.jpg").write_bytes(b"some")
        (root / "elsewhere.jpg").rename(root / "inbox/moved.jpg")
        (root / "inbox/renamed.jpg.tmp").write_bytes(b"some")
        (root / "inbox/renamed.jpg.tmp").rename(root / "inbox/renamed.jpg")
        eventually(arrived(service, "moved.jpg", "renamed.jpg"))


def test_files_in_new_and_in_renamed_subfolders_arrive(root: Path, service: Service, started: Any) -> None:
    with started() as agent:
        eventually(lambda: watches(agent))
        (root / "inbox/day").mkdir()
        eventually(lambda: len(_paths(agent)) == 2)
        (root / "inbox/day/a.jpg").write_bytes(b"one")
        eventually(arrived(service, "a.jpg"))
        (root / "inbox/day").rename(root / "inbox/night")
        eventually(lambda: str(root / "inbox/night") in _paths(agent))
        (root / "inbox/night/b.jpg").write_bytes(b"two")
        eventually(arrived(service, "a.jpg", "b.jpg"))
    paths = sorted(service.begun[key]["attributes"]["path"] for key in service.objects)
    assert paths == ["day/a.jpg", "night/b.jpg"]


def test_file_that_came_while_nobody_watched_arrives_at_the_start(root: Path, service: Service, started: Any) -> None:
    (root / "inbox/a.jpg").write_bytes(b"some")
    with started(settle_seconds=0.1):
        eventually(arrived(service, "a.jpg"))


def test_folder_is_scanned_when_the_queue_of_the_kernel_overflows(
    root: Path, service: Service, started: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = []

    def opened() -> Any:
        kernels.append(open_kernel())
        return kernels[0]

    monkeypatch.setattr("foveal.agent.watcher.open_kernel", opened)
    with started(settle_seconds=0.1) as agent:
        eventually(lambda: watches(agent))
        monkeypatch.setattr(agent.inboxes[0], "hint", lambda _: None)  # the reports are lost
        (root / "inbox/a.jpg").write_bytes(b"some")
        agent.inboxes[0]._scan_at = float("inf")
        overflow = InotifyEvent(WatchDescriptor(-1), Mask(InotifyConstants.IN_Q_OVERFLOW), 0, b"")
        kernels[0].handle_event(overflow)
        eventually(arrived(service, "a.jpg"))


def test_folder_that_is_removed_and_made_again_is_watched_again(root: Path, service: Service, started: Any) -> None:
    with started(settle_seconds=0.1) as agent:
        eventually(lambda: watches(agent))
        shutil.rmtree(root / "inbox")
        eventually(lambda: agent.status()["folders"][0]["is_missing"])
        (root / "inbox").mkdir()
        (root / "inbox/a.jpg").write_bytes(b"some")
        eventually(arrived(service, "a.jpg"))
        kinds = [event["kind"] for event in agent.status()["events"]]
    assert {"folder missing", "folder is back"} <= set(kinds)


def test_folder_is_scanned_when_it_cannot_be_watched(
    root: Path, service: Service, started: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> Any:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr("watchdog.observers.inotify_c.InotifyFD.add_callback", refused)
    (root / "inbox/a.jpg").write_bytes(b"some")
    with started(settle_seconds=0.1) as agent:
        eventually(arrived(service, "a.jpg"))
        assert "not watched" in {event["kind"] for event in agent.status()["events"]}


def _paths(agent: Agent) -> set[str]:
    root = os.fspath(agent.inboxes[0].folder.path)
    return {path for path in _watched(agent) if path.startswith(root)}


def _watched(agent: Agent) -> set[str]:
    return {path for add in agent._adders for path in add.__self__._known}  # type: ignore[attr-defined]
