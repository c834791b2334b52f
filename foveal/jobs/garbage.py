"""Cyclic garbage collection while a job runs: after many more new objects than Python's default of 700.

Jobs hold thousands of documents at a time, each of hundreds of lists, and make next to no cycles. The collector goes
through all of them again and again: decoding annotations with outlines takes a third of the time without it, an import
or the first version of a data set about half (`bench/`, docs/decisions/0144-garbage-collection-in-jobs.md).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

NEW_OBJECTS: Final = 100_000
"""Containers that are made, and not yet gone, before a collection begins: at most some 10 MB."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Collect garbage in cycles after `NEW_OBJECTS` new objects, and as before at the end."""
    before = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
