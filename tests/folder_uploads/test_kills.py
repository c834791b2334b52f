"""Uploads that are killed. 2,000 files, 3 of 200 MB and 20 moments: `long_run`."""

from pathlib import Path

from tests.folder_uploads.killing import survive_kills
from tests.folder_uploads.running import PART_BYTES, folder_of

CONNECTIONS, MOST_BYTES = 6, 20_000


def test_every_file_is_one_asset_and_little_is_sent_again_when_runs_are_killed(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "photos", 300, seed=2, most_bytes=MOST_BYTES, large=3)
    found = survive_kills(
        root, tmp_path / "state", kills=4, longest_seconds=0.3, seed=2, connections=CONNECTIONS, part_bytes=PART_BYTES
    )
    in_flight = found.kills * CONNECTIONS * MOST_BYTES
    assert found.kills >= 2
    assert found.stored_again_bytes <= 0.02 * found.total_bytes
    assert 0 <= found.broken_bytes <= in_flight
