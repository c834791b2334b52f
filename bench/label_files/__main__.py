"""COCO in the shape of train2017: file to searchable, and out again as COCO, YOLO and Parquet, ours and FiftyOne's.

    python -m bench.label_files [--images 118287] [--peer PYTHON]

`--peer` is the interpreter of a virtual environment that has FiftyOne from PyPI; without it only our own figures are
printed. Both use the same mongod. Ours runs the jobs of an import and of exports in this process, as the worker does,
with a real S3 server beside it; another process has made the file, and put the assets into the catalog as they are in a
project. FiftyOne's importer makes its samples as well, from files that are empty: it does not open them. It has no
exporter of Parquet: the peer of ours, which holds every word of the annotations, is its own format (`FiftyOneDataset`),
which does so too. CPU seconds are those of the process alone, without the servers.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from aws_lambda_powertools import Logger
from pymongo.database import Database

from bench.coco_scan import IMAGES, make
from bench.ingest import servers
from bench.label_files.assets import PROJECT, fill
from bench.lines import compare, compare_with_limit, note
from bench.usage import forget_peak, peak_mb
from foveal.aws.s3 import S3
from foveal.catalog.annotations.rasters.mask_objects import BucketMasks
from foveal.catalog.author import Author
from foveal.database import client
from foveal.database.client import Document
from foveal.exports.run import ExportJobs
from foveal.imports import starting, store
from foveal.imports.run import ImportJobs
from foveal.jobs import store as jobs
from foveal.jobs.files import upload
from foveal.jobs.run import run

IMPORT_GOAL, EXPORT_GOAL = 5, 10
IMPORT_MIB: Final = 256.0
"""Peak of the process of an import, with its modules."""
FORMATS: Final = ("coco", "yolo", "parquet")
HOURS: Final = 24 * 3600.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--peer", help="an interpreter that has FiftyOne")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-labels-") as folder, servers.running(Path(folder)) as environment:
        path = Path(folder) / "instances_train2017.json"
        uri, name = environment["MONGODB_URI"], environment["MONGODB_DATABASE"]
        with ProcessPoolExecutor(1, get_context("spawn")) as another:  # the measured process holds no file and no heap
            count = another.submit(make, path, chosen.images).result()
            another.submit(fill, uri, name, chosen.images).result()
        ours = measure(client.connect(uri, name), S3(servers.BUCKET), path)
        size = f"{chosen.images:,} images, {count:,} annotations"
        note(f"ours, {size}: {ours}")
        compare_with_limit(f"labels.import, {size}", ours["import MiB"], IMPORT_MIB, "MiB", better="less")
        if chosen.peer:
            theirs = of_fiftyone(chosen.peer, uri, path, Path(folder))
            note(f"FiftyOne: {theirs}")
            goals = {"import": IMPORT_GOAL} | dict.fromkeys(FORMATS, EXPORT_GOAL)
            for name, goal in goals.items():
                compare(f"labels.{name}, {size}", ours[name], theirs[name], "s", better="less", goal=goal)
                cpu = f"{name} CPU"
                compare(f"labels.{cpu}, {size}", ours[cpu], theirs[cpu], "s", better="less", goal=goal)


def measure(database: Database[Document], bucket: S3, path: Path) -> dict[str, float]:
    """Return the seconds of the import and of each export, those of CPU, and the peak of memory."""
    masks, author = BucketMasks(bucket), Author.now("bench")
    files = [{"name": path.name, "size_bytes": path.stat().st_size}]
    import_ = store.create(
        database, PROJECT, author, store.ImportRequest.model_validate({"format": "coco", "files": files})
    )
    upload(bucket, path, import_["files"][0]["key"], "application/json")
    job = starting.start(database, import_, store.StartRequest(), author)
    kinds: dict[str, Any] = {
        "import": ImportJobs(lambda: database, lambda: bucket, lambda: masks).import_,
        "export": ExportJobs(lambda: database, lambda: bucket, lambda: masks).export,
    }
    found = seconds_of("import", database, job["_id"], kinds)
    counts = store.get(database, import_["_id"])["counts"]
    assert counts["imported"] == counts["records"], counts
    for format_ in FORMATS:
        request = json.dumps({"format": format_, "file_name": f"{format_}.zip"})
        export = jobs.create(database, PROJECT, "export", PROJECT, author, {"request": request})
        found |= seconds_of(format_, database, export["_id"], kinds)
    return found


def seconds_of(name: str, database: Database[Document], job_id: str, kinds: dict[str, Any]) -> dict[str, float]:
    forget_peak()
    started, clock = time.perf_counter(), time.process_time()
    state = run(database, job_id, kinds, HOURS, Logger(service="bench", level="ERROR"))
    taken, of_cpu = time.perf_counter() - started, time.process_time() - clock
    assert state == "completed", jobs.get(database, job_id)
    return {name: round(taken, 2), f"{name} CPU": round(of_cpu, 2), f"{name} MiB": round(peak_mb())}


def of_fiftyone(peer: str, uri: str, path: Path, folder: Path) -> dict[str, float]:
    """Return the seconds of FiftyOne."""
    media, out = folder / "media", folder / "out"
    media.mkdir()
    for image in json.loads(path.read_text())["images"]:
        (media / image["file_name"]).touch()
    done = subprocess.run(
        [peer, "-m", "bench.label_files.fiftyone_peer", str(path), str(media), str(out)],
        env={**os.environ, "FIFTYONE_DATABASE_URI": uri.partition("?")[0], "FIFTYONE_DO_NOT_TRACK": "true"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
