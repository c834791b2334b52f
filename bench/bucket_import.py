"""Import of a bucket: objects a second and core without and with facts, and peak memory, against a plain loop.

    python -m bench.bucket_import [--index 10000 100000 1000000] [--facts 1000 10000 100000]

Index: an inventory report in CSV (gzip) of so many rows, from the local disk into a MongoDB with all indexes of the
catalog (a replica set of one on loopback, w:majority). Facts: small JPEG files in SeaweedFS, listed, indexed and read.
The peer is the usual script: csv and `insert_many`, or a paginator of boto3, `get_object` of each object, Pillow and
`insert_one`. Each measurement is a process of its own with an empty catalog; "core" is its own CPU time, and the
servers have theirs: lines of CPU add mongod's. Flatness compares the largest count with the smallest. The noise of the
machine, CPUs that other programs took (with those of the S3 server), goes to standard error. Counts above `--peer` are
measured without the peer. Prints one JSON object a line.
"""

import argparse
import contextlib
import csv
import gzip
import io
import itertools
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote_plus

from bench.ingest import servers
from bench.lines import compare, note
from bench.usage import Usage, forget_peak, peak_mb

BUCKET: Final = "archive"
BATCH: Final = 2_000
COLUMNS: Final = (
    *("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate", "ETag", "StorageClass"),
)
_GOALS: Final = {"index": 0.5, "index and facts": 1.0}
"""The index reads what is known, judges each row and can be done again: it may cost that much of a bare insert."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--index", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    arguments.add_argument("--facts", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    arguments.add_argument("--peer", type=int, default=1_000_000, help="largest count that the peer runs too")
    arguments.add_argument("--one", nargs=2, metavar=("WHAT", "COUNT"), help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.one:
        print(json.dumps(_WORK[chosen.one[0]](int(chosen.one[1]))))
        return
    with tempfile.TemporaryDirectory(prefix="bench-bucket-") as folder, servers.running(Path(folder)) as environment:
        own = {**os.environ, **environment, "BENCH_FOLDER": folder}
        for count in chosen.index:
            _write_report(Path(folder) / f"{count}.csv.gz", count)
        _compare_all("index", chosen.index, chosen.peer, own)
        for count in chosen.facts:
            _fill(count, environment)
        _compare_all("index and facts", chosen.facts, chosen.peer, own)


def _compare_all(what: str, counts: list[int], largest_of_peer: int, environment: Mapping[str, str]) -> None:
    """Measure each count, and compare the largest with the smallest."""
    found = {count: _compare(what, count, count <= largest_of_peer, environment) for count in counts}
    if len(found) > 1:
        least, most = found[min(found)], found[max(found)]
        name = f"bucket import, {what}, {max(found)} objects against {min(found)}"
        compare(f"{name}: by core", most["by_core"], least["by_core"], "objects/s", better="more", goal=0.9)
        compare(f"{name}: peak memory", most["peak_mb"], least["peak_mb"], "MB", better="less", goal=0.9)


def _compare(what: str, count: int, has_peer: bool, environment: Mapping[str, str]) -> dict[str, float]:
    """Print rate, rate by core, CPU and peak memory of ours and of the peer; return ours."""
    name = f"bucket import, {what}, {count} objects"
    ours = _measured(_PAIRS[what][0], count, environment)
    note(f"{name}: {ours}")
    if has_peer:
        peer = _measured(_PAIRS[what][1], count, environment)
        note(f"{name}, peer: {peer}")
        compare(f"{name}: rate", ours["rate"], peer["rate"], "objects/s", better="more", goal=_GOALS[what])
        compare(f"{name}: by core", ours["by_core"], peer["by_core"], "objects/s", better="more", goal=_GOALS[what])
        compare(f"{name}: CPU with mongod's", ours["cpu_us"], peer["cpu_us"], "us", better="less", goal=_GOALS[what])
        compare(f"{name}: peak memory", ours["peak_mb"], peer["peak_mb"], "MB", better="less", goal=0.5)
    return ours


def _measured(what: str, count: int, environment: Mapping[str, str]) -> dict[str, float]:
    program = [sys.executable, "-m", "bench.bucket_import", "--one", what, str(count)]
    done = subprocess.run(program, env=dict(environment), stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _timed(count: int, database: Any, work: Callable[[], None]) -> dict[str, float]:
    forget_peak()
    before = Usage.now(database)
    work()
    now = Usage.now(database)
    seconds, core, mongod = now.at - before.at, now.client - before.client, now.mongod - before.mongod
    return {
        "rate": count / seconds,
        "by_core": count / core,
        "cpu_us": (core + mongod) / count * 1e6,
        "peak_mb": peak_mb(),
        "seconds": seconds,
        "other_cpus": (now.machine - before.machine - core - mongod) / seconds,
    }


def _index(count: int) -> dict[str, float]:
    """Index the rows of a report, as a worker does: read, judge, write, without S3."""
    from foveal.imports.bucket.indexing import Index
    from foveal.imports.bucket.inventory import Manifest, rows
    from foveal.imports.bucket.report import Part
    from foveal.jobs.garbage import collecting_rarely

    database = _empty_catalog()
    import_: Any = _import()
    index, part = Index(database, import_, BUCKET, is_own=False), Part()
    found = rows(Manifest(BUCKET, "CSV", tuple(COLUMNS), ()), _report(count))

    def work() -> None:
        with collecting_rarely():
            while batch := list(itertools.islice(found, BATCH)):
                index.write(index.usable(batch, part), part)

    result = _timed(count, database, work)
    assert (part.counts["new"], database.assets.estimated_document_count()) == (count, count), part.counts
    return result


def _index_peer(count: int) -> dict[str, float]:
    """Insert the rows of a report as the usual script does: csv and insert_many of the same documents."""
    database = _empty_catalog()

    def work() -> None:
        with gzip.open(_report(count), "rt") as file:
            lines = csv.DictReader(file, COLUMNS)
            while batch := list(itertools.islice(lines, BATCH)):
                made = [
                    _document(
                        unquote_plus(each["Key"]),
                        int(each["Size"]),
                        each["ETag"],
                        datetime.fromisoformat(each["LastModifiedDate"]),
                    )
                    for each in batch
                ]
                database.assets.insert_many(made)

    return _timed(count, database, work)


def _facts(count: int) -> dict[str, float]:
    """List, index and read objects, as a worker does."""
    from foveal.aws.s3 import S3
    from foveal.imports.bucket.facts import FactReader
    from foveal.imports.bucket.indexing import Index
    from foveal.imports.bucket.report import Part
    from foveal.imports.bucket.sources import Listing
    from foveal.jobs.garbage import collecting_rarely

    database, s3 = _empty_catalog(), S3(BUCKET)
    import_: Any = _import()
    index, part = Index(database, import_, BUCKET, is_own=False), Part()
    reader = FactReader(database, s3)

    def work() -> None:
        with collecting_rarely():
            for phase in ("index", "facts"):
                for batch in Listing(s3, f"{count}/").batches({}):
                    usable = index.usable(batch.rows, Part())
                    index.write(usable, part) if phase == "index" else reader.read(usable, part)

    result = _timed(count, database, work)
    reader.close()
    assert database.assets.count_documents({"status": "ready"}) == count, part.counts
    return result


def _facts_peer(count: int) -> dict[str, float]:
    """Read and insert objects as the usual script does: get_object, Pillow, insert_one, one after the other."""
    import boto3
    from PIL import Image

    database, s3 = _empty_catalog(), boto3.client("s3")

    def work() -> None:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{count}/"):
            for each in page["Contents"]:
                body = s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read()
                with Image.open(io.BytesIO(body)) as picture:
                    facts = {"width": picture.width, "height": picture.height, "format": picture.format}
                database.assets.insert_one(
                    _document(each["Key"], each["Size"], each["ETag"], each["LastModified"]) | facts
                )

    return _timed(count, database, work)


def _empty_catalog() -> Any:
    from foveal.database import client
    from foveal.database.migration import migrate

    database = client.connect(os.environ["MONGODB_URI"], os.environ["MONGODB_DATABASE"])
    database.drop_collection("assets")
    migrate(database)
    return database


def _import() -> dict[str, Any]:
    return {"_id": "bench", "project": "bench", "source": {"tags": [], "tags_from_path": True, "prefix": ""}}


def _document(key: str, size: int, etag: str, last_modified: datetime) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "_id": str(uuid.uuid4()),
        "project": "bench",
        "status": "ready",
        "created_at": last_modified,
        "updated_at": now,
        "file_name": key.rpartition("/")[2],
        "tags": key.split("/")[:-1],
        "attributes": {"source_key": key},
        "s3": {"bucket": BUCKET, "key": key, "etag": etag},
        "size_bytes": size,
        "label_summary": [],
        "annotation_revision": 0,
        "schema_version": 1,
    }


def _report(count: int) -> Path:
    return Path(os.environ["BENCH_FOLDER"]) / f"{count}.csv.gz"


def _write_report(path: Path, count: int) -> None:
    with gzip.open(path, "wt", compresslevel=1) as file:
        for number in range(count):
            key = f"2024/{number % 365:03}/camera {number % 7}/{number:09}.jpg"
            at = f"2026-10-{number % 28 + 1:02}T10:00:00.000Z"
            etag, size = f"{number:032x}", str(1_000_000 + number)
            fields = (BUCKET, quote(key), "", "true", "false", size, at, etag, "STANDARD")
            file.write(",".join(f'"{field}"' for field in fields) + "\n")


def _fill(count: int, environment: Mapping[str, str]) -> None:
    """Put small pictures under `{count}/`."""
    import boto3
    from PIL import Image

    s3 = boto3.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL_S3"])
    with contextlib.suppress(s3.exceptions.ClientError):
        s3.create_bucket(Bucket=BUCKET)
    with ThreadPoolExecutor(8) as threads:

        def put(number: int) -> None:
            target = io.BytesIO()
            Image.effect_noise((160, 120), 20 + number % 60).save(target, "JPEG")
            s3.put_object(Bucket=BUCKET, Key=f"{count}/{number:06}.jpg", Body=target.getvalue())

        list(threads.map(put, range(count)))


_PAIRS: Final = {"index": ("index", "index-peer"), "index and facts": ("facts", "facts-peer")}
_WORK: Final[Mapping[str, Callable[[int], dict[str, float]]]] = {
    "index": _index,
    "index-peer": _index_peer,
    "facts": _facts,
    "facts-peer": _facts_peer,
}

if __name__ == "__main__":
    main()
