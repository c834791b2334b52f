"""Overlap of reading and writing: threads work on items while the next is taken, or the last is dealt with.

The threads have the caller's context, so that `foveal.database.client.unhurried` holds in them too.
"""

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def overlapped(
    items: Iterator[Item], work: Callable[[Item], Result], at_once: int = 1
) -> Generator[tuple[Item, Result], None, None]:
    """Yield each item with the result of the work on it, in order; the work on some goes on while the next is taken.

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

    with ThreadPoolExecutor(at_once, "overlapped") as pool:
        before = deque[tuple[Item, Future[Result]]]()
        for item in taken():
            done = _ended(*before.popleft()) if len(before) == at_once else None
            before.append((item, pool.submit(copy_context().run, work, item)))
            if done:
                yield done
                done = None  # so that it is gone while the next is taken
        while before:
            yield _ended(*before.popleft())
    if failure is not None:
        raise failure


def _ended(item: Item, work: Future[Result]) -> tuple[Item, Result]:
    return item, work.result()


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """Yield items as they are; a thread takes the next one meanwhile. Close the generator where it is left early."""

    def take() -> list[Item]:
        return list(itertools.islice(items, 1))

    with ThreadPoolExecutor(1, "ahead") as pool:
        following = pool.submit(copy_context().run, take)
        while item := following.result():
            following = pool.submit(copy_context().run, take)
            yield item[0]
