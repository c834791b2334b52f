"""Overlap of reading and writing: a thread works on one item while the next is taken, or the last is dealt with.

The thread has the caller's context, so that `foveal.database.client.unhurried` holds in it too.
"""

import itertools
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def overlapped(items: Iterator[Item], work: Callable[[Item], Result]) -> Generator[tuple[Item, Result], None, None]:
    """Yield each item with the result of the work on it, in order; the work on one goes on while the next is taken.

    Raises what the work raises; an error of the iterator comes behind all items before it. Close the generator where it
    is left early: that waits for the work that is under way.
    """
    failure: Exception | None = None

    def taken() -> Iterator[Item]:
        nonlocal failure
        try:
            yield from items
        except Exception as error:
            failure = error

    with ThreadPoolExecutor(1, "overlapped") as pool:
        before: tuple[Item, Future[Result]] | None = None
        for item in taken():
            done = (before[0], before[1].result()) if before else None
            before = item, pool.submit(copy_context().run, work, item)
            if done:
                yield done
        if before:
            yield before[0], before[1].result()
    if failure is not None:
        raise failure


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """Yield items as they are; a thread takes the next one meanwhile. Close the generator where it is left early."""

    def take() -> list[Item]:
        return list(itertools.islice(items, 1))

    with ThreadPoolExecutor(1, "ahead") as pool:
        following = pool.submit(copy_context().run, take)
        while item := following.result():
            following = pool.submit(copy_context().run, take)
            yield item[0]
