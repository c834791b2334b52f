"""Memory of the COCO reader, measured as `bench.coco_scan` does with more images."""

from pathlib import Path

import pytest

from bench import coco_scan

IMAGES = 2500


@pytest.mark.parametrize(("program", "limit_mb"), [("scan", 8), ("read", 16)])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, program: str, limit_mb: float) -> None:
    path = tmp_path / "coco.json"
    count = coco_scan.make(path, IMAGES)
    assert path.stat().st_size > 10_000_000
    assert coco_scan.measure(program, path, count)["mb"] <= limit_mb
