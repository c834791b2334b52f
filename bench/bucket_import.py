"""Import of a bucket: objects a second and core without and with facts, and peak memory, against a plain loop.

    python -m bench.bucket_import [--index 10000 100000] [--facts 1000 10000]

Index: an inventory report in CSV (gzip) of so many rows, from the local disk into a MongoDB with all indexes of the
catalog (a replica set of one on loopback, w:majority). Facts: small JPEG files in SeaweedFS, listed, indexed and read.
The peer is the usual script: csv and `insert_many`, or a paginator of boto3, `get_object` of each object, Pillow and
`insert_one`. Each measurement is a process of its own with an empty catalog; "core" is its own CPU time, and the
servers have theirs. Prints one JSON object a line.
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
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote_plus

from bench.ingest import servers
from bench.lines import compare

BUCKET: Final = "archive"
BATCH: Final = 2_000
COLUMNS: Final = (
    *("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate", "ETag", "StorageClass"),
)
_GOALS: Final = {"index": 0.5, "index and facts": 1.0}
"""The index reads what is known, judges each row and can be done again: it may cost that much of a bare insert."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--index", type=int, nargs="*", default=[10_000, 100_000])
    arguments.add_argument("--facts", type=int, nargs="*", default=[1_000, 10_000])
    arguments.add_argument("--one", nargs=2, metavar=("WHAT", "COUNT"), help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.one:
        print(json.dumps(_WORK[chosen.one[0]](int(chosen.one[1]))))
        return
    with tempfile.TemporaryDirectory(prefix="bench-bucket-") as folder, servers.running(Path(folder)) as environment:
        own = {**os.environ, **environment, "BENCH_FOLDER": folder}
        for count in chosen.index:
            _write_report(Path(folder) / f"{count}.csv.gz", count)
            _compare("index", count, own)
        for count in chosen.facts:
            _fill(count, environment)
            _compare("index and facts", count, own)


def _compare(what: str, count: int, environment: Mapping[str, str]) -> None:
    """Print rate, rate by core and peak memory of ours and of the peer."""
    ours, peer = (_measured(each, count, environment) for each in _PAIRS[what])
    name = f"bucket import, {what}, {count} objects"
    compare(f"{name}: rate", ours["rate"], peer["rate"], "objects/s", better="more", goal=_GOALS[what])
    compare(f"{name}: by core", ours["by_core"], peer["by_core"], "objects/s", better="more", goal=_GOALS[what])
    compare(f"{name}: peak memory", ours["peak_mb"], peer["peak_mb"], "MB", better="less", goal=0.5)


def _measured(what: str, count: int, environment: Mapping[str, str]) -> dict[str, float]:
    program = [sys.executable, "-m", "bench.bucket_import", "--one", what, str(count)]
    done = subprocess.run(program, env=dict(environment), stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _timed(count: int, work: Callable[[], None]) -> dict[str, float]:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    seconds, core = time.perf_counter() - began, time.process_time() - cpu
    status = Path("/proc/self/status").read_text()  # ru_maxrss of a child begins with its parent's
    peak_mb = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return {"rate": count / seconds, "by_core": count / core, "peak_mb": peak_mb}


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

    result = _timed(count, work)
    assert (part.counts["new"], database.assets.estimated_document_count()) == (count, count), part.counts
    return result


def _index_peer(count: int) -> dict[str, float]:
    """Insert the rows of a report as the usual script does: csv and insert_many of the same documents."""
    database = _empty_catalog()

    def work() -> None:
        with gzip.open(_report(count), "rt") as file:
            lines = csv.DictReader(file, COLUMNS)
            while batch := list(itertools.islice(lines, BATCH)):
                rows = ((unquote_plus(each["Key"]), int(each["Size"]), each["ETag"]) for each in batch)
                database.assets.insert_many([_document(*row) for row in rows])

    return _timed(count, work)


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

    result = _timed(count, work)
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
                database.assets.insert_one(_document(each["Key"], each["Size"], each["ETag"]) | facts)

    return _timed(count, work)


def _empty_catalog() -> Any:
    from foveal.database import client
    from foveal.database.migration import migrate

    database = client.connect(os.environ["MONGODB_URI"], os.environ["MONGODB_DATABASE"])
    database.drop_collection("assets")
    migrate(database)
    return database


def _import() -> dict[str, Any]:
    return {"_id": "bench", "project": "bench", "source": {"tags": [], "tags_from_path": True, "prefix": ""}}


def _document(key: str, size: int, etag: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "_id": str(uuid.uuid4()),
        "project": "bench",
        "status": "ready",
        "created_at": now,
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
