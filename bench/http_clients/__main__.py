"""HTTP clients for small requests to S3: foveal/http (httptools over a socket) and five libraries.

    python -m bench.http_clients [--rounds 3] [--photos 200]

Each library has the interface of `foveal.http.connection.Connection`, so that pools, concurrent requests, signing
and retries are the same. "GET" is a ranged GET of 16 KiB from a server that answers at once, "ingested photo"
the whole of ingest as in bench/ingest (SeaweedFS, mongod, a photo of 4 MB takes a GET and a HEAD), "cold start" the
import and the first GET in a fresh process that has imported pymongo and Powertools. All are CPU time of the client's
process with all its threads, in turns, the best round of each. Over plain HTTP: TLS would add the same to each.

`uv pip install pycurl` adds the one library that is not a requirement of this project or of its tools; an absent
library is left out. Prints one JSON object a line; `ratio` is the CPU time of the library over ours. The decision is
docs/decisions/0024-http-client.md.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from bench.http_clients.worker import CLIENTS
from bench.ingest import servers, workload
from bench.lines import compare
from bench.servers import free_port, listening

ROOT = Path(__file__).resolve().parents[2]
MEASURES = {
    "one_us": ("GET, one after the other", "us CPU", 1.0),
    "together_us": ("GET, 32 in flight", "us CPU", 1.0),
    "object_us": ("ingested photo", "us CPU", 1.0),
    "cold_ms": ("cold start, import and first GET", "ms CPU", 1.0),
}
"""Name, unit and goal of each figure."""
Found = dict[tuple[str, str], float]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--photos", type=int, default=200)
    chosen = arguments.parse_args()
    clients = [name for name, module in CLIENTS.items() if importlib.util.find_spec(module)]
    found: Found = defaultdict(lambda: float("inf"))
    measure_requests(clients, chosen.rounds, found)
    measure_ingest(clients, chosen.rounds, chosen.photos, found)
    for measure, (name, unit, goal) in MEASURES.items():
        for client in clients[1:]:
            ours, peer = found["ours", measure], found[client, measure]
            compare(f"{name}, {client}", ours, peer, unit, better="less", goal=goal)


def measure_requests(clients: list[str], rounds: int, found: Found) -> None:
    port = free_port()
    with listening([sys.executable, "-m", "bench.http_clients.canned_s3", str(port)], port):
        for _ in range(rounds):
            for measure in ("get", "cold"):
                for client in clients:
                    keep_best(found, client, [measure, client, f"127.0.0.1:{port}"], None, "")


def measure_ingest(clients: list[str], rounds: int, photos: int, found: Found) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-http-") as folder, servers.running(Path(folder)) as environment:
        versions = workload.upload(environment, "phone photo", photos)
        for _ in range(rounds):
            for client in clients:
                workload.empty_catalog(environment)
                workload.begin(environment, versions)
                keep_best(found, client, ["ingest", client], environment, json.dumps(versions))
                workload.check_all_are_ready(environment, versions, is_verified=True)


def keep_best(
    found: Found, client: str, arguments: list[str], environment: Mapping[str, str] | None, given: str
) -> None:
    """Run the worker in a fresh process, and keep each of its figures that is the least so far."""
    program = [sys.executable, "-m", "bench.http_clients.worker", *arguments]
    done = subprocess.run(program, env=environment, cwd=ROOT, input=given, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    for measure, value in json.loads(done.stdout.splitlines()[-1]).items():
        found[client, measure] = min(found[client, measure], value)


if __name__ == "__main__":
    main()
