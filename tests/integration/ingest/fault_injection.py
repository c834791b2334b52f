"""Fault injection for ingest tests: kills mongod and workers, changes a bucket and records its true state."""

import os
import random
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pymongo

from foveal.database.client import Document
from foveal.encoding import ids
from foveal.objects import keys
from tests.integration.ingest.images import image

MONGOD: Final = Path(sysconfig.get_paths()["purelib"]) / "fiftyone/db/bin/mongod"
SCRIPT: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


class Mongod:
    """A replica set of one that survives SIGKILL."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self._port = listener.getsockname()[1]
        self._folder = folder
        self.uri = f"mongodb://127.0.0.1:{self._port}/?replicaSet=chaos"
        self._start()
        with pymongo.MongoClient[Document](f"mongodb://127.0.0.1:{self._port}/?directConnection=true") as client:
            members = [{"_id": 0, "host": f"127.0.0.1:{self._port}"}]
            client.admin.command("replSetInitiate", {"_id": "chaos", "members": members})
            while not client.admin.command("hello")["isWritablePrimary"]:
                time.sleep(0.05)

    def _start(self) -> None:
        arguments = [str(MONGOD), "--dbpath", str(self._folder), "--port", str(self._port), "--bind_ip", "127.0.0.1"]
        arguments += ["--replSet", "chaos", "--noscripting", "--wiredTigerCacheSizeGB", "0.25"]
        arguments += ["--logpath", str(self._folder / "log"), "--logappend"]
        self._process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)

    def kill_and_restart(self, seconds_down: float) -> None:
        self.kill()
        time.sleep(seconds_down)
        self._start()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


class Workers:
    """Processes that ingest from a queue; each may die at any instruction."""

    def __init__(self, count: int, queue_url: str, environment: Mapping[str, str], log: Path) -> None:
        self._queue_url, self._environment = queue_url, {**os.environ, **environment}
        self._log = log.open("wb")
        self._processes = [self._start() for _ in range(count)]
        self.killed = 0

    def _start(self) -> subprocess.Popen[bytes]:
        program = [sys.executable, "-m", "tests.integration.ingest.worker", self._queue_url]
        return subprocess.Popen(program, env=self._environment, stdout=self._log, stderr=self._log)

    def kill_one(self, chance: random.Random) -> None:
        index = chance.randrange(len(self._processes))
        self._processes[index].kill()
        self._processes[index].wait()
        self._processes[index] = self._start()
        self.killed += 1

    def assert_alive(self) -> None:
        """Fail if a worker has exited by itself: the handler raises for no message."""
        assert all(process.poll() is None for process in self._processes), "a worker died by itself"

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self._log.close()


@contextmanager
def running_mongod(folder: Path) -> Iterator[Mongod]:
    mongod = Mongod(folder)
    try:
        yield mongod
    finally:
        mongod.kill()


@dataclass
class Clients:
    """Random changes of a bucket by clients: objects are created, overwritten, deleted, restored and purged."""

    s3: Any
    bucket: str
    chance: random.Random
    versions: dict[str, list[tuple[str, bytes | None]]] = field(default_factory=dict)

    def act(self) -> None:
        """Make one change, from which S3 makes one event."""
        live = [key for key, versions in self.versions.items() if versions]
        choice = self.chance.random()
        if choice < 0.45 or not live:
            asset_id = ids.new_id()
            adopted = self.chance.random() < 0.2
            key = f"media/zoo/by hand/{asset_id}+.jpg" if adopted else keys.media_key("zoo", asset_id, "a.jpg")
            self._put(key)
        elif choice < 0.75:
            self._put(self.chance.choice(live))
        elif choice < 0.9 and (alive := [key for key in live if self.versions[key][-1][1] is not None]):
            # Only of what is there: the emulator makes no event for a second delete marker, as S3 does.
            key = self.chance.choice(alive)
            marker = self.s3.delete_object(Bucket=self.bucket, Key=key)["VersionId"]
            self.versions[key].append((marker, None))
        else:
            key = self.chance.choice(live)
            index = self.chance.randrange(len(self.versions[key]))
            version_id, _ = self.versions[key].pop(index)
            self.s3.delete_object(Bucket=self.bucket, Key=key, VersionId=version_id)

    def _put(self, key: str) -> None:
        kind = self.chance.random()
        if kind < 0.9:
            data = image(self.chance.randrange(1, 2000), self.chance.randrange(1, 9))
        else:
            data = SCRIPT if kind < 0.95 else b"no picture"
        put = self.s3.put_object(Bucket=self.bucket, Key=key, Body=data, ContentType="image/jpeg")
        self.versions.setdefault(key, []).append((put["VersionId"], data))

    def truth(self) -> dict[str, tuple[str | None, bytes | None]]:
        """Return for each key its current version and bytes; None and None where there is none."""
        found: dict[str, tuple[str | None, bytes | None]] = {}
        for key, versions in self.versions.items():
            version_id, data = versions[-1] if versions else (None, None)
            found[key] = (version_id, data) if data is not None else (None, None)
        return found
