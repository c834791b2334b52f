"""Runs that are killed at random moments, and what the run after them has to send."""

import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.folder_uploads.running import held
from tests.folder_uploads.service import Service, served


@dataclass(frozen=True)
class Killed:
    """Result of the runs: bytes of all files, bytes of requests that the kills broke, bytes stored twice, and kills
    that hit a run at work."""

    total_bytes: int
    broken_bytes: int
    stored_again_bytes: int
    kills: int


def survive_kills(
    root: Path, state: Path, *, kills: int, longest_seconds: float, seed: int, connections: int, **settings: Any
) -> Killed:
    """Upload a folder although each run but the last is killed by SIGKILL at a random moment.

    Afterwards each file is one asset with its bytes; with the journal deleted, another run sends nothing.
    """
    source, service, journal = random.Random(seed), Service(), state / "journal.db"
    given = {"root": str(root), "journal": str(journal), "settings": {"max_connections": connections, **settings}}
    hits = 0
    with served(service):
        program = [sys.executable, "-m", "tests.folder_uploads.program", json.dumps({**given, "url": service.url})]
        for number in range(kills):
            with subprocess.Popen(program, stdout=subprocess.DEVNULL) as process:
                _wait_for_bytes(service, process)
                time.sleep(source.uniform(0, longest_seconds))
                hits += process.poll() is None
                process.kill()
            assert len(service.uploads) <= len(held(root)), f"after kill {number}: an asset twice"
        _finish(program)
        files, received = held(root), service.received_bytes
        assert service.stored() == files
        assert len(service.uploads) == len(files)
        for path in state.glob("journal.db*"):
            path.unlink()
        assert _finish(program)["skipped"] == len(files)
        assert service.received_bytes == received, "something was sent again after the journal was deleted"
    total = sum(map(len, files.values()))
    again = service.stored_again_bytes
    return Killed(total, received - again - total, again, hits)


def _wait_for_bytes(service: Service, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a run sends, so that the moment of its end is not always within its start."""
    before = service.received_bytes
    while service.received_bytes == before and process.poll() is None:
        time.sleep(0.005)


def _finish(program: list[str]) -> dict[str, Any]:
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    summary: dict[str, Any] = json.loads(done.stdout)
    assert summary["failed"] == 0, summary
    return summary
