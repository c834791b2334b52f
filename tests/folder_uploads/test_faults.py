"""Faults of every kind: each file is done or named, and the next run brings the rest. Fifty seeds: `long_run`."""

from pathlib import Path

import pytest

from tests.folder_uploads.faults import KINDS
from tests.folder_uploads.running import faulty, folder_of, quick, survive, upload
from tests.folder_uploads.service import Service, served

# What is refused for good is not tried again; a name without a listener or without TLS stays so for the whole run.
FINAL = ("400 refused", "redirect", "connection refused", "TLS to a port without", "API: 400", "API: half of the JSON")


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_done_or_named_when_requests_fail(tmp_path: Path, kind: str) -> None:
    done, failed = survive(tmp_path, kind, seed=1)
    assert done + failed == 21
    if kind not in FINAL and not kind.startswith("API"):
        assert failed <= 12  # two of ten signatures in a row, at most seven faults in a row: rare, not impossible


def test_kinds_of_faults_are_at_least_24() -> None:
    assert len(KINDS) >= 24


def test_refused_signature_is_tried_once_more_with_a_fresh_ticket(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "photos", 5, seed=1, large=0)
    service = Service()
    service.fault = faulty("403 expired", seed=1, chance=1.0)
    with served(service), quick():
        summary, outcomes = upload(service, folder, tmp_path / "journal.db")
    assert summary.failed == 5
    assert {each.code for each in outcomes} == {"TicketRefused"}
    assert set(service.tickets_by_key.values()) == {2}
