"""Memory of the device agent: resident set with many files waiting, while the line is down and while they are sent.

    python -m bench.agent_memory [--files 10000] [--connections 1]

The agent is a process of its own, `foveal agent run`, against an API and an S3 on loopback. Printed are the time from
the start of the process until it accepts files, the time in which all are taken over, the largest resident set
(VmHWM) until then, and again after they were sent. Goal: at most 80 MB.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.lines import compare_with_limit, note
from foveal.agent.status import read_status
from foveal.client.errors import NetworkError

GOAL_MB = 80.0
PROGRAM = "from foveal.cli import main; main()"
CONFIG = """
api_url = "{url}"
project = "zoo"
serial = "bench"
state_folder = "{root}/state"
socket = "{root}/status.sock"
[sign_in]
token_url = "{url}/token"
client_id = "bench"
client_secret_file = "{root}/secret"
[[folders]]
path = "{root}/inbox"
watch = "{watch}"
settle_seconds = 0.5
[sending]
connections = {connections}
[spool]
watermark = 0.99
"""


class Service(BaseHTTPRequestHandler):
    """Tokens, begins and PUTs; `is_up` is the line, `names` are the files that arrived, in their order."""

    protocol_version = "HTTP/1.1"
    is_up = False
    names: list[str]

    def do_POST(self) -> None:
        """Answer a token or a begin."""
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self.is_up:
            self._answer(302, b"<html>sign in</html>", "text/html")
        elif self.path == "/token":
            self._answer(200, json.dumps({"access_token": "t", "expires_in": 3600}).encode())
        else:
            tickets = [self._ticket(item) for item in json.loads(body)["uploads"]]
            self._answer(201, json.dumps({"uploads": tickets}).encode())

    def do_PUT(self) -> None:
        """Take an object."""
        self.rfile.read(int(self.headers["content-length"]))
        self.names.append(self.path.rpartition("/")[2].partition("?")[0])
        self._answer(200, b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _ticket(self, item: dict[str, Any]) -> dict[str, Any]:
        url = f"http://{self.headers['host']}/{item['file_name']}?t=1"
        return {"asset_id": "a", "status": "pending", "method": "put", "url": url, "headers": {}}

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served() -> Iterator[tuple[type[Service], str]]:
    """Serve API and S3 on loopback; yield the class with its state, and the address."""
    service = type("Served", (Service,), {"names": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def measure(root: Path, files: int, watch: str = "inotify", connections: int = 1) -> dict[str, Any]:
    """Let an agent take over and send files; return seconds, megabytes (VmHWM), and whether the order was kept."""
    (root / "inbox").mkdir()
    (root / "secret").write_text("secret")
    with served() as (service, url):
        (root / "agent.toml").write_text(CONFIG.format(root=root, url=url, watch=watch, connections=connections))
        begin = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "agent", "run", "--config", str(root / "agent.toml")],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(lambda: _files(root)["waiting"] == 0)
            started = time.monotonic() - begin
            begin = time.monotonic()
            for number in range(files):
                temporary = root / "inbox" / f"{number:06}.jpg.tmp"
                temporary.write_bytes(b"x" * 200)
                temporary.rename(temporary.with_suffix(""))
            _wait(lambda: _files(root)["waiting"] == files)
            taken, waiting_mb = time.monotonic() - begin, _peak_mb(process.pid)
            service.is_up, begin = True, time.monotonic()
            _wait(lambda: _files(root)["done"] >= min(files, 1_000) and _files(root)["waiting"] == 0)
            sent, sending_mb = time.monotonic() - begin, _peak_mb(process.pid)
        finally:
            process.terminate()
            process.wait()
    arrived = [name.removesuffix(".jpg") for name in service.names]
    return {
        "start_seconds": started,
        "take_seconds": taken,
        "waiting_mb": waiting_mb,
        "send_seconds": sent,
        "sending_mb": sending_mb,
        "arrived": len(set(arrived)),
        "furthest_from_order": max(abs(int(name) - place) for place, name in enumerate(arrived)),
    }


def _files(root: Path) -> dict[str, int]:
    try:
        found = read_status(root / "status.sock")["files"]
    except NetworkError:
        return {"waiting": -1, "done": -1}
    return {state: count["files"] for state, count in found.items()}


def _wait(condition: Any, seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the agent did not come so far")
        time.sleep(0.05)


def _peak_mb(process_id: int) -> float:
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=1, help="only one keeps the order of files")
    chosen = parser.parse_args()
    files = chosen.files
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), files, connections=chosen.connections)
    note(
        f"{files} files: start {found['start_seconds']:.1f} s; taken over in {found['take_seconds']:.1f} s, "
        f"{found['waiting_mb']:.0f} MB; sent in {found['send_seconds']:.1f} s; {found['arrived']} arrived, at most "
        f"{found['furthest_from_order']} places out of order"
    )
    compare_with_limit(f"agent with {files} files waiting", found["sending_mb"], GOAL_MB, "MB", better="less")


if __name__ == "__main__":
    main()
