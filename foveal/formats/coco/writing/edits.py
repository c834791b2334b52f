"""Edits of the bytes of a file: records of a JSON list replaced, taken away, added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, BinaryIO, Final

COPY_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """The bytes that stand in place of those from `start` to `end`."""

    start: int
    end: int
    text: bytes


def edits_of_list(
    starts: Sequence[int],
    lengths: Sequence[int],
    changes: Mapping[int, bytes | None],
    added: Sequence[bytes],
    separator: bytes,
) -> list[Edit]:
    """Return the edits of a JSON list whose elements stand at `starts`, one at least.

    `changes` has the new text of elements by position, None for one that goes; `added` come behind the last.
    """
    last = len(starts) - 1
    end = starts[last] + lengths[last]
    edits = [
        Edit(starts[position], starts[position] + lengths[position], text)
        for position, text in changes.items()
        if text is not None
    ]
    gone = {position for position, text in changes.items() if text is None}
    leading = 0
    while leading in gone:
        leading += 1
    if leading > last:
        return [Edit(starts[0], end, separator.join(added))]
    if leading:
        edits.append(Edit(starts[0], starts[leading], b""))
    for position in gone:
        if position > leading:
            before = starts[position - 1] + lengths[position - 1]
            edits.append(Edit(before, starts[position] + lengths[position], b""))
    if added:
        edits.append(Edit(end, end, b"".join(separator + text for text in added)))
    return sorted(edits)


def copy_edited(given: BinaryIO, stream: IO[bytes], edits: Sequence[Edit]) -> None:
    """Copy a file with edits in the order of their places, none of which overlap."""
    given.seek(0)
    position = 0
    for edit in edits:
        _copy(given, stream, edit.start - position)
        stream.write(edit.text)
        given.seek(edit.end)
        position = edit.end
    _copy(given, stream, None)


def _copy(given: BinaryIO, stream: IO[bytes], count: int | None) -> None:
    while count is None or count > 0:
        block = given.read(COPY_BYTES if count is None else min(count, COPY_BYTES))
        if not block:
            return
        stream.write(block)
        count = None if count is None else count - len(block)
