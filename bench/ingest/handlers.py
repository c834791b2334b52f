"""Both handlers as Lambda would call them."""

import importlib.util
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

Handler = Callable[[Mapping[str, Any], Any], Any]
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
OURS = Path(__file__).parents[2] / "functions/ingest/handler.py"


def ours() -> Handler:
    """The handler that is deployed."""
    specification = importlib.util.spec_from_file_location("ingest_handler", OURS)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


def usual() -> Handler:
    """The handler of the tutorials: whole object, Pillow, one insert an event."""
    import io
    import json

    import boto3
    import pymongo
    from PIL import Image

    s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"])
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(os.environ["MONGODB_URI"])
    collection = client[os.environ["MONGODB_DATABASE"]].usual

    def handler(event: Mapping[str, Any], _context: Any) -> None:
        for record in event["Records"]:
            detail = json.loads(record["body"])["detail"]
            bucket, key = detail["bucket"]["name"], detail["object"]["key"]
            answer = s3.get_object(Bucket=bucket, Key=key)
            image = Image.open(io.BytesIO(answer["Body"].read()))
            exif = {str(tag): str(value) for tag, value in image.getexif().items()}
            collection.insert_one(
                {"bucket": bucket, "key": key, "format": image.format, "width": image.width, "height": image.height,
                 "size_bytes": detail["object"]["size"], "exif": exif}
            )  # fmt: skip

    return handler


HANDLERS = {"ours": ours, "usual": usual}
