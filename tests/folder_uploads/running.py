"""Runs of a folder's upload against the service of these tests, and what has to hold after each."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from foveal.client import Foveal
from foveal.client.folders import Outcome, State, Summary, UploadSettings, upload_folder
from foveal.client.folders.journal import Journal
from foveal.client.retries import RetryPolicy
from tests.folder_uploads.faults import STALL_SECONDS, kinds_for
from tests.folder_uploads.service import Fault, Handler, Service, served

PART_BYTES = 16 * 1024


def folder_of(root: Path, files: int, seed: int, *, most_bytes: int = 5_000, large: int = 1) -> Path:
    """Make small files in folders, and large ones of a few parts."""
    chance = random.Random(seed)
    root.mkdir(parents=True)
    for number in range(files):
        path = root / f"day {number % 5}" / f"img_{number:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(chance.randrange(1, most_bytes)))
    for number in range(large):
        (root / f"film {number}.mp4").write_bytes(chance.randbytes(PART_BYTES * 5 + 123))
    return root


def held(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@contextmanager
def quick() -> Iterator[None]:
    """Shorten the waits and time limits of the client."""
    with (
        mock.patch("foveal.client.folders.sending.MAX_WAIT_SECONDS", 0.005),
        mock.patch("foveal.client.folders.pipeline.run.CHANGE_PAUSE_SECONDS", 0.02),
        mock.patch("foveal.client.connections.STALL_SECONDS", STALL_SECONDS / 2),
    ):
        yield


def upload(service: Service, root: Path, journal_path: Path, **settings: Any) -> tuple[Summary, list[Outcome]]:
    """Upload a folder by the real client; the sum holds, and every failure has its reason and code."""
    outcomes: list[Outcome] = []
    chosen = UploadSettings(**{"part_bytes": PART_BYTES, "max_connections": 6} | settings)
    journal = Journal(journal_path)
    try:
        with Foveal(service.url, "token", retries=RetryPolicy(base_seconds=0.002)) as client:
            summary = upload_folder(client.api, "zoo", root, journal, chosen, outcomes.append)
    finally:
        journal.close()
    assert summary.is_complete
    assert len(outcomes) == summary.found
    for each in outcomes:
        if each.state is State.FAILED:
            assert each.reason, each
            assert each.code, each
    return summary, outcomes


def faulty(kind: str, seed: int, chance: float) -> Callable[[Handler, str], Fault | None]:
    """Return the choice of faults of a seed: that share of the requests that the kind is for."""
    source = random.Random(f"{kind} {seed}")

    def choose(_handler: Handler, what: str) -> Fault | None:
        fault = kinds_for(kind, what)
        return fault if fault is not None and source.random() < chance else None

    return choose


def survive(root: Path, kind: str, seed: int, chance: float = 0.3) -> tuple[int, int]:
    """Upload a folder with faults of a kind, then without; return files that were done and failed in the first run.

    Every file that counts as done is there with its bytes, no refusal is tried again, no file has two assets, and the
    second run brings the rest.
    """
    folder = folder_of(root / "photos", 20, seed)
    service = Service()
    with served(service), quick():
        service.fault = faulty(kind, seed, chance)
        summary, outcomes = upload(service, folder, root / "state" / "journal.db")
        stored, files = service.stored(), held(folder)
        for each in outcomes:
            if each.state is not State.FAILED:
                assert stored.get(each.path) == files[each.path], (kind, seed, each)
        assert service.violations == [], (kind, seed)
        service.fault = lambda _handler, _what: None
        service.refused_urls.clear()
        again, _ = upload(service, folder, root / "state" / "journal.db")
        assert again.failed == 0, (kind, seed, again.document())
        assert service.stored() == files
        assert len(service.uploads) == len(files)
    return summary.done, summary.failed
