"""Segments: the changes of some seconds, numbered without a hole, each with the SHA-256 of the one before.

A segment is created by one conditional PUT of its number, so that of two runs at once only one gets on; its header has
the resume token with which the next one goes on. Number, changes and token are one object: nothing can be written
twice or left out between them. A transaction lies in one segment whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bson.timestamp import Timestamp

from foveal.journal import changes, layout
from foveal.journal.bucket import Bucket, create, keys, read
from foveal.journal.errors import Damaged
from foveal.journal.objects import Builder, Opened, opened

ADVICE: Final = "run `foveal journal restart`, which begins anew with a snapshot of the database."


@dataclass(frozen=True, slots=True)
class Head:
    """The newest segment. `broken` is the number of the last break, at or before it; `ended` is why nothing follows."""

    database: str
    sequence: int
    sha256: str
    token: Mapping[str, Any] | None
    start_at: Timestamp
    broken: int
    last_wall: datetime
    written_at: datetime
    ended: str | None

    @classmethod
    def of(cls, segment: Opened) -> "Head":
        header = segment.header
        names = ("database", "sequence", "token", "start_at", "broken", "last_wall", "written_at", "ended")
        values = {name: header[name] for name in names}
        return cls(sha256=segment.sha256, **values)


class Segment:
    """A segment in the making, after a head."""

    def __init__(self, head: Head) -> None:
        self.head, self._builder = head, Builder()
        self.first_wall: datetime | None = None
        self.read_since: datetime | None = None
        self.last_wall = head.last_wall
        self.last_time: Timestamp | None = None
        self.token: Mapping[str, Any] | None = head.token

    @property
    def entries(self) -> int:
        return self._builder.documents

    @property
    def raw_bytes(self) -> int:
        return self._builder.raw_bytes

    def add(self, event: Mapping[str, Any], now: datetime) -> None:
        """Add a change that was read now; the segment goes on after it."""
        self._builder.add(changes.entry(event))
        wall = changes.wall_time(event)
        self.first_wall, self.read_since = self.first_wall or wall, self.read_since or now
        self.last_wall, self.last_time, self.token = max(self.last_wall, wall), event["clusterTime"], event["_id"]

    def write(self, bucket: Bucket, now: datetime, ended: str | None = None) -> Head:
        """Create the object and return the new head. Raises Overtaken when another run has created it."""
        head = self.head
        key = layout.segment_key(head.sequence + 1)
        data = self._builder.sealed(
            {
                "kind": "segment",
                "database": head.database,
                "sequence": head.sequence + 1,
                "previous": head.sha256,
                "token": self.token,
                "start_at": head.start_at,
                "broken": head.broken,
                "break": None,
                "continues": True,
                "first_wall": self.first_wall or head.last_wall,
                "last_wall": self.last_wall,
                "written_at": now,
                "ended": ended,
            }
        )
        create(bucket, key, data)
        return Head.of(opened(key, data, ADVICE))


def write_break(
    bucket: Bucket,
    database: str,
    before: Head | None,
    reason: str,
    start_at: Timestamp,
    now: datetime,
    *,
    continues: bool = False,
) -> Head:
    """Create a segment without changes after which the journal begins anew with a snapshot; return the new head.

    Changes between `before` and `start_at` are in no segment; the snapshot has their outcome. With `continues` there
    are none: the database is what the segments before it make.
    """
    sequence = before.sequence + 1 if before else 0
    facts = {"sequence": sequence, "previous": before.sha256 if before else None, "token": None, "start_at": start_at}
    header = {
        "kind": "segment",
        "database": database,
        **facts,
        "broken": sequence,
        "break": reason,
        "continues": continues,
        "first_wall": now,
        "last_wall": now,
        "written_at": now,
        "ended": None,
    }
    key, data = layout.segment_key(sequence), Builder().sealed(header)
    create(bucket, key, data)
    return Head.of(opened(key, data, ADVICE))


def head(bucket: Bucket, near: int) -> Head | None:
    """Return the newest segment, looking from number `near` on; None when there is none there. Raises Damaged."""
    newest: bytes | None = None
    sequence = near
    while (found := read(bucket, layout.segment_key(sequence))) is not None:
        newest, sequence = found, sequence + 1
    if newest is None:
        return None
    return Head.of(opened(layout.segment_key(sequence - 1), newest, ADVICE))


def newest_sequence(bucket: Bucket) -> int | None:
    """Return the number of the newest segment by listing all; None when there is none."""
    numbers = [number for key in keys(bucket, layout.SEGMENTS) if (number := layout.sequence_of(key)) is not None]
    return max(numbers, default=None)


def require_head(bucket: Bucket, near: int) -> Head:
    """Return the newest segment. Raises Damaged when number `near`, which was written, is not there."""
    found = head(bucket, near)
    if found is None:
        raise Damaged(layout.segment_key(near), "is missing", ADVICE)
    return found
