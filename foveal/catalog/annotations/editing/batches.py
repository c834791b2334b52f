"""Operations cut into transactions, of which two are under way: while MongoDB stores one, the next is worked out.

Two at a time never touch the same asset, so that neither makes the other start again, and what an operation sees is
the same as one after the other.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from foveal.catalog.annotations.operations import Create, Operation
from foveal.errors import Problem

Item = Operation | Problem
Result = TypeVar("Result")

OPERATIONS_IN_TRANSACTION: Final = 1_000
BYTES_IN_TRANSACTION: Final = 8_000_000
"""So much is read and written at a time; a server keeps what a transaction writes in its cache until the end."""
UNDER_WAY: Final = 2


def cut(operations: Iterable[Item], size: int = OPERATIONS_IN_TRANSACTION) -> Iterator[list[Item]]:
    """Yield the operations in parts of `size`, or up to twice as many where they go on with the same asset."""
    part: list[Item] = []
    for operation in operations:
        if len(part) >= size and (len(part) == 2 * size or _asset(operation) != _asset(part[-1])):
            yield part
            part = []
        part.append(operation)
    if part:
        yield part


def by_size(part: Sequence[Item], sizes: Sequence[int], size: int) -> Iterator[list[Item]]:
    """Yield the operations of a part in parts of at most so many bytes, or of one operation."""
    taken, total = list[Item](), 0
    for operation, own_size in zip(part, sizes, strict=True):
        if taken and total + own_size > size:
            yield taken
            taken, total = [], 0
        taken.append(operation)
        total += own_size
    if taken:
        yield taken


def overlapped(
    parts: Iterable[Sequence[Item]], carry_out: Callable[[Sequence[Item]], Sequence[Result]]
) -> Iterator[Result]:
    """Carry out parts, two at a time where they have nothing in common; yield their results in order.

    A part that is alone is carried out by the caller's thread. Raises what `carry_out` raises, after the other part
    has ended as well.
    """
    parts = iter(parts)
    first = list(itertools.islice(parts, 2))
    if len(first) < 2:
        for part in first:
            yield from carry_out(part)
        return
    with ThreadPoolExecutor(UNDER_WAY, "transaction") as pool:
        under_way: deque[tuple[frozenset[str] | None, Future[Sequence[Result]]]] = deque()
        for part in itertools.chain(first, parts):
            touched = _touched(part)
            while under_way and (len(under_way) == UNDER_WAY or not _are_apart(touched, under_way[0][0])):
                yield from under_way.popleft()[1].result()
            under_way.append((touched, pool.submit(carry_out, part)))
        for _, result in under_way:
            yield from result.result()


def _asset(operation: Item) -> str | None:
    return operation.asset_id if isinstance(operation, Create) else None


def _touched(part: Sequence[Item]) -> frozenset[str] | None:
    """Return the assets and annotations that a part touches; None where that is not known before they are read."""
    names: set[str] = set()
    for operation in part:
        if isinstance(operation, Create):
            names.add(operation.asset_id)
            if operation.annotation_id is not None:
                names.add(operation.annotation_id)
        elif not isinstance(operation, Problem):
            return None
    return frozenset(names)


def _are_apart(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return one is not None and other is not None and one.isdisjoint(other)
