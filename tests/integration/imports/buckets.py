"""Buckets of others for tests of imports: objects, and inventory reports on them as S3 writes them."""

import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from PIL import Image

SCHEMA = (
    "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass, EncryptionStatus"
)


def jpeg(width: int = 64, height: int = 48, colour: str = "#3366cc") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(target, "JPEG")
    return target.getvalue()


def row(bucket: str, key: str, **members: Any) -> list[str]:
    """Return a row in the order of `SCHEMA`, as S3 writes it: the key URL-encoded."""
    stated = {
        "version": "",
        "is_latest": "true",
        "is_marker": "false",
        "size": "631",
        "at": "2026-11-01T10:00:00.000Z",
        "etag": "e" * 32,
        "storage_class": "STANDARD",
        "encryption": "SSE-S3",
        **members,
    }
    return [bucket, members.get("encoded", quote(key, safe="/")), *(stated[name] for name in _ORDER)]


_ORDER = ("version", "is_latest", "is_marker", "size", "at", "etag", "storage_class", "encryption")


def csv_file(rows: Iterable[Sequence[str]]) -> bytes:
    return gzip.compress("".join(",".join(f'"{field}"' for field in each) + "\n" for each in rows).encode())


def put_report(s3: Any, bucket: str, about: str, files: Sequence[Sequence[Sequence[str]]], name: str = "r") -> str:
    """Store a report on a bucket, one data file for each list of rows; return the address of its manifest."""
    listed = []
    for number, rows in enumerate(files):
        data, key = csv_file(rows), f"inventory/{name}/data/{number}.csv.gz"
        s3.put_object(Bucket=bucket, Key=key, Body=data)
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        listed.append({"key": key, "size": len(data), "MD5checksum": digest})
    manifest = {
        "sourceBucket": about,
        "destinationBucket": f"arn:aws:s3:::{bucket}",
        "version": "2016-11-30",
        "creationTimestamp": "1793527200000",
        "fileFormat": "CSV",
        "fileSchema": SCHEMA,
        "files": listed,
    }
    key = f"inventory/{name}/manifest.json"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest).encode())
    return f"s3://{bucket}/{key}"


def rows_of(s3: Any, bucket: str) -> list[list[str]]:
    """Return the rows that a report on the present objects of a bucket has."""
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return [
        row(
            bucket,
            each["Key"],
            size=str(each["Size"]),
            etag=each["ETag"].strip('"'),
            at=each["LastModified"].isoformat().replace("+00:00", "Z"),
        )
        for each in found
    ]
