"""What histograms and quantiles mean here, whatever they are of.

A histogram's buckets are half open, the last one closed. A quantile is the nearest rank: the value at position ⌈q·n⌉
of the sorted values (Hyndman and Fan 1996, definition 1).
"""

import math
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from foveal.catalog.values import Number

MAX_GROUPS: Final = 1000


def _ascending(boundaries: list[float]) -> list[float]:
    if any(low >= high for low, high in pairwise(boundaries)):
        raise ValueError("boundaries must ascend")
    return boundaries


GroupLimit = Annotated[int, Field(ge=1, le=MAX_GROUPS)]
Buckets = Annotated[int, Field(ge=1, le=200)]
Boundaries = Annotated[list[Number], Field(min_length=2, max_length=201), AfterValidator(_ascending)]
Shares = Annotated[list[Annotated[Number, Field(ge=0, le=1)]], Field(min_length=1, max_length=20)]


def edges(low: Any, high: Any, buckets: int) -> list[Any]:
    """Return the boundaries of equal buckets between the least and the greatest of some values."""
    if low == high:
        return [low, high]
    if isinstance(low, datetime):
        milliseconds = (high - low) // timedelta(milliseconds=1)
        starts = [low + timedelta(milliseconds=milliseconds * n // buckets) for n in range(buckets)]
    else:
        starts = [low + (high - low) * n / buckets for n in range(buckets)]
    return [*dict.fromkeys(starts), high]


def rank(share: float, count: int) -> int:
    """Return the position of a quantile in sorted values, counted from 0."""
    return max(math.ceil(share * count) - 1, 0)
