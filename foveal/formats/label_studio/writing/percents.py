"""Percents of a side, as the shortest numbers that read back as the same share or the same pixels."""

import math
from collections.abc import Callable

Number = int | float
MAX_DIGITS = 16


def of_share(share: float) -> Number:
    """Return the percent whose hundredth is the share."""
    return _shortest(share * 100.0, lambda percent: percent / 100 == share)


def of_pixels(pixels: float, side: int) -> Number:
    """Return the percent of a side that gives the pixels again."""
    return _shortest(pixels * 100.0 / side, lambda percent: pixels in (percent / 100 * side, percent * side / 100))


def _shortest(percent: float, is_same: Callable[[float], bool]) -> Number:
    for digits in range(MAX_DIGITS):
        rounded = round(percent, digits)
        if is_same(rounded):
            return int(rounded) if rounded.is_integer() else rounded
    beside = (math.nextafter(percent, -math.inf), percent, math.nextafter(percent, math.inf))
    return next((each for each in beside if is_same(each)), percent)
