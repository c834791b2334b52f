"""EventBridge: PutEvents in batches within its limits."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypedDict

from foveal.aws import rest_json

MAX_ENTRIES: Final = 10
MAX_REQUEST_BYTES: Final = 256 * 1024


class Entry(TypedDict):
    """An entry of PutEvents; `Detail` is JSON text."""

    EventBusName: str
    Source: str
    DetailType: str
    Detail: str


class FailedEntry(NamedTuple):
    """An entry that EventBridge rejected, and its error code."""

    entry: Entry
    code: str


def put_events(entries: Sequence[Entry]) -> list[FailedEntry]:
    """Send events; return the rejected ones, to be sent again later. Raises AwsError.

    Batches before an error stay sent: receivers see events at least once.
    """
    failed = []
    for batch in _batches(entries):
        output = rest_json.call_target("events", "AWSEvents.PutEvents", {"Entries": batch})
        if output.get("FailedEntryCount"):
            results = zip(batch, output["Entries"], strict=True)
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
