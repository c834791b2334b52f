"""Health of each part of the local stack."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import pymongo
from botocore.exceptions import BotoCoreError, ClientError
from pymongo.errors import PyMongoError

from local.deployment import outputs
from local.instance import STACK_NAME, Instance, LocalStackError
from local.processes import emulator_process, mongod

LOST_CATALOG: Final = (
    "The catalog is empty and the bucket is not: restore MongoDB, or rebuild the catalog with "
    "`foveal migrate` and `foveal reconcile --repair --min-age 0`."
)


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    healthy: bool
    detail: str


def parts(instance: Instance) -> list[Part]:
    """Return the health of mongodb, aws, api, cdn, console and deployment, in this order."""
    is_up = emulator_process.is_healthy(instance)
    return [
        Part("mongodb", mongod.is_healthy(instance), instance.mongodb_uri.rpartition("@")[2]),
        Part("aws", is_up, instance.aws_url),
        Part("api", is_up and emulator_process.answers(f"{instance.api_url}/v1/openapi.json"), instance.api_url),
        Part("cdn", is_up and emulator_process.answers(f"{instance.cdn_url}/media/"), instance.cdn_url),
        _console(instance, is_up=is_up),
        _deployment(instance)
        if is_up
        else Part("deployment", healthy=False, detail="the AWS emulator does not answer"),
    ]


def report(instance: Instance) -> dict[str, Any]:
    """Return the parts, how many assets there are (None when MongoDB does not answer), and warnings."""
    found, assets = parts(instance), _count_assets(instance)
    is_lost = assets == 0 and found[1].healthy and _has_media(instance)
    warnings = [LOST_CATALOG] if is_lost else []
    return {"parts": [asdict(part) for part in found], "assets": assets, "warnings": warnings}


def _console(instance: Instance, *, is_up: bool) -> Part:
    """Return the health of the console; a stage that has switched it off is healthy without."""
    url = f"{instance.cdn_url}/console/"
    try:
        is_wanted = outputs.read(instance).get("console_url") is not None
    except LocalStackError:
        return Part("console", healthy=False, detail="not deployed")
    if not is_wanted:
        return Part("console", healthy=True, detail="switched off by the stage")
    return Part("console", is_up and emulator_process.is_found(url), url)


def _deployment(instance: Instance) -> Part:
    client = emulator_process.client(instance, "cloudformation")
    try:
        found = client.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackStatus"]
    except (client.exceptions.ClientError, IndexError):
        return Part("deployment", healthy=False, detail="not deployed")
    return Part("deployment", found in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), f"{STACK_NAME}: {found}")


def _has_media(instance: Instance) -> bool:
    try:
        bucket = outputs.read(instance)["bucket"]
        listed = emulator_process.client(instance, "s3").list_objects_v2(Bucket=bucket, Prefix="media/", MaxKeys=1)
    except (BotoCoreError, ClientError, LocalStackError):
        return False
    return bool(listed["KeyCount"])


def _count_assets(instance: Instance) -> int | None:
    try:
        name = outputs.read(instance)["mongodb_database"]
        with pymongo.MongoClient[dict[str, Any]](instance.mongodb_uri, serverSelectionTimeoutMS=1_500) as client:
            return client[name].assets.count_documents({"status": {"$ne": "deleted"}})
    except (PyMongoError, LocalStackError):
        return None
