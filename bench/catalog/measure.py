"""The catalog against FiftyOne on the same `mongod` and the same data, and by itself at a million assets.

    python -m bench.catalog [--assets 1000000] [--samples 100000] [--peer PYTHON]

`--peer` is the interpreter of a virtual environment that has FiftyOne from PyPI; without it only our own numbers are
measured. Prints one JSON object a line. Everything that is
measured of ours goes through the function's handler or the domain code that it calls, with validation, one document
per annotation, summaries, revisions and events.
"""

import argparse
import functools
import itertools
import json
import multiprocessing
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pymongo
from pymongo.database import Database

from bench.catalog.filling import fill
from bench.catalog.samples import LABELS, START, cpu_seconds, samples
from bench.lines import compare, compare_with_limit, note
from foveal.aws import secrets
from foveal.aws.s3 import S3
from foveal.catalog import label_counters
from foveal.catalog.annotations import writes
from foveal.catalog.annotations.operations import OPERATION, Operation
from foveal.catalog.annotations.rasters.mask_objects import BucketMasks
from foveal.catalog.author import Author
from foveal.database import client as mongo
from foveal.database.client import Document
from foveal.database.migration import migrate
from foveal.encoding.ids import new_id
from tests.gateway import claims, gateway_event

PROJECT = "bench"
LARGE = "bench_large"
CACHE_GB = "4"
FILLERS = 3


def asset_of(sample: dict[str, Any]) -> Document:
    """Return a sample as ingest writes it."""
    asset_id = new_id()
    return {
        "_id": asset_id,
        "project": PROJECT,
        "status": "ready",
        "media_type": "image",
        "format": "jpeg",
        "mime_type": "image/jpeg",
        "file_name": f"IMG_{sample['number']:08}.jpg",
        "size_bytes": sample["size_bytes"],
        "s3": {"bucket": "media", "key": f"media/{PROJECT}/{asset_id}/original.jpg", "version_id": "3HL4kqtJvjVBH40N"},
        "checksums": {"crc64nvme": f"{sample['number']:011x}=", "verified": True},
        "width": 1920,
        "height": 1080,
        "location": {"type": "Point", "coordinates": sample["location"]},
        "captured_at": sample["captured_at"],
        "tags": [],
        "attributes": {},
        "label_summary": [],
        "annotation_revision": 0,
        "created_at": sample["captured_at"] + timedelta(days=1),
        "updated_at": sample["captured_at"] + timedelta(days=1),
        "schema_version": 1,
    }


def add(database: Database[Document], seed: int, count: int) -> None:
    """Add samples: assets, and their annotations by the bulk route's own code."""
    author = Author("bench", datetime.now(UTC))
    for outcome in writes.stream(
        database,
        PROJECT,
        author,
        operations_of(database, samples(seed, count)),
        masks=BucketMasks(S3("bench", "eu-central-1")),
    ):
        assert isinstance(outcome, dict), outcome


def operations_of(database: Database[Document], wanted: Iterator[dict[str, Any]]) -> Iterator[Operation]:
    """Insert samples as assets, 1,000 at a time, and yield the operations that annotate them."""
    while some := list(itertools.islice(wanted, 1_000)):
        assets = [asset_of(sample) for sample in some]
        with mongo.unhurried():
            database.assets.insert_many(assets, ordered=False)
        for asset, sample in zip(assets, some, strict=True):
            for each in sample["detections"]:
                draft = {
                    "type": "detection",
                    "field": "ground_truth",
                    "label": each["label"],
                    "confidence": each["confidence"],
                    "bbox": each["box"],
                }
                yield OPERATION.validate_python({"op": "create", "asset_id": asset["_id"], "annotation": draft})


class Handler:
    """The catalog's function with a database and a viewer."""

    def __init__(self, uri: str, database: Database[Document]) -> None:
        os.environ |= {
            "MONGODB_URI": uri,
            "MONGODB_DATABASE": database.name,
            "ROLES_CLAIM": "cognito:groups",
            "SCOPE_PREFIX": "foveal/",
            "TOKEN_SECRET_ARN": "bench",
            "EVENT_BUS_NAME": "bench",
            "MEDIA_BUCKET": "bench",
            "LOG_LEVEL": "CRITICAL",
        }
        secrets.get_secret = lambda arn: arn
        mongo.database = lambda _: database  # type: ignore[assignment]  # the one that was filled, whatever is set
        from functions.catalog import handler

        self._handler = handler.handler

    def __call__(self, key: str, body: Any) -> Any:
        event = gateway_event(key, {"project": PROJECT}, body, authorized=claims(f"{PROJECT}:viewer"))
        answer = self._handler(event, None)
        assert answer["statusCode"] == 200, answer["body"]
        return json.loads(answer["body"])

    def search(self, filter_: Any, sort: str = "-captured_at", token: str | None = None) -> Any:
        body = {"filter": filter_, "sort": sort, "limit": 50, "next_token": token}
        return self("POST /v1/projects/{project}/assets/search", body)

    def aggregate(self, aggregate: Any, filter_: Any = None) -> Any:
        body = {"filter": filter_, "aggregates": {"a": aggregate}}
        return self("POST /v1/projects/{project}/assets/aggregate", body)["aggregates"]["a"]


class Times(NamedTuple):
    """Median and 95th percentile of the time, and the mean CPU time of this process and MongoDB, in milliseconds."""

    p50: float
    p95: float
    cpu: float


def measured(client: pymongo.MongoClient[Document], work: Callable[[], object], repeats: int) -> Times:
    """Return how long work takes, after two runs that are not counted."""
    for _ in range(2):
        work()
    times, taken = [], cpu_seconds(client)
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    taken = cpu_seconds(client) - taken
    times.sort()
    p95 = times[min(int(repeats * 0.95), repeats - 1)]
    return Times(statistics.median(times), p95, round(taken / repeats * 1000, 2))


def answered(name: str, times: Times, limit: float | None, assets: int) -> None:
    """Report a query: against its limit in milliseconds at the 95th percentile, or as a note where there is none."""
    title = f"{name}, {assets:,} assets"
    note(f"{title}: p50 {times.p50:.2f} ms, p95 {times.p95:.2f} ms, mongod {times.cpu} CPU ms")
    if limit is not None:
        compare_with_limit(title, times.p95, limit, "ms p95", better="less")


def label(name: str, **more: Any) -> Any:
    return {"annotations": {"any": {"label": name, **more}}}


def against_fiftyone(uri: str, seed: int, count: int, peer: str | None) -> None:
    """Measure add, first page, sorted page, count and counts by label, ours and theirs."""
    database = mongo.connect(uri, "bench_small")
    migrate(database)
    started, taken = time.perf_counter(), cpu_seconds(database.client)
    add(database, seed, count)
    added, taken = count / (time.perf_counter() - started), cpu_seconds(database.client) - taken
    count_in(database)
    call, wanted = Handler(uri, database), label(LABELS[1])
    ours = {
        "first_page": measured(database.client, lambda: call.search(wanted, "created_at"), 50).p50,
        "sorted_page": measured(database.client, lambda: call.search(wanted, "-captured_at"), 50).p50,
        "count": measured(database.client, lambda: call.aggregate({"count": {}}, wanted), 20).p50,
        "label_counts": measured(database.client, lambda: call.aggregate({"labels": {}}), 20).p50,
    }
    theirs: dict[str, Any] = {}
    if peer:
        environment = {**os.environ, "FIFTYONE_DATABASE_URI": uri.partition("?")[0], "FIFTYONE_DO_NOT_TRACK": "true"}
        done = subprocess.run(
            [peer, "-m", "bench.catalog.fiftyone_peer", str(seed), str(count)],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        theirs = json.loads(done.stdout.splitlines()[-1])
        assert theirs["found"] == call.aggregate({"count": {}}, wanted)["count"], "not the same data"
    if theirs:
        samples_of, cpu = f"{count:,} samples", "CPU us/sample, client and mongod"
        compare(f"catalog.add, {samples_of}", added, theirs["add"], "samples/s", better="more", goal=15)
        compare(f"catalog.add.cpu, {samples_of}", taken / count * 1e6, theirs["add_cpu"], cpu, better="less")
        for name, goal in {"first_page": 20, "sorted_page": 100, "count": 15, "label_counts": 10}.items():
            compare(f"catalog.{name}, {samples_of}", ours[name], theirs[name], "ms p50", better="less", goal=goal)
    else:
        note(f"no --peer, so ours alone, {count:,} samples: add {added:.0f} samples/s; ms p50 {ours}")
    database.client.drop_database(database.name)


def count_in(database: Database[Document]) -> None:
    """Count in what nobody has annotated yet, so that no question has to."""
    started, counted = time.perf_counter(), 0
    while some := label_counters.count_in(database, PROJECT):
        counted += some
    note(f"catalog.label_counters: {counted / (time.perf_counter() - started):.0f} of {counted:,} assets a second")


def at_scale(uri: str, seed: int, count: int) -> None:
    """Measure every kind of question through the handler, and the bytes that assets and annotations take.

    A hundredth of the assets is added by the catalog's own code, the others are like these, see `filling`.
    """
    database = mongo.connect(uri, LARGE)
    migrate(database)
    few = max(count // 100, 100)
    add(database, seed + 1, few)
    count_in(database)
    sizes(database, few)
    part = (count - few) // FILLERS
    with ProcessPoolExecutor(FILLERS, multiprocessing.get_context("spawn")) as pool:
        firsts = [few + part * number for number in range(FILLERS)]
        list(
            pool.map(
                fill_some, itertools.repeat(uri), range(seed + 2, seed + 2 + FILLERS), itertools.repeat(part), firsts
            )
        )
    sizes(database, count)
    call, chance = Handler(uri, database), random.Random(seed)

    def some() -> str:
        return str(chance.choice(LABELS))

    def window() -> Any:
        start = START + timedelta(days=chance.randrange(600))
        bounds = {"gte": start.isoformat(), "lt": (start + timedelta(days=30)).isoformat()}
        return {"field": "captured_at", **bounds}

    def nested() -> Any:
        either = {"or": [label(some()), label(some(), confidence={"gte": 0.9})]}
        return {"and": [window(), either, {"not": label(LABELS[0])}]}

    def near() -> Any:
        place = {"longitude": chance.uniform(-10, 30), "latitude": chance.uniform(35, 60), "metres": 5_000}
        return {"near": place}

    pages: dict[str, Callable[[], Any]] = {
        "label": lambda: call.search(label(some())),
        "label_and_confidence": lambda: call.search(label(some(), confidence={"gte": 0.8})),
        "label_in_time_range_sorted": lambda: call.search({"and": [label(some()), window()]}),
        "nested": lambda: call.search(nested()),
        "geo": lambda: call.search(near()),
        "time_range_in_another_order": lambda: call.search(window(), "-created_at"),
    }
    for name, work in pages.items():
        limit = None if "another" in name else 25
        answered(f"catalog.page.{name}", measured(database.client, work, 100), limit, count)
    token = None
    tokens = [None]
    for _ in range(999):
        token = call.search(label(LABELS[0]), token=token).get("next_token")
        if token is None:
            break
        tokens.append(token)
    for depth in (1, len(tokens)):
        page = functools.partial(call.search, label(LABELS[0]), token=tokens[depth - 1])
        answered(f"catalog.page.depth_{depth}", measured(database.client, page, 100), 25, count)
    aggregates: dict[str, tuple[Any, Any, float | None]] = {
        "count": ({"count": {}}, None, 100),
        "count_by_label": ({"labels": {}}, None, 100),
        "count_of_a_label": ({"count": {}}, label(LABELS[3]), 100),
        "label_counts_in_30_days": ({"labels": {}}, window(), None),
        "histogram_in_30_days": ({"histogram": {"field": "size_bytes"}}, window(), None),
        "histogram": ({"histogram": {"field": "size_bytes"}}, None, None),
    }
    for name, (aggregate, filter_, budget) in aggregates.items():
        work = functools.partial(call.aggregate, aggregate, filter_)
        answered(f"catalog.aggregate.{name}", measured(database.client, work, 20), budget, count)
    database.client.drop_database(database.name)


def fill_some(uri: str, seed: int, count: int, first: int) -> None:
    """Fill in samples from a process of its own."""
    database = mongo.connect(uri, LARGE)
    fill(database, samples(seed, count, first), asset_of)
    database.client.close()


def sizes(database: Database[Document], count: int) -> None:
    """Report bytes per document in data and indexes, as MongoDB counts them uncompressed and on disk."""
    database.client.admin.command("fsync")
    for name in ("assets", "annotations"):
        told = database.command("collStats", name)
        documents = told["count"]
        for what, key in (("data", "size"), ("on_disk", "storageSize"), ("indexes", "totalIndexSize")):
            note(f"catalog.bytes.{name}.{what}, {count:,} assets: {told[key] / documents:.0f} bytes/document")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=1_000_000, help="for the part at scale; 0 leaves it out")
    parser.add_argument("--samples", type=int, default=100_000, help="for the part against FiftyOne; 0 leaves it out")
    parser.add_argument("--peer", help="an interpreter that has FiftyOne")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        listener.close()
        mongod = Path(sys.prefix) / f"lib/python3.{sys.version_info.minor}/site-packages/fiftyone/db/bin/mongod"
        arguments = [str(mongod), "--dbpath", folder, "--port", str(port), "--bind_ip", "127.0.0.1"]
        arguments += ["--replSet", "bench", "--noscripting", "--wiredTigerCacheSizeGB", CACHE_GB]
        with subprocess.Popen([*arguments, "--logpath", f"{folder}/log"], stdout=subprocess.DEVNULL) as server:
            try:
                direct = f"mongodb://127.0.0.1:{port}/?directConnection=true"
                with pymongo.MongoClient[Document](direct, serverSelectionTimeoutMS=60_000) as client:
                    members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
                    client.admin.command("replSetInitiate", {"_id": "bench", "members": members})
                    while not client.admin.command("hello")["isWritablePrimary"]:
                        time.sleep(0.1)
                uri = f"mongodb://127.0.0.1:{port}/?replicaSet=bench"
                if chosen.samples:
                    against_fiftyone(uri, chosen.seed, chosen.samples, chosen.peer)
                if chosen.assets:
                    at_scale(uri, chosen.seed, chosen.assets)
            finally:
                server.kill()
