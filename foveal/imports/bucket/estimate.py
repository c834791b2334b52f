"""Estimate of an import: objects, bytes, requests, price and time.

The formulas are those of docs/bucket-import.md, "What it costs"; the rates are measured by `bench/bucket_import.py`.
Prices are those of us-east-1 in August 2026 (AWS Price List: AmazonS3, AWSLambda, arm64).
"""

from typing import Any, Final

INDEXED_PER_SECOND: Final = 5_000.0
"""Objects a second and worker in the index."""
READ_PER_SECOND: Final = 250.0
"""Objects a second and worker whose facts are read."""
WORKER_GB: Final = 1769 / 1024
SMALL_BYTES: Final = 128 * 1024
"""An object up to this size is read by one request, a larger one by two (`foveal.ingest.observation`)."""
USD_PER_GB_SECOND: Final = 0.0000133334
USD_PER_READ: Final = 0.0004 / 1000
USD_PER_LIST: Final = 0.005 / 1000
USD_PER_INVENTORY_ROW: Final = 0.0025 / 1_000_000
KEYS_PER_LIST: Final = 1_000


def estimate(
    *, rows: int, objects: int, small: int, size_bytes: int, workers: int, has_facts: bool, is_listing: bool
) -> dict[str, Any]:
    """Return what an import of so many rows and readable objects takes, `small` of them up to `SMALL_BYTES`."""
    passes = 2 if has_facts else 1
    reads = small + 2 * (objects - small) if has_facts else 0
    lists = passes * -(-rows // KEYS_PER_LIST) if is_listing else 0
    seconds = rows / INDEXED_PER_SECOND + (objects / READ_PER_SECOND if has_facts else 0)
    usd = reads * USD_PER_READ + lists * USD_PER_LIST + seconds * WORKER_GB * USD_PER_GB_SECOND
    usd += 0 if is_listing else rows * USD_PER_INVENTORY_ROW
    return {
        "objects": objects,
        "bytes": size_bytes,
        "s3_reads": reads,
        "s3_lists": lists,
        "worker_seconds": round(seconds, 1),
        "hours": round(seconds / workers / 3600, 3),
        "usd": round(usd, 4),
    }
