"""A real S3 server, a real mongod, and an EventBridge that takes everything; all on loopback and free ports."""

import os
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import boto3
import pymongo

from bench.servers import ACCESS_KEY_ID, SECRET_ACCESS_KEY, free_port, listening, seaweedfs
from foveal.database import client as mongo
from foveal.database.migration import migrate

BUCKET = "bench-media"
DATABASE = "bench"
FAR_S3 = "BENCH_FAR_S3"
"""The variable that holds the address of the same server behind a line like AWS's (distance.py)."""
MONGOD = Path(sysconfig.get_paths()["purelib"]) / "fiftyone/db/bin/mongod"


@contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the environment of a handler."""
    with ExitStack() as stack:
        mongodb = stack.enter_context(_mongod(folder))
        s3 = stack.enter_context(seaweedfs(folder))
        far = stack.enter_context(_module("distance", s3.rpartition(":")[2]))
        events = stack.enter_context(_module("eventbridge"))
        environment = {
            **{name: value for name, value in os.environ.items() if name[:4] not in ("AWS_", "PYTH")},
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "AWS_ENDPOINT_URL_S3": s3,
            FAR_S3: far,
            "AWS_ENDPOINT_URL_EVENTS": events,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "STAGE": "bench",
            "LOG_LEVEL": "ERROR",
            "POWERTOOLS_SERVICE_NAME": "ingest",
            "MONGODB_URI": mongodb,
            "MONGODB_DATABASE": DATABASE,
            "MEDIA_BUCKET": BUCKET,
            "EVENT_BUS_NAME": "bench",
        }
        os.environ |= {name: environment[name] for name in environment if name.startswith("AWS_")}
        migrate(mongo.connect(mongodb, DATABASE))
        client = boto3.client("s3", endpoint_url=s3)
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield environment


@contextmanager
def _mongod(folder: Path) -> Iterator[str]:
    data, port = folder / "mongod", free_port()
    data.mkdir()
    program = [str(MONGOD), "--dbpath", str(data), "--port", str(port), "--bind_ip", "127.0.0.1"]
    program += ["--replSet", "bench", "--noscripting", "--wiredTigerCacheSizeGB", "4", "--logpath", str(data / "log")]
    with listening(program, port):
        with pymongo.MongoClient[mongo.Document](f"mongodb://127.0.0.1:{port}/?directConnection=true") as client:
            members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
            client.admin.command("replSetInitiate", {"_id": "bench", "members": members})
            while not client.admin.command("hello")["isWritablePrimary"]:
                time.sleep(0.05)
        yield f"mongodb://127.0.0.1:{port}/?replicaSet=bench"


@contextmanager
def _module(name: str, *arguments: str) -> Iterator[str]:
    port = free_port()
    with listening([sys.executable, "-m", f"bench.ingest.{name}", str(port), *arguments], port):
        yield f"http://127.0.0.1:{port}"
