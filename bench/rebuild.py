"""Rebuild of a catalog from its journal, against loading the same documents as mongorestore does.

    python -m bench.rebuild [--assets 20000] [--runs 3] [--cache-gb 1] [--folder FOLDER]

Assets with five annotations each, a fifth of them written after the snapshot. The peer reads a dump (BSON) from the
disk, inserts it in batches into the same collections and builds the indexes at the end. Both have processes of their
own, take turns, and begin with a database that was dropped. Standard error has the stages of each run, CPU seconds of
the process and of mongod, peak memory, CPUs that other programs took, how long mongod synced its log and wrote
checkpoints, and how its flow control held writers back. The bucket is a folder: no request to S3 is in these numbers.
"""

import argparse
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Final

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from bench.insert_rate import annotation, asset
from bench.journal import Folder
from bench.lines import compare, compare_with_limit, note
from bench.servers import replica_set
from bench.usage import Usage, forget_peak, peak_mb
from foveal.database import client as mongo
from foveal.database.client import Document
from foveal.database.migration import carry_out, plan, prepare
from foveal.database.schema import COLLECTIONS
from foveal.journal import marker
from foveal.journal.objects import RAW
from foveal.journal.rebuild import rebuild
from foveal.journal.recorder import Recorder

NAME: Final = "bench"
DUMPED: Final = ("assets", "annotations")
BATCH: Final = 1_000
RECORDED_EVERY: Final = 20_000
"""Assets between two runs of the journal: fewer than the server's oplog holds."""
MAX_MEMORY_MB: Final = 512
"""A function of the stage has 1,769 MB; a rebuild should not need a third of it."""


class Stages:
    """Seconds of each stage of a run, in order."""

    def __init__(self) -> None:
        self._stage, self._since = "prepare", time.perf_counter()
        self.seconds: dict[str, float] = {}

    def begin(self, stage: str) -> None:
        """End the stage before, unless it is this one."""
        if stage != self._stage:
            now = time.perf_counter()
            self.seconds[self._stage] = self.seconds.get(self._stage, 0) + now - self._since
            self._stage, self._since = stage, now

    def line(self, line: str) -> None:
        """Take a line that the rebuild tells after each object: `part 1 of 2: assets`, `segment 3 of 9: …`."""
        kind, number, _, rest = line.split(maxsplit=3)
        self.begin(f"{kind}s")
        if kind == "segment" and number == rest.split(":")[0]:
            self.begin("indexes")


def fill(database: Database[Document], folder: Path, assets: int) -> None:
    """Write a catalog with its journal, without the indexes that neither needs."""
    prepare(database, COLLECTIONS)
    database.uploads.create_index("idempotency_key", name=mongo.LOCK_INDEX)  # the sign of a schema
    chance = random.Random(1)
    recorder = Recorder(database, Folder(folder), timedelta(days=7), timedelta(days=35))

    def record() -> None:
        while recorder.run(20).changes or not (found := marker.load(database)) or not found.snapshots:
            pass

    before_snapshot = assets * 4 // 5 // BATCH
    for number in range(assets // BATCH):
        made = [asset(chance) for _ in range(BATCH)]
        database.assets.insert_many(made)
        database.annotations.insert_many([annotation(chance, each["_id"]) for each in made for _ in range(5)])
        is_due = (number + 1) * BATCH % RECORDED_EVERY == 0
        if number + 1 == before_snapshot or (number + 1 > before_snapshot and is_due):
            record()
    record()


def dump(database: Database[Document], folder: Path) -> None:
    """Write the documents of each collection into a file of its own."""
    for name in DUMPED:
        with (folder / f"{name}.bson").open("wb") as file:
            for each in database.with_options(RAW)[name].find():
                file.write(RawBSONDocument(each.raw).raw)


def restore(database: Database[Document], folder: Path, stages: Stages) -> None:
    """Load a dump."""
    prepare(database, COLLECTIONS)
    for name in DUMPED:
        stages.begin(name)
        with (folder / f"{name}.bson").open("rb") as file:
            documents = bson.decode_file_iter(file, RAW)
            while batch := list(islice(documents, BATCH)):
                database[name].insert_many(batch, ordered=False, bypass_document_validation=True)
    stages.begin("indexes")
    carry_out(plan(database))


def rebuilt(database: Database[Document], folder: Path, stages: Stages) -> None:
    """Rebuild a database from its journal."""
    rebuild(database, Folder(folder), told=stages.line)


def timed(uri: str, work: Callable[..., None], folder: Path) -> dict[str, float]:
    """Return what loading a dropped database took, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    process = context.Process(target=_timed, args=(uri, work, folder, answers))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work.__name__} ended with {process.exitcode}")
    found: dict[str, float] = answers.get()
    note(f"{work.__name__}: " + ", ".join(f"{name} {value:.4g}" for name, value in found.items()))
    return found


def _timed(uri: str, work: Callable[..., None], folder: Path, answers: "SimpleQueue[dict[str, float]]") -> None:
    with mongo.unhurried():
        database = mongo.connect(uri, NAME)
        database.client.drop_database(NAME)
        held, before = _held_back(database), Usage.now(database)
        forget_peak()
        stages = Stages()
        work(database, folder, stages)
        stages.begin("end")
        now = Usage.now(database)
        seconds, own, mongod = now.at - before.at, now.client - before.client, now.mongod - before.mongod
        answers.put(
            {"seconds": seconds, **stages.seconds, "cpu": own, "mongod_cpu": mongod, "peak_mb": peak_mb()}
            | {"other_cpus": (now.machine - before.machine - own - mongod) / seconds}
            | {"written_mb": (now.written_bytes - before.written_bytes) / 1e6}
            | {name: value - held[name] for name, value in _held_back(database).items()}
        )


def _held_back(database: Database[Document]) -> dict[str, float]:
    """Return what may hold writers back: syncs of the log, checkpoints, flow control, eviction by the writers."""
    told = database.client.admin.command("serverStatus")
    flow, tiger = told["flowControl"], told["wiredTiger"]
    return {
        "log_syncs": tiger["log"]["log sync operations"],
        "log_sync_s": tiger["log"]["log sync time duration (usecs)"] / 1e6,
        "checkpoint_s": tiger["transaction"]["transaction checkpoint total time (msecs)"] / 1e3,
        "flow_control_s": flow["timeAcquiringMicros"] / 1e6,
        "lagged": flow["isLaggedCount"],
        "lagged_s": flow["isLaggedTimeMicros"] / 1e6,
        "evicted_by_writers": tiger["cache"]["pages evicted by application threads"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=20_000, help="in thousands")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cache-gb", type=float, default=1)
    parser.add_argument("--folder", help="where the data lies while it runs")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        data, journal = Path(folder) / "mongod", Path(folder) / "journal"
        data.mkdir()
        with replica_set(data, cache_gb=chosen.cache_gb) as uri:
            database = mongo.connect(uri, NAME)
            with mongo.unhurried():
                fill(database, journal, chosen.assets)
                dump(database, Path(folder))
            counts = {name: database[name].estimated_document_count() for name in DUMPED}
            size = sum(path.stat().st_size for path in journal.rglob("*") if path.is_file())
            note(f"written: {counts}, {size / 1e6:.1f} MB in the bucket")
            ours, peer = list[dict[str, float]](), list[dict[str, float]]()
            for _ in range(chosen.runs):
                peer.append(timed(uri, restore, Path(folder)))
                ours.append(timed(uri, rebuilt, journal))
                assert {name: database[name].estimated_document_count() for name in counts} == counts
    _report(f"rebuild of {chosen.assets} assets with {5 * chosen.assets} annotations", ours, peer)


def _report(name: str, ours: list[dict[str, float]], peer: list[dict[str, float]]) -> None:
    def medians(of: Callable[[dict[str, float]], float]) -> tuple[float, float]:
        return statistics.median(map(of, ours)), statistics.median(map(of, peer))

    compare(f"{name}: time", *medians(lambda run: run["seconds"]), "s", better="less", goal=0.667)
    cpu = medians(lambda run: run["cpu"] + run["mongod_cpu"])
    compare(f"{name}: CPU with mongod's", *cpu, "s", better="less", goal=0.667)
    peak = max(run["peak_mb"] for run in ours)
    compare_with_limit(f"{name}: peak memory", peak, MAX_MEMORY_MB, "MB", better="less")


if __name__ == "__main__":
    main()
