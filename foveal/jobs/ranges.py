"""Finished ranges of a job: disjoint half-open ranges `[first, end)` of units, in order."""

from collections.abc import Iterator, Sequence

Range = tuple[int, int]


def with_range(ranges: Sequence[Sequence[int]], first: int, end: int) -> list[Range]:
    """Return the ranges with `[first, end)` taken in; what touches becomes one range. Raises ValueError if empty."""
    if not 0 <= first < end:
        raise ValueError(f"a range has to be [first, end) with 0 <= first < end, not [{first}, {end})")
    before = [(a, b) for a, b in ranges if b < first]
    after = [(a, b) for a, b in ranges if a > end]
    touched = [(a, b) for a, b in ranges if b >= first and a <= end]
    merged = (min([first, *(a for a, _ in touched)]), max([end, *(b for _, b in touched)]))
    return [*before, merged, *after]


def unfinished(ranges: Sequence[Sequence[int]], total: int, size: int) -> Iterator[Range]:
    """Yield what is left of `[0, total)`, in order, in ranges of at most `size` units."""
    start = 0
    for first, end in [*((a, b) for a, b in ranges), (total, total)]:
        while start < min(first, total):
            stop = min(start + size, first, total)
            yield start, stop
            start = stop
        start = max(start, end)


def count(ranges: Sequence[Sequence[int]]) -> int:
    """Return how many units are finished."""
    return sum(end - first for first, end in ranges)
