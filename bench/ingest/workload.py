"""Objects and events, and catalogs of a given size."""

import io
import json
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import numpy as np
from PIL import Image

from bench.ingest.servers import BUCKET, DATABASE
from foveal.database import client as mongo
from foveal.encoding import ids
from foveal.objects.keys import media_key

KINDS = {"thumbnail": (640, 480, 85), "phone photo": (4032, 3024, 85), "camera photo": (6000, 4000, 95)}
"""Width, height and JPEG quality."""
DISTINCT = 5
SETTLING_SECONDS = 20  # what a bulk load leaves to the storage engine is not the load's to measure
Version = dict[str, Any]


def upload(environment: dict[str, str], kind: str, count: int, *, is_adopted: bool = False) -> list[Version]:
    """Store that many objects under keys of uploads, or under names of somebody else, and return the event of each."""
    client = boto3.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL_S3"])
    pictures = [_picture(*KINDS[kind], seed) for seed in range(min(DISTINCT, count))]
    versions = []
    for index in range(count):
        asset_id, data = ids.new_id(), pictures[index % len(pictures)]
        key = f"media/bench/2026/{asset_id}.jpg" if is_adopted else media_key("bench", asset_id, "photo.jpg")
        put = client.put_object(Bucket=BUCKET, Key=key, Body=data, ContentType="image/jpeg", ChecksumAlgorithm="CRC32")
        versions.append({"key": key, "version_id": put["VersionId"], "size": len(data), "sequencer": f"{index:016x}1"})
        versions[-1] |= {"asset_id": asset_id, "crc32": put["ChecksumCRC32"]}
    return versions


def begin(environment: dict[str, str], versions: Sequence[Version]) -> None:
    """Write the assets that wait for these objects, as `uploads` does when a client gives size, type and checksum."""
    at = datetime(2026, 10, 31, 9, 29, tzinfo=UTC)
    mongo.connect(environment["MONGODB_URI"], DATABASE).assets.insert_many(
        {
            "_id": each["asset_id"],
            "project": "bench",
            "status": "pending",
            "file_name": "photo.jpg",
            "s3": {"bucket": BUCKET, "key": each["key"]},
            "tags": [],
            "attributes": {},
            "label_summary": [],
            "annotation_revision": 0,
            "expected": {
                "size_bytes": each["size"],
                "mime_type": "image/jpeg",
                "checksum": {"algorithm": "crc32", "value": each["crc32"]},
            },
            "created_at": at,
            "updated_at": at,
            "schema_version": 1,
        }
        for each in versions
    )


def records(versions: Sequence[Version]) -> list[dict[str, Any]]:
    """Return the records that Lambda hands over."""
    return [
        {
            "messageId": str(uuid.uuid4()),
            "attributes": {"ApproximateReceiveCount": "1"},
            "body": json.dumps(
                {
                    "detail-type": "Object Created",
                    "source": "aws.s3",
                    "time": "2026-10-31T09:30:00Z",
                    "detail": {
                        "bucket": {"name": BUCKET},
                        "object": {
                            "key": each["key"],
                            "size": each["size"],
                            "version-id": each["version_id"],
                            "sequencer": each["sequencer"],
                        },
                    },
                }
            ),
        }
        for each in versions
    ]


def empty_catalog(environment: dict[str, str]) -> None:
    database = mongo.connect(environment["MONGODB_URI"], DATABASE)
    database.assets.delete_many({})
    database.usual.drop()


def forget(environment: dict[str, str], versions: Sequence[Version]) -> None:
    """Take the assets of these objects out of the catalog."""
    keys = [each["key"] for each in versions]
    mongo.connect(environment["MONGODB_URI"], DATABASE).assets.delete_many({"s3.key": {"$in": keys}})


def check_all_are_ready(environment: dict[str, str], versions: Sequence[Version], *, is_verified: bool) -> None:
    """Raise AssertionError unless our handler has made a ready asset of each object, and proven what was declared."""
    wanted = {"s3.key": {"$in": [each["key"] for each in versions]}, "status": "ready", "width": {"$gt": 0}}
    assets = mongo.connect(environment["MONGODB_URI"], DATABASE).assets
    assert assets.count_documents({**wanted, "checksums.verified": is_verified}) == len(versions)


def seed(environment: dict[str, str], size: int) -> None:
    """Fill the catalog up to that many assets as ingest writes them, with every index in place, and let it settle."""
    assets = mongo.connect(environment["MONGODB_URI"], DATABASE).assets
    present: int = assets.estimated_document_count()
    missing = size - present
    for start in range(0, missing, 5_000):
        assets.insert_many(list(_assets(min(5_000, missing - start))), ordered=False)
    with mongo.unhurried():
        assets.database.client.admin.command("fsync")
    time.sleep(SETTLING_SECONDS)


def mean_kib(versions: Sequence[Version]) -> int:
    sizes: list[int] = [each["size"] for each in versions]
    return round(sum(sizes) / len(sizes) / 1024)


def _assets(count: int) -> Iterator[mongo.Document]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for index in range(count):
        asset_id, at = ids.new_id(), start + timedelta(seconds=index)
        s3 = {"bucket": BUCKET, "key": media_key("bench", asset_id, "a.jpg"), "version_id": asset_id, "sequencer": "1"}
        yield {
            "_id": asset_id,
            "project": "bench",
            "status": "ready",
            "media_type": "image",
            "format": "jpeg",
            "mime_type": "image/jpeg",
            "file_name": f"DSC{index:05}.jpg",
            "size_bytes": 3_000_000 + index,
            "width": 4032,
            "height": 3024,
            "s3": s3,
            "checksums": {"crc64nvme": f"{index:011}=", "verified": False},
            "captured_at": at,
            "tags": ["bench"],
            "attributes": {},
            "label_summary": [],
            "annotation_revision": 0,
            "created_at": at,
            "updated_at": at,
            "pending_events": [],
            "schema_version": 1,
        }


def _picture(width: int, height: int, quality: int, seed: int) -> bytes:
    """A picture with the detail of a photo (smooth shapes and sensor noise), and the EXIF of a camera."""
    chance = np.random.default_rng(seed)
    blocks = Image.fromarray(chance.integers(0, 256, (24, 32, 3), dtype=np.uint8))
    smooth = np.asarray(blocks.resize((width, height), Image.Resampling.BICUBIC), dtype=np.int16)
    noise = np.clip(chance.standard_normal((height, width, 1), dtype=np.float32) * 7, -99, 99).astype(np.int16)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model 7", 6
    exif.get_ifd(0x8769)[0x9003] = "2026:10:31 09:30:00"
    data = io.BytesIO()
    pixels = np.clip(smooth + noise, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(data, "JPEG", quality=quality, exif=exif)
    return data.getvalue()
