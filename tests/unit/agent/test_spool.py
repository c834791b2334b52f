"""The queue and the spool folder: what is acknowledged stays, whatever becomes of the database."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from foveal.agent.agent import Agent
from foveal.agent.disk import Disk
from foveal.agent.queue import DATABASE_NAME, MAX_ENDED_ROWS, Item, Queue, State
from tests.unit.agent.devices import Service, device, drain, settings, take


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path


def put(root: Path, name: str, data: bytes = b"bytes") -> None:
    (root / "inbox" / name).write_bytes(data)


def again(root: Path, agent: Agent) -> Agent:
    """Return the agent as it starts the next time."""
    agent.queue.close()
    return device(settings(root))


def waiting(agent: Agent) -> list[str]:
    return [item.document["file_name"] for item in agent.queue.in_states([State.WAITING])]


def test_file_leaves_its_folder_when_it_is_acknowledged(root: Path) -> None:
    put(root, "a.jpg")
    agent = device(settings(root))
    assert take(agent) == 1
    assert not (root / "inbox/a.jpg").exists()
    (item,) = agent.queue.in_states([State.WAITING])
    assert agent.spool.media(item).read_bytes() == b"bytes"
    assert (item.document["file_name"], item.size_bytes) == ("a.jpg", 5)


def test_database_is_durable_at_each_commit(root: Path) -> None:
    agent = device(settings(root))
    assert agent.queue._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert agent.queue._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("damage", ["lost", "no database", "torn"])
def test_queue_is_rebuilt_from_the_spool_folder_when_the_database_is_gone(root: Path, damage: str) -> None:
    agent = device(settings(root))
    for name in ("b.jpg", "a.jpg", "c.jpg"):
        put(root, name)
        take(agent)
    keys = [item.key for item in agent.queue.in_states([State.WAITING])]
    agent.queue.close()
    path = root / "state" / DATABASE_NAME
    if damage == "lost":
        path.unlink()
    elif damage == "torn":
        path.write_bytes(path.read_bytes()[:5000])
    else:
        path.write_bytes(b"no database" * 1000)
    after = device(settings(root))
    assert waiting(after) == ["b.jpg", "a.jpg", "c.jpg"]
    assert [item.key for item in after.queue.in_states([State.WAITING])] == keys
    events = [event["kind"] for event in after.queue.events(5)]
    assert events == (["recovered"] if damage == "lost" else ["queue rebuilt"])
    assert (root / "state" / f"broken-{DATABASE_NAME}").exists() is (damage != "lost")


def test_keys_are_never_used_twice_although_the_database_is_lost(root: Path) -> None:
    keys = set()
    for number in range(4):
        agent = device(settings(root))
        put(root, f"{number}.jpg")
        take(agent)
        (item,) = agent.queue.in_states([State.WAITING])
        keys.add(item.key)
        agent.queue.end(item, State.DONE)
        agent.spool.remove(item)
        agent.queue.close()
        (root / "state" / DATABASE_NAME).unlink()
    assert len(keys) == 4
    assert all(key.startswith("cam7-") for key in keys)


def test_files_are_sent_in_the_order_in_which_they_came(root: Path) -> None:
    agent, service = device(settings(root)), Service()
    for name in ("z.jpg", "m.jpg", "a.jpg"):
        put(root, name)
        take(agent)
        agent = again(root, agent)
    drain(agent, service)
    assert [service.begun[key]["file_name"] for key in service.order] == ["z.jpg", "m.jpg", "a.jpg"]


def test_row_without_its_file_is_lost_and_noted(root: Path) -> None:
    put(root, "a.jpg")
    agent = device(settings(root))
    take(agent)
    (item,) = agent.queue.in_states([State.WAITING])
    agent.spool.media(item).unlink()
    agent = again(root, agent)
    assert agent.queue.counts()["lost"]["files"] == 1
    assert agent.queue.events(1)[0]["kind"] == "lost"


def test_file_without_sidecar_and_row_is_taken_up_under_its_key(root: Path) -> None:
    put(root, "a.jpg")
    agent = device(settings(root))
    take(agent)
    (item,) = agent.queue.in_states([State.WAITING])
    agent.queue.close()
    (root / "state" / DATABASE_NAME).unlink()
    (root / "state/spool" / f"{item.name}.json").write_text("{torn")
    (found,) = device(settings(root)).queue.in_states([State.WAITING])
    assert (found.key, found.project, found.size_bytes) == (item.key, "zoo", 5)


def test_uploaded_file_and_its_sidecar_leave_the_disk(root: Path) -> None:
    put(root, "a.jpg")
    agent, service = device(settings(root)), Service()
    take(agent)
    drain(agent, service)
    agent.spool.prune()
    assert list((root / "state/spool").iterdir()) == []
    assert agent.queue.counts()["done"]["files"] == 1


def test_rows_of_ended_files_are_bounded(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "queue.db")
    items = [Item(number, "e", 1, {}, State.DONE) for number in range(1, MAX_ENDED_ROWS + 101)]
    queue.add([*items, Item(5_000, "e", 1, {})])
    queue.prune()
    assert (queue.counts()["done"]["files"], queue.waiting()) == (MAX_ENDED_ROWS, 1)


def test_failed_move_leaves_the_file_in_its_folder_and_no_sidecar(root: Path) -> None:
    class Broken(Disk):
        def rename(self, source: Path, target: Path) -> None:
            if target.suffix == ".media":
                raise OSError(30, "Read-only file system")
            super().rename(source, target)

    put(root, "a.jpg")
    agent = device(settings(root), Broken())
    with pytest.raises(OSError, match="Read-only"):
        take(agent)
    assert (root / "inbox/a.jpg").exists()
    assert list((root / "state/spool").iterdir()) == []


def test_busy_database_is_not_taken_for_a_damaged_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Queue:
        raise sqlite3.OperationalError("database or disk is full")

    device(settings(root)).queue.close()
    monkeypatch.setattr("foveal.agent.queue.Queue", full)
    with pytest.raises(sqlite3.OperationalError):
        device(settings(root))
    assert not (root / "state" / f"broken-{DATABASE_NAME}").exists()
