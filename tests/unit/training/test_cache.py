"""Disk cache: bounded, whole files, oldest use first."""

import os
from pathlib import Path

import pytest

from foveal.training.cache import DiskCache


def never() -> bytes:
    raise AssertionError("fetched although it is cached")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in files(folder))


def test_cache_fetches_once(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    assert cache.get("a", lambda: b"bytes") == b"bytes"
    assert DiskCache(tmp_path).get("a", never) == b"bytes"


def test_cache_stays_within_its_limit_and_a_64th(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 64_000)
    for number in range(300):
        cache.get(str(number), lambda: bytes(1_000))
        assert size(tmp_path) <= 64_000 + 1_000 + 1_000
    assert size(tmp_path) > 50_000


def test_cache_removes_what_was_not_used_for_the_longest_time(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 64_000)
    cache.get("used", lambda: bytes(1_000))
    for number in range(200):
        for path in files(tmp_path):
            os.utime(path, ns=(path.stat().st_mtime_ns - 10**9,) * 2)
        cache.get("used", never)
        cache.get(str(number), lambda: bytes(1_000))
    cache.get("used", never)


def test_cache_keeps_nothing_of_a_fetch_that_failed(tmp_path: Path) -> None:
    def fail() -> bytes:
        raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        DiskCache(tmp_path).get("a", fail)
    assert files(tmp_path) == []
    assert DiskCache(tmp_path).get("a", lambda: b"now") == b"now"


def test_cache_passes_through_what_would_fill_it(tmp_path: Path) -> None:
    assert DiskCache(tmp_path, 100).get("a", lambda: bytes(90)) == bytes(90)
    assert files(tmp_path) == []


def test_cache_in_a_folder_that_cannot_be_written_passes_bytes_through(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert DiskCache(tmp_path / "file" / "cache").get("a", lambda: b"bytes") == b"bytes"
