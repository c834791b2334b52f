"""Insert rate of assets with every index of the collection, while the indexes outgrow WiredTiger's cache.

    python -m bench.insert_rate [--assets 1000000] [--annotations 1000000] [--cache-gb 0.25] [--max-gigabytes 13]

Prints one JSON object for each `--step` documents: rate, CPU time of mongod and of the client, size of the indexes
divided by the cache, pages that WiredTiger read into its cache for each document, bytes that mongod read and wrote, and
CPU time that other programs took in the same seconds (the noise of the machine). It ends at the size of the data that
`--max-gigabytes` allows. Documents are those of an import with labels: values of an asset come in no order (name, size,
capture time, place, checksum, perceptual hash), its id and its creation time ascend.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pymongo.collection import Collection
from pymongo.database import Database

from bench.catalog.samples import LABELS, START, WEIGHTS
from bench.lines import note
from bench.servers import replica_set
from bench.usage import Usage
from foveal.aws.s3 import S3
from foveal.catalog.annotations import label_summary, writes
from foveal.catalog.annotations.operations import OPERATION, Operation
from foveal.catalog.annotations.rasters.mask_objects import BucketMasks
from foveal.catalog.author import Author
from foveal.database import client as mongo
from foveal.database.client import Document
from foveal.database.migration import migrate
from foveal.encoding.ids import new_id

PROJECT: Final = "bench"
BATCH: Final = 1_000


def report(
    collection: Collection[Document], phase: str, cache_gb: float, before: Usage, count: int, batches: list[float]
) -> None:
    """Print the line of the documents that were inserted since `before`."""
    now = Usage.now(collection.database)
    told = collection.database.command("collStats", collection.name)
    seconds = now.at - before.at
    mongod, client = now.mongod - before.mongod, now.client - before.client
    line = {
        "phase": phase,
        "documents": told["count"],
        "per_second": round(count / seconds),
        "index_gb": round(told["totalIndexSize"] / 1e9, 3),
        "index_to_cache": round(told["totalIndexSize"] / (cache_gb * 2**30), 2),
        "data_gb": round(told["storageSize"] / 1e9, 3),
        "mongod_cpu_us": round(mongod / count * 1e6),
        "client_cpu_us": round(client / count * 1e6),
        "pages_read": round((now.pages_read - before.pages_read) / count, 3),
        "evicted_by_writers": round((now.evicted_by_writers - before.evicted_by_writers) / count, 3),
        "device_read_bytes": round((now.read_bytes - before.read_bytes) / count),
        "device_written_bytes": round((now.written_bytes - before.written_bytes) / count),
        "batch_ms_p50": round(statistics.median(batches) * 1e3),
        "batch_ms_max": round(max(batches) * 1e3),
        "other_cpus": round((now.machine - before.machine - mongod - client) / seconds, 2),
        "seconds": round(seconds, 1),
    }
    print(json.dumps(line), flush=True)


def asset(chance: random.Random) -> Document:
    """Return an asset as an import with labels leaves it: a key in each index but those of events and deletions."""
    asset_id, now = new_id(), datetime.now(UTC)
    labels = chance.choices(LABELS, WEIGHTS, k=chance.randrange(1, 6))
    summary = label_summary.summarise(
        {"type": "detection", "label": label, "field": "ground_truth", "confidence": round(chance.random(), 3)}
        for label in labels
    )
    marks: list[Document] = [{"label": None, "annotations": 1}]
    marks += [{"label": label, "annotations": labels.count(label)} for label in sorted(set(labels))]
    return {
        "_id": asset_id,
        "project": PROJECT,
        "status": "ready",
        "media_type": "image",
        "format": "jpeg",
        "mime_type": "image/jpeg",
        "file_name": f"IMG_{chance.randrange(10**9):09}.jpg",
        "size_bytes": int(chance.lognormvariate(13, 1)),
        "s3": {"bucket": "media", "key": f"media/{PROJECT}/{asset_id}/original.jpg", "version_id": "3HL4kqtJvjVBH40N"},
        "checksums": {"crc64nvme": f"{chance.getrandbits(64):016x}", "verified": True},
        "width": 1920,
        "height": 1080,
        "location": {"type": "Point", "coordinates": [round(chance.uniform(-10, 30), 5), chance.uniform(35, 60)]},
        "perceptual_hash": f"{chance.getrandbits(64):016x}",
        "captured_at": START + timedelta(seconds=chance.randrange(60 * 60 * 24 * 700)),
        "tags": chance.sample(("night", "rain", "front", "rear", "city", "field"), 2),
        "attributes": {},
        "label_summary": summary,
        "counted": {"status": "ready", "labels": marks},
        "annotation_revision": 1,
        "created_at": now,
        "updated_at": now,
        "schema_version": 1,
    }


def annotation(chance: random.Random, asset_id: str) -> Document:
    """Return a detection of an asset."""
    now = datetime.now(UTC)
    box = [round(chance.uniform(0, 0.5), 4), round(chance.uniform(0, 0.5), 4), 0.2, 0.3]
    return {
        "_id": new_id(),
        "project": PROJECT,
        "asset_id": asset_id,
        "type": "detection",
        "field": "ground_truth",
        "label": chance.choices(LABELS, WEIGHTS)[0],
        "confidence": round(chance.random(), 3),
        "bbox": box,
        "bbox_area": box[2] * box[3],
        "source": "imported",
        "revision": 1,
        "author": "bench",
        "created_at": now,
        "updated_at": now,
        "schema_version": 1,
    }


def insert(
    collection: Collection[Document],
    documents: Iterator[Document],
    *,
    step: int,
    total: int,
    cache_gb: float,
    is_full: Callable[[], bool],
) -> None:
    """Insert documents in batches by one writer, which the making of the next batch overlaps, and report each step."""

    def write(batch: list[Document]) -> float:
        started = time.perf_counter()
        with mongo.unhurried():
            collection.insert_many(batch, ordered=False)
        return time.perf_counter() - started

    done = 0
    with ThreadPoolExecutor(1) as pool:
        while done < total and not is_full():
            before, under_way, times = Usage.now(collection.database), list[Future[float]](), list[float]()
            for _ in range(step // BATCH):
                batch = [next(documents) for _ in range(BATCH)]
                if under_way:
                    times.append(under_way.pop().result())
                under_way.append(pool.submit(write, batch))
            times.append(under_way.pop().result())
            done += step
            report(collection, f"insert {collection.name}", cache_gb, before, step, times)


def detections(ids: list[str]) -> Iterator[Operation]:
    """Yield five creations of detections for each asset, as the bulk route takes them."""
    chance = random.Random(3)
    for asset_id in ids:
        for _ in range(5):
            annotation = {
                "type": "detection",
                "field": "ground_truth",
                "label": chance.choices(LABELS, WEIGHTS)[0],
                "confidence": round(chance.random(), 3),
                "bbox": [0.1, 0.2, 0.3, 0.4],
            }
            yield OPERATION.validate_python({"op": "create", "asset_id": asset_id, "annotation": annotation})


def annotate(database: Database[Document], ids: list[str], cache_gb: float) -> None:
    """Annotate assets with five detections each by the bulk route's own code: a transaction over three collections."""
    author = Author("bench", datetime.now(UTC))
    before, masks = Usage.now(database), BucketMasks(S3("bench", "eu-central-1"))
    for outcome in writes.stream(database, PROJECT, author, detections(ids), masks=masks):
        assert isinstance(outcome, dict), outcome
    seconds = time.perf_counter() - before.at
    report(database.assets, "annotate assets, 5 each", cache_gb, before, len(ids), [seconds])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=1_000_000)
    parser.add_argument("--annotations", type=int, default=1_000_000, help="inserted after the assets, at random ones")
    parser.add_argument("--annotated", type=int, default=5_000, help="assets that the bulk route's code annotates")
    parser.add_argument("--step", type=int, default=100_000, help="documents for each line")
    parser.add_argument("--cache-gb", type=float, default=0.25, help="WiredTiger's cache; at least 0.25")
    parser.add_argument("--max-gigabytes", type=float, default=13, help="the data ends at this size on disk")
    parser.add_argument("--max-minutes", type=float, default=600, help="assets end after this time")
    parser.add_argument("--folder", help="where the data lies while it runs")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    ends = time.monotonic() + chosen.max_minutes * 60
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:

        def is_full() -> bool:
            used = sum(path.stat().st_blocks * 512 for path in Path(folder).rglob("*") if path.is_file())
            return bool(used > chosen.max_gigabytes * 1e9 or time.monotonic() > ends)

        with replica_set(Path(folder), cache_gb=chosen.cache_gb) as uri:
            database = mongo.connect(uri, "bench")
            migrate(database)
            chance, ids = random.Random(chosen.seed), list[str]()

            def assets() -> Iterator[Document]:
                while True:
                    made = asset(chance)
                    if chance.random() < 0.1:
                        ids.append(made["_id"])
                    yield made

            def annotations() -> Iterator[Document]:
                while True:
                    asset_id = chance.choice(ids)
                    for _ in range(5):
                        yield annotation(chance, asset_id)

            def fill(collection: Collection[Document], documents: Iterator[Document], total: int) -> None:
                step = min(chosen.step, total) if total else chosen.step
                insert(collection, documents, step=step, total=total, cache_gb=chosen.cache_gb, is_full=is_full)

            fill(database.assets, assets(), chosen.assets)
            if is_full():
                note("insert_rate: ended by --max-gigabytes or --max-minutes")
            fill(database.annotations, annotations(), chosen.annotations)
            annotate(database, chance.sample(ids, min(chosen.annotated, len(ids))), chosen.cache_gb)


if __name__ == "__main__":
    main()
