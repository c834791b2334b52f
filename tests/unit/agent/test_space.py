"""A full disk, a disk that became read-only: the policy of the settings, and nothing that was promised is lost."""

import errno
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foveal.agent.agent import Agent
from foveal.agent.disk import Disk
from foveal.agent.queue import State
from foveal.agent.space import MIN_WAITING, RESERVE_NAME
from tests.unit.agent.devices import Service, device, drain, route, settings, take

TOTAL = 1_000_000
MIB = 1024 * 1024


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path


def put(root: Path, *names: str, size_bytes: int = 1000) -> None:
    for name in names:
        (root / "inbox" / name).write_bytes(name[0].encode() * size_bytes)


def limited(root: Path, when_full: str, **changes: Any) -> Agent:
    """Return an agent whose spool folder holds 3,000 bytes."""
    return device(settings(root, spool={"max_size": 3000, "when_full": when_full, **changes}))


def names(agent: Agent, state: State) -> list[str]:
    return [item.document["file_name"] for item in agent.queue.in_states([state])]


def take_each(root: Path, agent: Agent, text: str, size_bytes: int = 1000) -> None:
    for letter in text:
        put(root, f"{letter}.jpg", size_bytes=size_bytes)
        take(agent)


def test_reject_leaves_files_in_their_folder_and_takes_them_when_there_is_room(root: Path) -> None:
    agent, service = limited(root, "reject"), Service()
    agent._intake._copied.add(root / "inbox")
    take_each(root, agent, "abcde")
    assert names(agent, State.WAITING) == ["a.jpg", "b.jpg", "c.jpg"]
    assert {path.name for path in (root / "inbox").iterdir()} == {"d.jpg", "e.jpg"}
    assert agent.status()["space"]["is_full"]
    drain(agent, service)
    take(agent)
    drain(agent, service)
    assert len(service.objects) == 5
    kinds = [event["kind"] for event in agent.queue.events(9)]
    assert kinds.count("full") == kinds.count("room") == 1


def test_drop_oldest_drops_files_that_wait_and_notes_each(root: Path) -> None:
    agent = limited(root, "drop-oldest")
    take_each(root, agent, "abcde")
    assert names(agent, State.WAITING) == ["c.jpg", "d.jpg", "e.jpg"]
    assert names(agent, State.DROPPED) == ["a.jpg", "b.jpg"]
    dropped = [event["detail"] for event in agent.queue.events(9) if event["kind"] == "dropped"]
    assert [text.partition(" ")[0] for text in dropped] == ["b.jpg", "a.jpg"]
    assert len(list((root / "state/spool").glob("*.media"))) == 3


def test_drop_oldest_spares_files_that_are_being_sent(root: Path) -> None:
    agent = limited(root, "drop-oldest")
    take_each(root, agent, "abc")
    agent.senders.busy = {1}
    take_each(root, agent, "d")
    assert names(agent, State.WAITING) == ["a.jpg", "c.jpg", "d.jpg"]


@pytest.mark.parametrize("when_full", ["drop-uploaded", "drop-oldest"])
def test_copies_of_uploaded_files_go_first(root: Path, when_full: str) -> None:
    agent, service = limited(root, when_full, keep_uploaded_seconds=3600), Service()
    agent._intake._copied.add(root / "inbox")
    take_each(root, agent, "ab")
    drain(agent, service)
    take_each(root, agent, "cde")
    assert names(agent, State.UPLOADED) == []
    assert names(agent, State.WAITING) == ["c.jpg", "d.jpg", "e.jpg"]
    assert names(agent, State.DROPPED) == []
    take_each(root, agent, "f")
    assert (root / "inbox/f.jpg").exists() is (when_full == "drop-uploaded")


def test_watermark_counts_the_whole_file_system_and_keeps_five_percent(root: Path) -> None:
    free = [TOTAL]
    agent = device(settings(root, spool={"watermark": 0.99}))
    agent.space._usage = lambda _: (TOTAL, free[0])
    assert agent.space.admits(1000, is_copy=True)
    free[0] = TOTAL // 20 + 1000  # after a copy five percent are free
    assert agent.space.admits(1000, is_copy=True)
    free[0] -= 1
    assert not agent.space.admits(1000, is_copy=True)


def test_few_files_are_moved_even_on_a_full_disk_because_sending_makes_room(root: Path) -> None:
    agent = device(settings(root))
    agent.space._usage = lambda _: (TOTAL, 0)
    put(root, *(f"{number}.jpg" for number in range(MIN_WAITING + 5)))
    take(agent)
    assert agent.queue.waiting() == MIN_WAITING
    assert len(list((root / "inbox").iterdir())) == 5


def test_reserve_is_given_up_when_a_write_fails_and_made_again_when_there_is_room(root: Path) -> None:
    agent = device(settings(root))
    agent.space._usage = lambda _: (20 * MIB, 10 * MIB)
    agent.space.keep_reserve()
    reserve = root / "state" / RESERVE_NAME
    assert reserve.stat().st_blocks * 512 >= MIB
    agent._failed_to_write(OSError(errno.ENOSPC, "No space left on device"))
    assert not reserve.exists()
    agent.space._usage = lambda _: (20 * MIB, 2 * MIB)
    agent.space.keep_reserve()
    assert not reserve.exists()


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB in memory."""
    folder = tmp_path / "tmpfs"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder], check=False).returncode
    ):
        pytest.skip("mounting a file system needs root; the other tests of this file simulate it")
    (folder / "inbox").mkdir()
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        _write_on(file)


def _write_on(file: Any) -> None:
    while True:
        file.write(b"\0" * 4096)


@pytest.mark.parametrize("when_full", ["reject", "drop-oldest"])
def test_agent_works_off_its_files_on_a_disk_that_somebody_else_filled(tmpfs: Path, when_full: str) -> None:
    agent, service = device(settings(tmpfs, spool={"when_full": when_full})), Service()
    agent.space.keep_reserve()
    put(tmpfs, *(f"{number:02}.jpg" for number in range(30)), size_bytes=50_000)
    take(agent)
    assert agent.queue.waiting() == 30
    fill(tmpfs / "other")
    agent.queue.close()
    agent = device(settings(tmpfs, spool={"when_full": when_full}))
    for _ in range(100):
        agent.senders.send_batch(route(service))
    assert len(service.objects) == 30
    assert len({service.begun[key]["file_name"] for key in service.objects}) == 30
    assert agent.queue.counts()["done"]["files"] == 30
    assert service.order == sorted(service.order, key=lambda key: int(key.rpartition("-")[2]))


class Remounted(Disk):
    """A disk that becomes read-only, as after an error of its file system."""

    is_read_only = False

    def _check(self) -> None:
        if self.is_read_only:
            raise OSError(errno.EROFS, "Read-only file system")

    def create(self, path: Path, mode: int = 0o640) -> int:
        self._check()
        return super().create(path, mode)

    def rename(self, source: Path, target: Path) -> None:
        self._check()
        super().rename(source, target)

    def unlink(self, path: Path) -> None:
        self._check()
        super().unlink(path)


def test_agent_goes_on_when_its_disk_was_read_only_for_a_time(root: Path) -> None:
    disk = Remounted()
    agent, service = device(settings(root), disk), Service()

    def remount(*, is_read_only: bool) -> None:
        disk.is_read_only = is_read_only
        agent.queue._connection.execute(f"PRAGMA query_only = {int(is_read_only)}")

    put(root, "a.jpg", "b.jpg")
    take(agent)
    put(root, "c.jpg")
    remount(is_read_only=True)
    for _ in range(3):
        agent._guarded(lambda: take(agent))
        agent.senders.send_batch(route(service))
        agent._write_failed_at = float("-inf")
    assert "readonly database" in agent.status()["space"]["write_error"]
    assert (root / "inbox/c.jpg").exists()
    assert agent.queue.counts()["waiting"]["files"] == 2
    remount(is_read_only=False)
    agent._guarded(lambda: take(agent))
    drain(agent, service)
    assert agent.status()["space"]["write_error"] is None
    assert sorted(service.begun[key]["file_name"] for key in service.objects) == ["a.jpg", "b.jpg", "c.jpg"]
    assert agent.queue.counts()["done"]["files"] == 3


def test_agent_does_not_start_on_a_read_only_disk_and_loses_nothing(tmpfs: Path) -> None:
    agent, service = device(settings(tmpfs)), Service()
    put(tmpfs, "a.jpg")
    take(agent)
    agent.queue.close()
    subprocess.run(["mount", "-o", "remount,ro", tmpfs], check=True)
    with pytest.raises((OSError, sqlite3.OperationalError)):
        device(settings(tmpfs))
    subprocess.run(["mount", "-o", "remount,rw", tmpfs], check=True)
    drain(device(settings(tmpfs)), service)
    assert len(service.objects) == 1
