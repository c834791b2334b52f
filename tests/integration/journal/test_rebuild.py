"""A lost database comes back from its journal, document by document."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import OperationFailure

from foveal.database.client import Document, require_schema
from foveal.journal import layout, marker, segments
from foveal.journal.errors import CatalogLost, Damaged, JournalGap, NotEmpty, NothingJournalled
from foveal.journal.rebuild import _Work, rebuild, verify
from foveal.journal.recorder import Recorder
from tests.integration.journal.conftest import (
    Killed,
    MemoryBucket,
    Writer,
    contents,
    drop,
    let_anything_in,
    recorder,
    settle,
)


@pytest.mark.usefixtures("with_indexes")
def test_lost_database_comes_back_with_every_document(lost: Database[Document], bucket: MemoryBucket) -> None:
    Writer(lost, 1).write(200)  # before there was a journal
    settle(lost, bucket)
    Writer(lost, 2).write(300)
    settle(lost, bucket)
    before = contents(lost)
    assert all(before.values())
    drop(lost)
    expected = verify(bucket)
    done = rebuild(lost, bucket)
    assert contents(lost) == before
    assert (done.documents, done.changes) == (expected.documents, expected.changes)
    assert done.documents > 0
    assert done.changes > 0
    require_schema(lost)


def test_journal_is_exact_when_writers_and_runs_meet_and_runs_are_killed(
    lost: Database[Document], bucket: MemoryBucket
) -> None:
    """Four writers, two runs at a time, of which one after the other is killed before or after a write."""
    Writer(lost, 3).write(50)
    bucket.dies_at = {2, -4, 7, -9, 11, -14, 18, -23}
    writers = [threading.Thread(target=Writer(lost, seed).write, args=(150,)) for seed in range(10, 14)]
    for each in writers:
        each.start()
    kills = 0

    def run() -> None:
        nonlocal kills
        try:
            recorder(lost, bucket, max_segment_bytes=20_000).run(0.4)
        except Killed:
            kills += 1

    while any(each.is_alive() for each in writers) or kills < 4:
        runs = [threading.Thread(target=run) for _ in range(2)]
        for each in runs:
            each.start()
        for each in runs:
            each.join()
        if not any(each.is_alive() for each in writers):
            Writer(lost, 1_000 + bucket.writes).write(20)
    bucket.dies_at = set()
    settle(lost, bucket)
    before = contents(lost)
    drop(lost)
    rebuild(lost, bucket)
    assert contents(lost) == before


def test_instant_gives_the_documents_of_that_moment(lost: Database[Document], bucket: MemoryBucket) -> None:
    Writer(lost, 4).write(50)
    settle(lost, bucket)
    moments = []
    for seed in range(5, 7):
        Writer(lost, seed).write(40)
        time.sleep(0.01)  # wall times of the server are of milliseconds
        moments.append((datetime.now(UTC), contents(lost)))
        time.sleep(0.01)
    Writer(lost, 9).write(40)
    settle(lost, bucket)
    first = marker.load(lost)
    assert first
    assert moments[0][0] > first.snapshots[0].ended_at
    for at, expected in moments:
        drop(lost)
        rebuild(lost, bucket, at)
        assert contents(lost) == expected
    with pytest.raises(NothingJournalled, match="the earliest instant is 20"):
        verify(bucket, datetime(2020, 1, 1, tzinfo=UTC))


def test_tail_of_a_dropped_database_is_saved_before_the_rebuild(lost: Database[Document], bucket: MemoryBucket) -> None:
    settle(lost, bucket)
    Writer(lost, 20).write(60)  # no run follows
    before = contents(lost)
    drop(lost)
    rebuild(lost, bucket)
    assert contents(lost) == before


def test_nothing_is_recorded_of_a_database_that_took_the_place_of_a_lost_one(
    lost: Database[Document], bucket: MemoryBucket
) -> None:
    settle(lost, bucket)
    drop(lost)
    lost.views.insert_one({"_id": "new", "project": "zoo"})
    for _ in range(2):
        with pytest.raises(CatalogLost, match="foveal rebuild"):
            recorder(lost, bucket).run(1)
    written = dict(bucket.objects)
    with pytest.raises(CatalogLost):
        recorder(lost, bucket).run(1)
    assert bucket.objects == written
    with pytest.raises(NotEmpty, match="views"):
        rebuild(lost, bucket)


def test_rebuild_that_is_killed_goes_on(
    lost: Database[Document], bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foveal.journal.rebuild.MAX_BATCH", 7)
    Writer(lost, 30).write(25)
    settle(lost, bucket)
    Writer(lost, 31).write(25)
    settle(lost, bucket)
    before, steps = contents(lost), iter(range(1_000_000))
    drop(lost)

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object, **options: object) -> object:
            if next(steps) % 15 == 14:
                raise Killed
            return real(*arguments, **options)

        return step

    for name in ("_write", "_load_part", "_note"):
        monkeypatch.setattr(f"foveal.journal.rebuild._Work.{name}", dying(getattr(_Work, name)))
    kills = 0
    while True:
        try:
            rebuild(lost, bucket)
            break
        except Killed:
            kills += 1
    assert kills > 1
    assert contents(lost) == before


def test_journal_goes_on_after_a_rebuild_and_another_loss(lost: Database[Document], bucket: MemoryBucket) -> None:
    Writer(lost, 40).write(40)
    settle(lost, bucket)
    drop(lost)
    rebuild(lost, bucket)
    let_anything_in(lost)
    Writer(lost, 41).write(40)
    recorder(lost, bucket).run(0.3)  # begins anew; a snapshot may not be complete yet
    before = contents(lost)
    drop(lost)
    rebuild(lost, bucket)
    assert contents(lost) == before


def test_changes_that_the_server_no_longer_has_are_a_gap_that_is_told(
    lost: Database[Document], bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(lost, bucket)
    Writer(lost, 51).write(20)
    open_stream, rolled_over = Recorder._stream, [OperationFailure("the resume point is gone", 286)]

    def stream(found: Recorder, head: segments.Head) -> object:
        if rolled_over:
            raise rolled_over.pop()
        return open_stream(found, head)

    monkeypatch.setattr(Recorder, "_stream", stream)
    with monkeypatch.context() as before_the_snapshot:
        before_the_snapshot.setattr(Recorder, "_keep_snapshots", lambda *_: False)
        assert recorder(lost, bucket).run(0.3).gaps == 1
    with pytest.raises(JournalGap, match="--at"):
        verify(bucket)
    settle(lost, bucket)
    recorder(lost, bucket).run(2)  # the snapshot of before the gap does not count
    after = contents(lost)
    drop(lost)
    rebuild(lost, bucket)
    assert contents(lost) == after


@pytest.mark.parametrize("fault", ["missing", "changed", "replaced"])
def test_object_that_is_damaged_is_named_with_what_to_do(
    lost: Database[Document], bucket: MemoryBucket, fault: str
) -> None:
    Writer(lost, 59).write(20)
    settle(lost, bucket)
    for seed in range(60, 64):
        Writer(lost, seed).write(10)
        settle(lost, bucket)  # a segment each at least, however busy the machine is
    keys = sorted(key for key in bucket.objects if key.startswith(layout.SEGMENTS))
    key, other = keys[-2], keys[-3]  # the one before is of later than the end of the snapshot, a whole second
    if fault == "missing":
        del bucket.objects[key]
    elif fault == "changed":
        bucket.objects[key] = bucket.objects[key][:-3] + b"abc"
    else:
        bucket.objects[key] = bucket.objects[other]
    with pytest.raises(Damaged, match=r"foveal rebuild --at 20\d\d-") as told:
        verify(bucket)
    assert told.value.key == key
    at = datetime.fromisoformat(str(told.value).rpartition("--at ")[2].rstrip("`."))
    assert verify(bucket, at).changes > 0


def test_damaged_part_of_a_snapshot_is_named(lost: Database[Document], bucket: MemoryBucket) -> None:
    Writer(lost, 70).write(30)
    settle(lost, bucket)
    key = next(key for key in sorted(bucket.objects) if key.startswith(layout.SNAPSHOTS))
    bucket.objects[key] = b"x" + bucket.objects[key]
    with pytest.raises(Damaged, match="is damaged") as told:
        verify(bucket)
    assert told.value.key == key


def test_old_objects_are_removed_when_no_instant_of_the_retention_needs_them(
    lost: Database[Document], bucket: MemoryBucket
) -> None:
    now = datetime.now(UTC)
    for day in range(0, 24, 8):
        Writer(lost, 80 + day).write(10)
        for _ in range(3):
            recorder(lost, bucket, now=lambda day=day: now + timedelta(days=day), retention=timedelta(days=10)).run(0.3)
    found = marker.load(lost)
    assert found
    assert found.removed > 0
    numbers = [layout.sequence_of(key) for key in bucket.objects if key.startswith(layout.SEGMENTS)]
    assert min(number for number in numbers if number is not None) == found.removed
    before = contents(lost)
    drop(lost)
    rebuild(lost, bucket)
    assert contents(lost) == before


def test_backlog_is_written_in_large_segments_however_old_its_changes_are(
    lost: Database[Document], bucket: MemoryBucket
) -> None:
    """A segment for each change would be a request for each, which no run catches up with."""
    settle(lost, bucket)
    before = sum(key.startswith(layout.SEGMENTS) for key in bucket.objects)
    lost.assets.insert_many([{"_id": f"{number:03}", "project": "zoo"} for number in range(300)])
    an_hour_later = datetime.now(UTC) + timedelta(hours=1)
    report = recorder(lost, bucket, now=lambda: an_hour_later, flush_seconds=10).run(0.5)
    assert (report.changes, report.lag_seconds > 3_000) == (300, True)
    assert sum(key.startswith(layout.SEGMENTS) for key in bucket.objects) - before <= 3


def test_small_segments_are_applied_together(
    lost: Database[Document], bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(lost, bucket)
    lost.assets.insert_many([{"_id": f"{number:03}", "project": "zoo"} for number in range(40)])
    settle(lost, bucket, max_segment_bytes=1)
    before, writes = contents(lost), list[int]()
    write = _Work._write

    def counted(work: _Work, batch: list[Mapping[str, Any]], *place: Any, **options: Any) -> None:
        writes.append(len(batch))
        write(work, batch, *place, **options)

    monkeypatch.setattr(_Work, "_write", counted)
    drop(lost)
    outcome = rebuild(lost, bucket)
    assert (outcome.segments > 40, writes) == (True, [40])
    assert contents(lost) == before
