"""Whether each part of the local stack is healthy."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import pymongo
from botocore.exceptions import BotoCoreError, ClientError
from pymongo.errors import PyMongoError

from local import emulator_process, mongod, outputs
from local.instance import STACK_NAME, Place, Trouble

LOST_CATALOG: Final = (
    "The catalog is empty and the bucket is not: restore MongoDB, or rebuild the catalog with "
    "`foveal migrate` and `foveal reconcile --repair --min-age 0`."
)


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    healthy: bool
    detail: str


def parts(place: Place) -> list[Part]:
    """Return the health of mongodb, aws, api, cdn and deployment, in this order."""
    is_up = emulator_process.is_healthy(place)
    return [
        Part("mongodb", mongod.is_healthy(place), place.mongodb_uri.rpartition("@")[2]),
        Part("aws", is_up, place.aws_url),
        Part("api", is_up and emulator_process.answers(f"{place.api_url}/v1/openapi.json"), place.api_url),
        Part("cdn", is_up and emulator_process.answers(f"{place.cdn_url}/media/"), place.cdn_url),
        _deployment(place) if is_up else Part("deployment", healthy=False, detail="the AWS emulator does not answer"),
    ]


def report(place: Place) -> dict[str, Any]:
    """Return the parts, how many assets there are (None when MongoDB does not answer), and warnings."""
    found, assets = parts(place), _count_assets(place)
    is_lost = assets == 0 and found[1].healthy and _has_media(place)
    warnings = [LOST_CATALOG] if is_lost else []
    return {"parts": [asdict(part) for part in found], "assets": assets, "warnings": warnings}


def _deployment(place: Place) -> Part:
    client = emulator_process.client(place, "cloudformation")
    try:
        found = client.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackStatus"]
    except (client.exceptions.ClientError, IndexError):
        return Part("deployment", healthy=False, detail="not deployed")
    return Part("deployment", found in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), f"{STACK_NAME}: {found}")


def _has_media(place: Place) -> bool:
    try:
        bucket = outputs.read(place)["bucket"]
        listed = emulator_process.client(place, "s3").list_objects_v2(Bucket=bucket, Prefix="media/", MaxKeys=1)
    except (BotoCoreError, ClientError, Trouble):
        return False
    return bool(listed["KeyCount"])


def _count_assets(place: Place) -> int | None:
    try:
        name = outputs.read(place)["mongodb_database"]
        with pymongo.MongoClient[dict[str, Any]](place.mongodb_uri, serverSelectionTimeoutMS=1_500) as client:
            return client[name].assets.count_documents({"status": {"$ne": "deleted"}})
    except (PyMongoError, Trouble):
        return None
