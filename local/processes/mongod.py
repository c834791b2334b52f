"""A real MongoDB: a replica set of one, because transactions and change streams need a replica set."""

import sysconfig
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from local.instance import LOOPBACK, Instance, LocalStackError
from local.processes.process import Process, require_free

ALREADY_INITIALIZED = 23


def process(instance: Instance) -> Process:
    return Process(instance, "mongod", str(instance.state / "mongodb"))


def start(instance: Instance) -> bool:
    """Start it unless it runs or the user brought another. Return whether it was started. Raises LocalStackError."""
    if instance.external_mongodb_uri:
        if not is_healthy(instance):
            raise LocalStackError("FOVEAL_MONGODB_URI does not lead to a MongoDB that answers: check it, or unset it.")
        return False
    if process(instance).pid is not None:
        return False
    require_free({"FOVEAL_MONGODB_PORT": instance.mongodb_port})
    folder = instance.state / "mongodb"
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        *(str(_program()), "--dbpath", str(folder), "--port", str(instance.mongodb_port), "--bind_ip", LOOPBACK),
        *("--replSet", "foveal", "--noscripting", "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "128"),
    ]
    process(instance).start(command, {"LC_ALL": "C"}, lambda: _is_primary(instance))
    return True


def stop(instance: Instance) -> bool:
    return process(instance).stop()


def is_healthy(instance: Instance) -> bool:
    """Return whether a primary answers."""
    try:
        with _client(instance.mongodb_uri) as client:
            return bool(client.admin.command("ping")["ok"])
    except PyMongoError:
        return False


def _is_primary(instance: Instance) -> bool:
    """Return whether the replica set has its primary; the first time, make the replica set."""
    try:
        with _client(f"mongodb://{LOOPBACK}:{instance.mongodb_port}/?directConnection=true") as client:
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            members = [{"_id": 0, "host": f"{LOOPBACK}:{instance.mongodb_port}"}]
            try:
                client.admin.command("replSetInitiate", {"_id": "foveal", "members": members})
            except OperationFailure as refusal:
                if refusal.code != ALREADY_INITIALIZED:
                    raise
    except PyMongoError:
        return False
    return False


def _client(uri: str) -> "pymongo.MongoClient[dict[str, Any]]":
    return pymongo.MongoClient(uri, serverSelectionTimeoutMS=1_500, connectTimeoutMS=1_500)


def _program() -> Path:
    program = Path(sysconfig.get_paths()["purelib"]) / "fiftyone/db/bin/mongod"
    if not program.is_file():
        raise LocalStackError(
            "There is no mongod for this platform among the installed packages: "
            "run your own MongoDB (6.0 or newer, as a replica set) and give its address in FOVEAL_MONGODB_URI."
        )
    return program
