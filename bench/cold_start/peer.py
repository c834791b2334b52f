"""The same function as tutorials build it: boto3, Powertools with its resolver, Logger and Tracer, pymongo."""

import os
import uuid
from datetime import UTC, datetime
from typing import Any

from bench.cold_start.report import EVENT, report  # isort: skip - first, for it sets what a bundle holds

import boto3
import pymongo
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from botocore.config import Config
from pydantic import BaseModel, Field

logger, tracer = Logger(), Tracer()
s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
database = pymongo.MongoClient[Any](os.environ["MONGODB_URI"], maxPoolSize=4)[os.environ["MONGODB_DATABASE"]]


class Upload(BaseModel):
    file_name: str = Field(min_length=1, max_length=1024)
    content_type: str
    size_bytes: int = Field(ge=1)


class Begin(BaseModel):
    uploads: list[Upload]


class Ticket(BaseModel):
    asset_id: str
    upload_id: str
    method: str
    url: str


class Begun(BaseModel):
    uploads: list[Ticket]


app = APIGatewayHttpResolver(enable_validation=True)


@app.post("/v1/projects/<project>/uploads")
@tracer.capture_method(capture_response=False)
def begin(project: str, wanted: Begin) -> Begun:
    now, begun = datetime.now(UTC), []
    for item in wanted.uploads:
        asset_id, upload_id = str(uuid.uuid4()), str(uuid.uuid4())
        key = f"media/{project}/{asset_id}/original.jpg"
        common = {"project": project, "created_at": now, "schema_version": 1}
        database.uploads.insert_one({"_id": upload_id, "asset_id": asset_id, "key": key, **common})
        pending = {"_id": asset_id, "status": "pending", "file_name": item.file_name, "updated_at": now, **common}
        database.assets.insert_one(pending)
        parameters = {
            "Bucket": os.environ["MEDIA_BUCKET"],
            "Key": key,
            "ContentType": item.content_type,
            "ContentLength": item.size_bytes,
            "IfNoneMatch": "*",
        }
        url = s3.generate_presigned_url("put_object", Params=parameters, ExpiresIn=900)
        begun.append(Ticket(asset_id=asset_id, upload_id=upload_id, method="put", url=url))
    return Begun(uploads=begun)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)


class Context:
    """Members of a Lambda context that Powertools reads."""

    function_name = function_version = invoked_function_arn = aws_request_id = "bench"
    memory_limit_in_mb = 1024


report(handler(EVENT, Context()))
