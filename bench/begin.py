"""A begin of 1,000 uploads: CPU of all services together, and of a peer that only signs and inserts.

    python -m bench.begin [--rounds 7]

The request goes over HTTP to the uploads function in a process of its own behind an emulated gateway, as in
`bench.folder_upload`; MongoDB is a replica set of one, writes are confirmed by the majority. Each item is what
`foveal upload` sends: name, type, size, CRC-64/NVME, idempotency key and the path as an attribute. "CPU" is user and
system time of the function's process and of mongod together, the gateway and its JSON included. The peer is the least
that a hand-written service does for the same answer: `json.loads`, 1,000 URLs by boto3, `insert_many` into the same two
collections; it checks nothing, has no quota, and a begin that is sent twice makes assets twice.

The limit is what a folder of 5,000 files of 100 kB leaves for each begin, if it is to be 1.4 times as fast as s5cmd on
two cores. Prints one JSON object a line.
"""

import argparse
import base64
import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench import cpu
from bench.folder_upload.__main__ import LIMITS
from bench.ingest import servers
from bench.lines import compare, compare_with_limit, note
from bench.servers import free_port, listening

ITEMS = 1_000
LIMIT_SECONDS = 0.57


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="bench-begin-") as name, servers.running(Path(name)) as environment:
        port, peer_port = free_port(), free_port()
        os.environ |= environment | {
            "UPLOAD_LIMITS": json.dumps(LIMITS),
            "ROLES_CLAIM": "cognito:groups",
            "SCOPE_PREFIX": "foveal/",
            "TOKEN_SECRET_ARN": "bench",
        }
        ours = [sys.executable, "-m", "bench.folder_upload.api_server", str(port)]
        peer = [sys.executable, "-m", "bench.folder_upload.bare_server", str(peer_port)]
        with listening(ours, port), listening(peer, peer_port):
            measure({"ours": port, "peer": peer_port}, rounds)


def measure(ports: dict[str, int], rounds: int) -> None:
    found: dict[str, list[tuple[float, float, Counter[str]]]] = {who: [] for who in ports}
    for number in range(-1, rounds):
        for who, port in ports.items():
            result = begin(port, request(f"{who}-{number}"))
            if number >= 0:  # the one before connects and imports
                found[who].append(result)
    for who, results in found.items():
        parts: Counter[str] = sum((each for _, _, each in results), Counter())
        shown = ", ".join(f"{name} {spent / rounds / 1000:.3f}" for name, spent in parts.most_common())
        note(f"{who}: CPU-seconds a begin: {shown}; wall {statistics.median(wall for wall, _, _ in results):.3f} s")
    ours, peer = (statistics.median(seconds for _, seconds, _ in found[who]) for who in ("ours", "peer"))
    compare("begin of 1,000, function, gateway and MongoDB", ours, peer, "s CPU", better="less")
    compare_with_limit("begin of 1,000, function, gateway and MongoDB", ours, LIMIT_SECONDS, "s CPU", better="less")


def request(prefix: str) -> bytes:
    items = [
        {
            "file_name": f"img_{number:05}.jpg",
            "content_type": "image/jpeg",
            "size_bytes": 100_000,
            "checksum": {"algorithm": "crc64nvme", "value": base64.b64encode(number.to_bytes(8, "big")).decode()},
            "idempotency_key": f"u1.{prefix}-{number:032}",
            "attributes": {"path": f"{number % 50:02}/img_{number:05}.jpg"},
        }
        for number in range(ITEMS)
    ]
    return json.dumps({"uploads": items}).encode()


def begin(port: int, body: bytes) -> tuple[float, float, Counter[str]]:
    """Return wall and CPU seconds of one call, the latter also by program."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    before, started = cpu.milliseconds_by_program(), time.monotonic()
    connection.request("POST", "/v1/projects/bench/uploads", body, {"content-type": "application/json"})
    answer: Any = json.loads(connection.getresponse().read())
    wall = time.monotonic() - started
    spent = cpu.milliseconds_by_program() - before
    connection.close()
    if len({each["url"] for each in answer["uploads"]}) != ITEMS:
        raise SystemExit(f"not every item has a ticket: {str(answer)[:300]}")
    return wall, spent.total() / 1000, spent


if __name__ == "__main__":
    main()
