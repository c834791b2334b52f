"""One large file: ours against s5cmd and obstore, in turns."""

import importlib.util
import os
import random
import sys
from pathlib import Path

from bench.folder_upload.programs import OURS, Cost, median, run
from bench.ingest import servers
from bench.lines import compare, compare_with_limit, note

BLOCK_BYTES = 4 * 1024 * 1024
OBSTORE = """
import sys, obstore
from obstore.store import S3Store
options = {"allow_http": True}
store = S3Store(sys.argv[3], endpoint=sys.argv[2], client_options=options, virtual_hosted_style_request=False)
with open(sys.argv[1], "rb") as file:
    obstore.put(store, sys.argv[4], file)
"""


def measure(folder: Path, s5cmd: str, environment: dict[str, str], gigabytes: float, rounds: int) -> None:
    endpoint, source = environment["AWS_ENDPOINT_URL_S3"], folder / "large"
    has_obstore = importlib.util.find_spec("obstore") is not None
    if not has_obstore:
        note("obstore is left out: pip install obstore")
    found: dict[str, list[Cost]] = {who: [] for who in ("ours", "s5cmd", *(["obstore"] if has_obstore else []))}
    for number in range(rounds):
        path = make(source / f"film-{number}.mp4", gigabytes, seed=number)
        key = f"large-{number}"
        commands = {
            "ours": [*OURS, str(source)],
            "s5cmd": [s5cmd, "--endpoint-url", endpoint, "cp", str(path), f"s3://{servers.BUCKET}/{key}-s5cmd"],
            "obstore": [sys.executable, "-c", OBSTORE, str(path), endpoint, servers.BUCKET, f"{key}-obstore"],
        }
        for who, costs in found.items():
            costs.append(run(who, commands[who], environment | {"PYTHONPATH": os.pathsep.join(sys.path)}))
        path.unlink()
    ours, name = median(found["ours"]), f"1 file of {gigabytes:g} GB"
    if has_obstore:
        compare(f"{name}, wall time", ours.wall, median(found["obstore"]).wall, "s", better="less", goal=0.95)
    peer = median(found["s5cmd"])
    compare(f"{name}, CPU of the client", ours.cpu / gigabytes, peer.cpu / gigabytes, "s CPU/GB", better="less", goal=3)
    compare_with_limit(f"{name}, CPU of the client", ours.cpu / gigabytes, 1.2, "s CPU/GB", better="less")
    compare_with_limit(f"{name}, memory of the client", ours.peak_mib, 100, "MiB", better="less")


def make(path: Path, gigabytes: float, seed: int) -> Path:
    """Write a file of random bytes."""
    path.parent.mkdir(exist_ok=True)
    chance, left = random.Random(seed), int(gigabytes * 1e9)
    with path.open("wb") as file:
        while left > 0:
            file.write(chance.randbytes(min(left, BLOCK_BYTES)))
            left -= BLOCK_BYTES
    return path
