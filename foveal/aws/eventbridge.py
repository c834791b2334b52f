"""EventBridge: PutEvents in batches that hold its limits."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypedDict

from foveal.aws import jsonapi

MAX_ENTRIES: Final = 10
MAX_REQUEST_BYTES: Final = 256 * 1024


class Entry(TypedDict):
    """One event, in PutEvents' own names; `Detail` is JSON text."""

    EventBusName: str
    Source: str
    DetailType: str
    Detail: str


class FailedEntry(NamedTuple):
    """An entry that EventBridge did not take, and its reason."""

    entry: Entry
    code: str


def put_events(entries: Sequence[Entry]) -> list[FailedEntry]:
    """Send events; return the ones that were not taken, to be sent again later. Raises AwsError.

    An error in the middle leaves earlier batches sent: receivers see events at least once.
    """
    failed = []
    for batch in _batches(entries):
        answer = jsonapi.call("events", "AWSEvents.PutEvents", {"Entries": batch})
        if answer.get("FailedEntryCount"):
            results = zip(batch, answer["Entries"], strict=True)
            failed += [FailedEntry(entry, result["ErrorCode"]) for entry, result in results if "ErrorCode" in result]
    return failed


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Yield at most 10 entries and 256 KiB together (EventBridge user guide, "Calculating PutEvents entry size")."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        weight = sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
        if batch and (len(batch) == MAX_ENTRIES or size + weight > MAX_REQUEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += weight
    if batch:
        yield batch
