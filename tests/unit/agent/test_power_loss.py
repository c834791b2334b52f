"""The agent after a power cut at every write: each acknowledged file is exactly one asset, and starting is quick.

`FOVEAL_POWER_LOSS_FILES=85 pytest tests/unit/agent/test_power_loss.py` is the long run: 2,000 operations, 83,000 disks.
"""

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foveal.agent.agent import Agent
from tests.unit.agent.devices import SETTLE_SECONDS, Service, device, drain, settings, take
from tests.unit.agent.power import Disks, Operation, RecordedQueue, Recorder

FILES = int(os.environ.get("FOVEAL_POWER_LOSS_FILES", "7"))
MAX_DISKS = 10**9 if "FOVEAL_POWER_LOSS_FILES" in os.environ else 400
"""Disks that are tried, drawn at random from all of them."""
MAX_START_SECONDS = 2.0
DATABASES = ("kept", "kept", "lost", "old", "damaged")


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder in memory, where there is one: thousands of disks are built in it."""
    parent = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path("/tmp")
    path = parent / f"foveal-power-{os.getpid()}-{random.randrange(10**9)}"
    path.mkdir()
    yield path
    shutil.rmtree(path)


def started(root: Path, disk: Recorder | None = None) -> Agent:
    """Return an agent with a folder on its own file system, and one from which it has to copy."""
    folders = [
        {"path": root / name, "watch": "poll", "settle_seconds": SETTLE_SECONDS, "tags": [name]}
        for name in ("inbox", "copied")
    ]
    agent = device(settings(root, folders=folders), disk)
    agent._intake._copied.add(root / "copied")
    return agent


def content(number: int) -> bytes:
    return f"picture {number} ".encode() * (number * 97 % 200 + 1)


def recorded(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[Operation]:
    """Run a device for a while and return its operations: files come, are sent, and the device starts again."""
    recorder = Recorder()
    for name in ("inbox", "copied"):
        (root / name).mkdir(parents=True)
    monkeypatch.setattr(RecordedQueue, "recorder", recorder, raising=False)
    monkeypatch.setattr("foveal.agent.queue.Queue", RecordedQueue)
    service = Service(lambda kind, value: recorder.operations.append((kind, value)))
    agent, chance = started(root, recorder), random.Random(5)
    for number in range(FILES):
        folder, is_careful = root / chance.choice(["inbox", "inbox", "copied"]), chance.random() < 0.6
        if number % 3 == 0:
            sidecar = b'{"tags": ["number-%d"]}' % number
            recorder.produce(folder / f"{number}.jpg.json", sidecar, 10**18 + number, is_careful=True)
        recorder.produce(folder / f"{number}.jpg", content(number), 10**18 + number * 10**9, is_careful=is_careful)
        if number % 2 == 0:
            take(agent)
        if number % 3 == 1:
            drain(agent, service)
        if number % 5 == 4:
            agent.queue.close()
            agent = started(root, recorder)
    take(agent)
    drain(agent, service)
    agent.queue.close()
    monkeypatch.undo()
    assert sorted(service.objects.values()) == sorted(map(content, range(FILES)))
    return recorder.operations


def every_disk(operations: list[Operation], root: Path) -> Iterator[tuple[Disks, list[Any], str, int]]:
    """Yield each disk that a cut may leave, as arguments of `Disks.build`."""
    disks = Disks(root)
    for operation in operations:
        disks.apply(operation)
        for kept in disks.survivals():
            for database in DATABASES[1:]:
                for torn_at in (0, 1):
                    yield disks, kept, database, torn_at


def test_each_acknowledged_file_is_one_asset_after_a_power_cut_at_any_write(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations = recorded(root / "device", monkeypatch)
    count = sum(1 for _ in every_disk(operations, root / "device"))
    for operation in operations:  # the first pass has filled the inodes
        if operation[0] == "name" and operation[1].inode is not None:
            operation[1].inode.data.clear()
            operation[1].inode.durable = b""
    chosen = set(random.sample(range(count), min(MAX_DISKS, count)))
    slowest = 0.0
    for number, (disks, kept, database, torn_at) in enumerate(every_disk(operations, root / "device")):
        if number in chosen:
            disks.build(kept, database, torn_at)
            slowest = max(slowest, _check(root / "device", disks, (number, database, torn_at, kept)))
    assert slowest <= MAX_START_SECONDS


def _check(root: Path, disks: Disks, case: Any) -> float:
    """Start the agent on a disk, send everything, and compare; return the seconds of the start."""
    service = Service()
    whole = {f"{number}.jpg": content(number) for number in range(FILES)}
    in_folders = [path for folder in ("inbox", "copied") for path in (root / folder).glob("*.jpg")]
    complete = {path.name for path in in_folders if path.read_bytes() == whole[path.name]}
    damaged = {path.name for path in in_folders} - complete  # by a careless camera, before anybody promised anything
    begin = time.monotonic()
    agent = started(root)
    seconds = time.monotonic() - begin
    _restore(service, disks, whole)
    take(agent)
    drain(agent, service)
    agent.queue.close()
    arrived = Counter(service.begun[key]["file_name"] for key in service.objects)
    expected = set(disks.acknowledged) | complete
    assert {name: arrived[name] for name in expected} == dict.fromkeys(expected, 1), case
    assert max(arrived.values(), default=0) <= 1, case
    for key, data in service.objects.items():
        item = service.begun[key]
        name = item["file_name"]
        if name not in damaged:
            assert data == whole[name], case
        number = int(name.partition(".")[0])
        assert (f"number-{number}" in item.get("tags", [])) is (number % 3 == 0), (case, item)
    return seconds


def _restore(service: Service, disks: Disks, whole: dict[str, bytes]) -> None:
    """Let the service hold what had been begun and sent before the cut."""
    for kind, value in disks.calls:
        if kind == "begin":
            service.begun[value["idempotency_key"]] = value
        else:
            service.objects[value] = whole[service.begun[value]["file_name"]]
