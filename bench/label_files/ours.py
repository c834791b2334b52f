"""Our import of a COCO file and exports of its annotations, as the worker runs their jobs."""

import json
import time
from pathlib import Path
from typing import Any, Final

from aws_lambda_powertools import Logger
from pymongo.database import Database

from bench.ingest import servers
from bench.label_files.assets import PROJECT
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

FORMATS: Final = ("coco", "yolo", "parquet")
HOURS: Final = 24 * 3600.0


def measure(uri: str, name: str, path: Path) -> dict[str, float]:
    """Return the seconds of the import and of each export, those of CPU, and the peak of memory."""
    database, bucket = client.connect(uri, name), S3(servers.BUCKET)
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
