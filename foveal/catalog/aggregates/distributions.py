"""Histograms and quantiles of sorted values, in memory or in an index.

A histogram's buckets are half open, the last one closed. A quantile is the nearest rank: the value at position ⌈q·n⌉
of the sorted values (Hyndman and Fan 1996, definition 1).
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Final, Protocol

from pydantic import AfterValidator, Field

from foveal.validation.values import Number

MAX_GROUPS: Final = 1000


def _ascending(boundaries: list[float]) -> list[float]:
    if any(low >= high for low, high in pairwise(boundaries)):
        raise ValueError("boundaries must ascend")
    return boundaries


GroupLimit = Annotated[int, Field(ge=1, le=MAX_GROUPS)]
Buckets = Annotated[int, Field(ge=1, le=200)]
Boundaries = Annotated[list[Number], Field(min_length=2, max_length=201), AfterValidator(_ascending)]
Shares = Annotated[list[Annotated[Number, Field(ge=0, le=1)]], Field(min_length=1, max_length=20)]


class Distribution(Protocol):
    """Sorted values."""

    def count(self) -> int:
        """Return the number of values."""
        ...

    def ends(self) -> tuple[Any, Any] | None:
        """Return the least and the greatest value; None without values."""
        ...

    def counts(self, boundaries: Sequence[Any]) -> list[int]:
        """Return the number of values in each bucket."""
        ...

    def at(self, positions: Sequence[int]) -> list[Any]:
        """Return the values at ascending positions, counted from 0."""
        ...


class SortedValues:
    """Sorted values in memory."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._values = sorted(values)

    def count(self) -> int:
        return len(self._values)

    def ends(self) -> tuple[Any, Any] | None:
        return (self._values[0], self._values[-1]) if self._values else None

    def counts(self, boundaries: Sequence[Any]) -> list[int]:
        starts = [bisect_left(self._values, boundary) for boundary in boundaries[:-1]]
        return [end - start for start, end in pairwise([*starts, bisect_right(self._values, boundaries[-1])])]

    def at(self, positions: Sequence[int]) -> list[Any]:
        return [self._values[position] for position in positions]


def histogram(of: Distribution, buckets: int, boundaries: Sequence[Any] | None) -> dict[str, Any]:
    """Return `{"boundaries", "counts"}`; without boundaries of equal buckets from the least to the greatest value."""
    if boundaries is None:
        ends = of.ends()
        boundaries = equal_boundaries(*ends, buckets) if ends else []
    return {"boundaries": list(boundaries), "counts": of.counts(boundaries) if boundaries else []}


def quantiles(of: Distribution, shares: Sequence[float]) -> dict[str, Any]:
    """Return `{"count", "values"}`, a value for each share; null without values."""
    count = of.count()
    positions = [max(math.ceil(share * count) - 1, 0) for share in shares]
    ascending = sorted(set(positions)) if count else []
    found = dict(zip(ascending, of.at(ascending), strict=True))
    return {"count": count, "values": [found.get(position) for position in positions]}


def equal_boundaries(low: Any, high: Any, buckets: int) -> list[Any]:
    """Return the boundaries of equal buckets between two values; fewer where so many cannot be told apart."""
    if low == high:
        return [low, high]
    starts: list[Any]
    if isinstance(low, datetime):
        milliseconds = (high - low) // timedelta(milliseconds=1)
        starts = [low + timedelta(milliseconds=milliseconds * n // buckets) for n in range(buckets)]
    else:  # as fractions: floats of any size neither overflow nor move away from what they lie between
        least, width = Fraction(low), Fraction(high) - Fraction(low)
        starts = [low, *(float(least + width * n / buckets) for n in range(1, buckets))]
    return [low, *(start for start in dict.fromkeys(starts) if low < start < high), high]
