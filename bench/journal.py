"""The journal: what it costs writers of annotations, and how late changes are in the bucket.

    python -m bench.journal [--annotated 3000] [--rounds 3] [--minutes 3]

- CPU time of mongod and of the writer (the bulk route's own code, five detections an asset) with the journal running
  beside, compared with the same without it: rounds take turns. What the journal's own process takes is told apart.
- Lag: a writer of one bulk each second, runs of 30 s at the start of each minute as the schedule has them.

The bucket is a folder: no request to S3 is in these numbers.
"""

import argparse
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

from pymongo.database import Database

from bench.insert_rate import PROJECT, asset, detections
from bench.lines import compare, compare_with_limit, note
from bench.servers import replica_set
from foveal.aws.errors import NoSuchKey, PreconditionFailed
from foveal.aws.s3 import S3, ListedVersion, VersionPage
from foveal.catalog.annotations import writes
from foveal.catalog.annotations.rasters.mask_objects import BucketMasks
from foveal.catalog.author import Author
from foveal.database import client as mongo
from foveal.database.client import Document
from foveal.database.migration import migrate
from foveal.journal import layout
from foveal.journal.objects import opened
from foveal.journal.recorder import Recorder

BATCH: Final = 1_000
RUN_SECONDS: Final = 30
NOW: Final = datetime.now(UTC)


class Folder:
    """A bucket that is a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def get(self, key: str) -> bytes:
        try:
            return (self._root / key).read_bytes()
        except FileNotFoundError:
            raise NoSuchKey("GetObject", "NoSuchKey", 404) from None

    def put(self, key: str, body: bytes, _content_type: str, _headers: Mapping[str, str]) -> str | None:
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                file.write(body)
        except FileExistsError:
            raise PreconditionFailed("PutObject", "PreconditionFailed", 412) from None
        return None

    def delete(self, key: str) -> str | None:
        (self._root / key).unlink(missing_ok=True)
        return None

    def list_versions(self, prefix: str, _markers: tuple[str, str] | None = None) -> VersionPage:
        keys = sorted(str(path.relative_to(self._root)) for path in (self._root / prefix).rglob("*") if path.is_file())
        return VersionPage([ListedVersion(key, "1", True, False, 1, "", NOW, "STANDARD") for key in keys], None)


def record(uri: str, name: str, root: Path, stopped: Event, cpu: "SimpleQueue[float]") -> None:
    """Run the journal as its schedule does, until it is stopped and has caught up; the CPU time goes into `cpu`."""
    recorder = Recorder(mongo.connect(uri, name), Folder(root), timedelta(days=7), timedelta(days=35))
    while True:
        began, is_last = time.monotonic(), stopped.is_set()
        report = recorder.run(3 if is_last else RUN_SECONDS)
        if is_last and not report.changes:
            break
        stopped.wait(max(0.0, began + 60 - time.monotonic()))
    cpu.put(time.process_time())


def annotate(database: Database[Document], ids: list[str]) -> None:
    """Annotate assets with five detections each by the bulk route's own code."""
    author = Author("bench", datetime.now(UTC))
    masks = BucketMasks(S3("bench", "eu-central-1"))
    for outcome in writes.stream(database, PROJECT, author, detections(ids), masks=masks):
        assert isinstance(outcome, dict), outcome


def server_cpu(database: Database[Document]) -> float:
    told = database.client.admin.command("serverStatus")["extra_info"]
    return float(told["user_time_us"] + told["system_time_us"]) / 1e6


def cpu_of_writing(database: Database[Document], ids: list[str]) -> float:
    """Return the CPU seconds of mongod and of this process for annotating assets."""
    before = server_cpu(database) + time.process_time()
    annotate(database, ids)
    return server_cpu(database) + time.process_time() - before


def cpu_beside_journal(uri: str, database: Database[Document], folder: Path, ids: list[str]) -> tuple[float, float]:
    """Return the CPU seconds of mongod and this process, and of the journal, for annotating assets while it runs."""
    stopped, cpu = multiprocessing.Event(), multiprocessing.get_context().SimpleQueue()
    process = multiprocessing.Process(target=record, args=(uri, database.name, folder, stopped, cpu))
    process.start()
    time.sleep(4)  # it has taken up what was written before
    before = server_cpu(database) + time.process_time()
    annotate(database, ids)
    stopped.set()
    process.join()
    return server_cpu(database) + time.process_time() - before, float(cpu.get())


def bench_writes(uri: str, folder: Path, annotated: int, rounds: int, minutes: float) -> None:
    database = mongo.connect(uri, "bench_writes")
    migrate(database)
    chance = random.Random(1)
    made = [asset(chance) for _ in range(annotated * (2 * rounds + 1) + 200)]
    with mongo.unhurried():
        database.assets.insert_many(made)
    ids = [each["_id"] for each in made]
    cpu_of_writing(database, ids[:annotated])  # warm
    Recorder(database, Folder(folder), timedelta(days=7), timedelta(days=35)).run(5)
    without, beside, own = list[float](), list[float](), list[float]()
    idle, idle_own = cpu_beside_journal(uri, database, folder, [])
    note(f"at rest, in about {RUN_SECONDS + 3} s: mongod and this process {idle:.2f} s, the journal {idle_own:.2f} s")
    for number in range(rounds):
        first = annotated * (2 * number + 1)
        without.append(cpu_of_writing(database, ids[first : first + annotated]))
        both, of_journal = cpu_beside_journal(uri, database, folder, ids[first + annotated : first + 2 * annotated])
        beside.append(both - idle)
        own.append(of_journal - idle_own)
        note(f"round {number + 1}: without {without[-1]:.2f} s, beside {beside[-1]:.2f} s, journal {own[-1]:.2f} s")
    each = annotated * 5 / 1e6
    ours, peer = (statistics.median(times) / each for times in (beside, without))
    compare("CPU of annotation writes with the journal", ours, peer, "µs an annotation", better="less", goal=0.909)
    note(
        f"the journal's own process: {statistics.median(own) / each:.0f} µs an annotation beyond that of a run at rest"
    )
    if minutes:
        bench_lag(uri, database, folder, ids, minutes)


def bench_lag(uri: str, database: Database[Document], folder: Path, ids: list[str], minutes: float) -> None:
    since = datetime.now(UTC)
    stopped, cpu = multiprocessing.Event(), multiprocessing.get_context().SimpleQueue()
    process = multiprocessing.Process(target=record, args=(uri, database.name, folder, stopped, cpu))
    process.start()
    ends, chance = time.monotonic() + minutes * 60, random.Random(2)
    while time.monotonic() < ends:
        annotate(database, chance.sample(ids, 2))
        time.sleep(1)
    stopped.set()
    process.join()
    lags, changes, size = list[float](), 0, 0
    for path in sorted((folder / layout.SEGMENTS).iterdir()):
        segment = opened(path.name, path.read_bytes(), "")
        if segment.header["documents"] and segment.header["first_wall"] > since:
            written = segment.header["written_at"]
            lags += [(written - change["w"].replace(tzinfo=UTC)).total_seconds() for change in segment.documents()]
            changes, size = changes + segment.header["documents"], size + segment.size_bytes
    p99 = statistics.quantiles(lags, n=100)[98]
    compare_with_limit("lag of changes, 99th percentile", p99, 60, "s", better="less")
    note(f"{changes} changes of {size / changes:.0f} B; lag p50 {statistics.median(lags):.1f} s, max {max(lags):.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotated", type=int, default=3_000, help="assets annotated in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=3, help="for the lag; 0 leaves it out")
    parser.add_argument("--folder", help="where the data lies while it runs")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        data = Path(folder) / "mongod"
        data.mkdir()
        with replica_set(data, cache_gb=1) as uri:
            bench_writes(uri, Path(folder) / "writes", chosen.annotated, chosen.rounds, chosen.minutes)


if __name__ == "__main__":
    main()
