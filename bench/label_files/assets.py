"""Assets of a COCO file in the shape of train2017, as ingest writes them."""

from datetime import UTC, datetime
from itertools import islice
from typing import Final

from bench.ingest import servers
from foveal.database import client
from foveal.database.client import Document, unhurried
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.ids import new_id

PROJECT: Final = "bench"


def fill(uri: str, name: str, images: int) -> None:
    """Insert the assets of the file into a database."""
    database, now = client.connect(uri, name), datetime.now(UTC)
    made = (asset(number, now) for number in range(images))
    with unhurried():
        while some := list(islice(made, 2_000)):
            database.assets.insert_many(some, ordered=False)


def asset(number: int, now: datetime) -> Document:
    asset_id = new_id()
    return {
        "_id": asset_id,
        "project": PROJECT,
        "status": "ready",
        "file_name": f"{number * 5:012d}.jpg",
        "s3": {"bucket": servers.BUCKET, "key": f"media/{PROJECT}/{asset_id}/original.jpg", "version_id": "1"},
        "media_type": "image",
        "width": 640,
        "height": 480,
        "created_at": now,
        "updated_at": now,
        "schema_version": SCHEMA_VERSION,
    }
