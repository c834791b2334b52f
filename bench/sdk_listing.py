"""Listing of assets by the Python client, against a bare loop over the same local server.

    python -m bench.sdk_listing [--assets 100000] [--rounds 5]

The bare loop posts the same search with one `httpx2.Client`, reads the pages with `json.loads` and iterates: what a
programmer writes without the client, without retries, tokens or errors. The server answers prepared pages of 500 from a
process of its own. Assets per second of CPU of the client, in turns, the best of the rounds: wall time on a busy
machine says little.
Prints one JSON object a line.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

from bench.lines import compare, note
from foveal.client import Foveal

PAGE = 500
PATH = "/v1/projects/bench/assets/search"
GOAL = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.assets)
        return
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.sdk_listing", "--serve", "--assets", str(options.assets)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        seconds: dict[str, list[float]] = {"ours": [], "bare": []}
        loops: dict[str, Callable[[str], int]] = {"ours": with_client, "bare": bare}
        for _ in range(options.rounds):
            for name, loop in loops.items():
                started = time.process_time()
                assert loop(url) == options.assets
                seconds[name].append(time.process_time() - started)
        ours, peer = (options.assets / min(seconds[name]) for name in ("ours", "bare"))
        note(f"seconds: {seconds}")
        compare(f"client lists {options.assets} assets", ours, peer, "assets per CPU second", better="more", goal=GOAL)
    finally:
        server.terminate()
        server.wait()


def with_client(url: str) -> int:
    with Foveal(url, "token", http=httpx2.Client(trust_env=False)) as foveal:
        return sum(1 for asset in foveal.project("bench").assets.search() if asset["asset_id"])


def bare(url: str) -> int:
    count, token = 0, None
    headers = {"authorization": "Bearer token", "content-type": "application/json"}
    with httpx2.Client(trust_env=False, headers=headers) as http:
        while True:
            body = {"sort": "-created_at", "limit": PAGE, "next_token": token}
            page: dict[str, Any] = json.loads(http.post(url + PATH, content=json.dumps(body)).content)
            for asset in page["items"]:
                count += bool(asset["asset_id"])
            token = page["next_token"]
            if token is None:
                return count


def serve(assets: int) -> None:
    """Answer prepared pages; the token of a page is its number."""
    pages = {}
    for number, start in enumerate(range(0, assets, PAGE)):
        items = [an_asset(each) for each in range(start, min(start + PAGE, assets))]
        following = str(number + 1) if start + PAGE < assets else None
        pages[str(number)] = json.dumps({"items": items, "next_token": following}).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            body = pages[asked.get("next_token") or "0"]
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def an_asset(number: int) -> dict[str, Any]:
    """Return an asset with the members that photos of a camera have."""
    asset_id = f"01890000-0000-7000-8000-{number:012x}"
    return {
        "asset_id": asset_id,
        "project": "bench",
        "status": "ready",
        "file_name": f"IMG_{number:06}.jpg",
        "created_at": "2026-11-29T13:04:00.754Z",
        "updated_at": "2026-11-29T13:04:06.132Z",
        "captured_at": "2026-03-02T08:00:00.000Z",
        "media_type": "image",
        "format": "jpeg",
        "mime_type": "image/jpeg",
        "width": 6000,
        "height": 4000,
        "num_channels": 3,
        "bit_depth": 8,
        "size_bytes": 9_000_000 + number,
        "tags": ["night", "north"],
        "attributes": {"site": "Kiel", "shift": 3},
        "camera": {"make": "Canon", "model": "EOS R5", "iso": 100, "f_number": 2.8, "exposure_time_seconds": 0.004},
        "checksums": {"crc64nvme": "8VTHtw+sRFc=", "verified": True, "verification": "matched"},
        "label_summary": [{"field": "ground_truth", "label": "car", "type": "detection", "count": 3}],
        "s3": {"bucket": "media", "key": f"media/bench/{asset_id}/original.jpg", "version_id": "v1"},
        "annotation_revision": 3,
    }


if __name__ == "__main__":
    main()
