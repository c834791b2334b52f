"""Dry runs of large folders. 1,000,000 files: `long_run`."""

import sys
from pathlib import Path

import pytest

from tests.folder_uploads.listing import dry_run, empty_files


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")
@pytest.mark.parametrize("folders", [1, 20])
def test_memory_does_not_grow_with_the_folder(tmp_path: Path, folders: int) -> None:
    small = dry_run(empty_files(tmp_path / "small", 12_000, folders=folders))
    large = dry_run(empty_files(tmp_path / "large", 40_000, folders=folders))
    assert (small.lines, large.lines) == (12_002, 40_002)
    assert large.peak_mib <= 150
    assert large.peak_mib - small.peak_mib <= 8
