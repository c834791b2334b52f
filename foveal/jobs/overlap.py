"""Overlap of reading and writing: a thread works on one item while the next is taken, or the last is dealt with."""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

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
            before = item, pool.submit(work, item)
            if done:
                yield done
        if before:
            yield before[0], before[1].result()
    if failure is not None:
        raise failure


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """Yield items as they are; a thread takes the next one meanwhile. Close the generator where it is left early."""
    with ThreadPoolExecutor(1, "ahead") as pool:
        following = pool.submit(next, items, _END)
        while (item := following.result()) is not _END:
            following = pool.submit(next, items, _END)
            yield item  # type: ignore[misc]  # mypy does not tell the end from the items


_END: Final = object()
