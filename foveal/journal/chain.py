"""Reading of the journal: which objects an instant needs, each verified by its own checksum and by the one after it."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from foveal.journal import layout
from foveal.journal.bucket import Bucket, keys, read
from foveal.journal.errors import Damaged, JournalGap, NothingJournalled
from foveal.journal.marker import Finished
from foveal.journal.objects import Opened, opened

_AHEAD: Final = 4
"""Objects that are read before they are needed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Objects of a rebuild: a snapshot and the segments after it, `start` to `newest`; `at` is None for all of them.

    `snapshots` are the complete ones of the bucket, oldest first, and `oldest` is its first segment.
    """

    at: datetime | None
    start: int
    newest: int
    manifest: dict[str, Any]
    snapshots: tuple[Finished, ...]
    oldest: int


def plan(bucket: Bucket, at: datetime | None = None) -> Plan:
    """Return what a rebuild needs. Raises NothingJournalled, with the earliest instant, and Damaged."""
    numbers = [n for key in keys(bucket, layout.SEGMENTS) if (n := layout.sequence_of(key)) is not None]
    starts = [n for key in keys(bucket, layout.SNAPSHOTS) if (n := layout.start_of(key)) is not None]
    headers = [_manifest(bucket, start) for start in starts]
    usable = [header for header in headers if at is None or header["ended_at"] <= at]
    if not usable:
        first = min((header["ended_at"] for header in headers), default=None)
        known = f"; the earliest instant is {_text(first)}" if first else ": the bucket has no complete snapshot"
        raise NothingJournalled(f"The journal cannot give {_text(at) if at else 'the catalog'} back{known}.")
    chosen = max(usable, key=lambda header: header["start"])
    finished = tuple(Finished(each["start"], each["parts"], each["ended_at"]) for each in headers)
    newest = max(numbers, default=chosen["start"] - 1)
    return Plan(at, chosen["start"], newest, chosen, finished, min(numbers, default=chosen["start"]))


def parts(bucket: Bucket, found: Plan) -> Iterator[Opened]:
    """Yield the parts of the snapshot. Raises Damaged."""
    advice = _earlier_snapshot(found)
    previous = None
    wanted = [layout.part_key(found.start, part) for part in range(found.manifest["parts"])]
    for part in _read(bucket, wanted, advice):
        if part.header["previous"] != previous:
            raise Damaged(part.key, "does not follow the part before it", advice)
        previous = part.sha256
        yield part
    if previous != found.manifest["previous"]:
        raise Damaged(layout.manifest_key(found.start), "names other parts than there are", advice)


def segments(bucket: Bucket, found: Plan) -> Iterator[Opened]:
    """Yield the segments after the snapshot, up to the instant. Raises Damaged, and JournalGap at a break."""
    previous: Opened | None = None
    wanted = (layout.segment_key(sequence) for sequence in range(found.start, found.newest + 1))
    reading = _read(bucket, wanted, "")
    while True:
        try:
            segment = next(reading, None)
            if segment is None or (found.at and segment.header["first_wall"] > found.at):
                return
            _require_in_place(segment, previous)
        except Damaged as error:
            if found.at and previous and previous.header["last_wall"] >= found.at:
                return  # the instant is before what is damaged
            raise Damaged(error.key, error.fault, _before(found, previous)) from None
        if segment.header["break"] and not segment.header["continues"]:
            last = _last(found, previous)
            raise JournalGap(
                f"{segment.key} begins anew ({segment.header['break']}), and no complete snapshot follows it: "
                f"changes after {_text(last)} cannot be told. {_rebuild_at(last)}"
            )
        previous = segment
        yield segment


def _require_in_place(segment: Opened, previous: Opened | None) -> None:
    """Raise Damaged for a segment that is another than its key says, or does not follow the one before."""
    if layout.segment_key(segment.header["sequence"]) != segment.key:
        raise Damaged(segment.key, "holds another segment", "")
    if previous and segment.header["previous"] != previous.sha256:
        raise Damaged(previous.key, f"is not the one that {segment.key} follows", "")


def _read(bucket: Bucket, wanted: Iterable[str], advice: str) -> Iterator[Opened]:
    """Yield objects in order, reading some ahead. Raises Damaged for one that is missing or damaged."""

    def fetched(key: str) -> Opened:
        data = read(bucket, key)
        if data is None:
            raise Damaged(key, "is missing", advice)
        return opened(key, data, advice)

    waiting: deque[Future[Opened]] = deque()
    with ThreadPoolExecutor(_AHEAD) as readers:
        try:
            for key in wanted:
                waiting.append(readers.submit(fetched, key))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()


def _manifest(bucket: Bucket, start: int) -> dict[str, Any]:
    key = layout.manifest_key(start)
    return opened(key, read(bucket, key) or b"", "delete it, so that the snapshot before it is taken.").header


def _earlier_snapshot(found: Plan) -> str:
    earlier = [each.start for each in found.snapshots if each.start < found.start]
    if not earlier:
        return "begin with what another copy of the bucket has: there is no earlier snapshot."
    return f"delete {layout.manifest_key(found.start)}, so that the snapshot before it is taken."


def _last(found: Plan, previous: Opened | None) -> datetime:
    ended_at: datetime = found.manifest["ended_at"]
    return max(ended_at, previous.header["last_wall"]) if previous else ended_at


def _before(found: Plan, previous: Opened | None) -> str:
    """Return the advice to rebuild the last instant before a damaged segment, which a snapshot has to precede."""
    last = previous.header["last_wall"] if previous else None
    if last is None or not any(each.ended_at <= last for each in found.snapshots):
        last = max((each.ended_at for each in found.snapshots if each.start < found.start), default=None)
    if last is None:
        return "begin with what another copy of the bucket has: no instant before it can be given back."
    return _rebuild_at(last)


def _rebuild_at(instant: datetime) -> str:
    return f"rebuild what was before it: `foveal rebuild --at {_text(instant)}`."


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"
