"""Batches of items for calls that take many: as many as a call may have, and no more bytes than a request may have."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

MAX_REQUEST_BYTES: Final = 4 * 1024 * 1024
"""Lambda takes 6 MB of a request's event ("Lambda quotas"), in which the body is text within JSON."""


def batches(items: Iterable[Mapping[str, Any]], max_items: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the items in lists, in order; an item that is larger than a request may be stands alone."""
    batch: list[dict[str, Any]] = []
    size = 0
    for item in items:
        length = len(json.dumps(item))
        if batch and (len(batch) == max_items or size + length > MAX_REQUEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(dict(item))
        size += length
    if batch:
        yield batch
