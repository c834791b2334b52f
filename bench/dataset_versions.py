"""Versions of data sets: pin, pin again after few edits, compare; against the limits of the requirements.

The limits are for 1,000,000 assets with 5,000,000 annotations and 1,000 edits; other sizes are measured against the
same share of the limit of the first pin, and against the whole limits of the second pin and of the comparison, which
should depend on the edits. Edits lie at random, the worst case: each in a page of its own. The server of MongoDB and
an S3 server run on this machine; the time of the two is in the figures.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

from pymongo.database import Database

from bench.ingest import servers
from bench.lines import compare_with_limit, note
from foveal.aws.s3 import S3
from foveal.catalog.annotations import writes
from foveal.catalog.annotations.operations import OPERATION
from foveal.catalog.annotations.rasters.mask_objects import BucketMasks
from foveal.catalog.author import Author
from foveal.database import client
from foveal.database.client import Document, unhurried
from foveal.datasets import pins, requests
from foveal.datasets.documents import VersionDocument
from foveal.datasets.making import creation
from foveal.datasets.tree import differences
from foveal.datasets.tree.page_store import PageStore
from foveal.encoding.ids import new_id
from foveal.jobs.garbage import collecting_rarely

PROJECT: Final = "bench"
GOAL_ASSETS: Final = 1_000_000
PIN_SECONDS, AGAIN_SECONDS, DIFF_SECONDS = 600.0, 20.0, 5.0
Result = TypeVar("Result")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=GOAL_ASSETS)
    parser.add_argument("--annotations", type=int, default=5, help="of each asset")
    parser.add_argument("--edits", type=int, default=1_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-datasets-") as folder, servers.running(Path(folder)) as environment:
        database = client.connect(environment["MONGODB_URI"], environment["MONGODB_DATABASE"])
        measure(database, S3(servers.BUCKET), options.assets, options.annotations, options.edits)


def measure(database: Database[Document], bucket: S3, assets: int, annotations: int, edits: int) -> None:
    fill(database, assets, annotations)
    size = f"{assets:,} assets, {assets * annotations:,} annotations"
    first, seconds = timed(lambda: pin(database, bucket))
    note(f"first version: {seconds:.2f} s, {first['page_count']} pages, {peak_mib():.0f} MiB peak of the process")
    compare_with_limit(f"pin {size}", seconds, PIN_SECONDS * assets / GOAL_ASSETS, "s", better="less")
    changed = edit(database, bucket, edits)
    second, seconds = timed(lambda: pin(database, bucket))
    assert second["shared_page_count"] is not None
    note(
        f"second version: {second['page_count'] - second['shared_page_count']} of {second['page_count']} pages written"
    )
    compare_with_limit(f"pin again after {edits:,} edits, {size}", seconds, AGAIN_SECONDS, "s", better="less")
    _, seconds = timed(lambda: pin(database, bucket))
    note(f"third version, nothing changed: {seconds:.2f} s")
    store = PageStore(database, bucket, PROJECT)  # with nothing read yet
    summary, seconds = timed(
        lambda: differences.summary(store.pages(first["_id"]), store.pages(second["_id"]), store.encoded_lines)
    )
    assert summary.changes["annotation_changed"] == len(changed), summary.changes
    compare_with_limit(f"compare after {edits:,} edits, {size}", seconds, DIFF_SECONDS, "s", better="less")
    held, seconds = timed(lambda: pins.versions_holding(database, bucket, {"_id": changed[0], "project": PROJECT}))
    note(f"versions that hold one asset: {seconds * 1000:.1f} ms for {len(held)} versions")
    rounds, clocked = few_edits(database, bucket)
    note(f"a version after {rounds} edits: {clocked:.2f} s")


def few_edits(database: Database[Document], bucket: S3) -> tuple[int, float]:
    count = len(edit(database, bucket, 10))
    return count, timed(lambda: pin(database, bucket))[1]


def pin(database: Database[Document], bucket: S3) -> VersionDocument:
    begun = creation.begin(database, PROJECT, "bench", Author.now("bench"), requests.parse({}), {})
    with collecting_rarely():  # as in a job
        return creation.Creation(database, bucket, begun["_id"]).run(lambda: datetime.now(UTC))


def edit(database: Database[Document], bucket: S3, count: int) -> list[str]:
    """Change the label of one annotation of so many assets at random; return their ids."""
    ids = [each["_id"] for each in database.assets.find({}, {"_id": 1})]
    chosen = random.Random(count).sample(ids, min(count, len(ids)))
    found = {each["asset_id"]: each for each in database.annotations.find({"asset_id": {"$in": chosen}})}
    operations = [
        {
            "op": "update",
            "annotation_id": each["_id"],
            "revision": each["revision"],
            "changes": {"label": f"label-{random.random()}"},
        }
        for each in found.values()
    ]
    parsed = [OPERATION.validate_python(each) for each in operations]
    writes.write(database, PROJECT, Author.now("bench"), parsed, masks=BucketMasks(bucket))
    return chosen


def fill(database: Database[Document], assets: int, annotations: int) -> None:
    """Insert documents as the catalog writes them."""
    source, now = random.Random(1), datetime.now(UTC)
    author = {"created_at": now, "updated_at": now, "created_by": "bench", "updated_by": "bench", "schema_version": 1}
    made = (asset(source, author, annotations) for _ in range(assets))
    with unhurried():
        while some := list(islice(made, 2_000)):
            database.assets.insert_many((each for each, _ in some), ordered=False)
            database.annotations.insert_many((each for _, own in some for each in own), ordered=False)


def asset(source: random.Random, author: Document, annotations: int) -> tuple[Document, list[Document]]:
    asset_id = new_id()
    own = [
        {
            "_id": new_id(),
            "project": PROJECT,
            "asset_id": asset_id,
            "type": "detection",
            "field": "ground_truth",
            "label": f"label-{source.randrange(80)}",
            "confidence": source.random(),
            "bbox": [round(source.random() / 2, 6) for _ in range(4)],
            "bbox_px": [round(source.random() * 300, 2) for _ in range(4)],
            "image_size": [480, 640],
            "attributes": {"occluded": source.random() < 0.5},
            "origin": {"format": "coco", "record": json.dumps({"id": source.randrange(10**6), "iscrowd": 0})},
            "revision": 1,
            "change": {"kind": "created", "by": "bench", "at": author["created_at"]},
            **author,
        }
        for _ in range(annotations)
    ]
    counts: dict[str, int] = {}
    for each in own:
        counts[each["label"]] = counts.get(each["label"], 0) + 1
    stored: dict[str, Any] = {
        "_id": asset_id,
        "project": PROJECT,
        "status": "ready",
        "file_name": f"images/{asset_id[-12:]}.jpg",
        "size_bytes": source.randrange(10**6),
        "s3": {
            "bucket": "bench-media",
            "key": f"media/{PROJECT}/{asset_id}/original.jpg",
            "version_id": f"{source.getrandbits(128):032x}",
        },
        "checksums": {"crc64nvme": f"{source.getrandbits(60):015x}="[-12:]},
        "media_type": "image",
        "width": 640,
        "height": 480,
        "label_summary": [
            {"field": "ground_truth", "label": label, "type": "detection", "count": count}
            for label, count in sorted(counts.items())
        ],
        "annotation_revision": 1,
        "created_at": author["created_at"],
        "updated_at": author["updated_at"],
        "schema_version": 1,
    }
    return stored, own


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started, clock = time.perf_counter(), time.process_time()
    result = work()
    seconds = time.perf_counter() - started
    note(f"{seconds:.2f} s, of which {time.process_time() - clock:.2f} s CPU of this process")
    return result, seconds


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
