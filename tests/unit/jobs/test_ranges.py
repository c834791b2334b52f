"""Finished ranges: merged as they come, and what they leave."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from foveal.jobs import ranges

RANGE = st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda each: (each[0], each[0] + each[1]))


@given(st.lists(RANGE, max_size=20), st.integers(0, 80), st.integers(1, 9))
def test_ranges_hold_exactly_the_units_that_were_finished(given_: list[ranges.Range], total: int, size: int) -> None:
    merged: list[ranges.Range] = []
    for first, end in given_:
        merged = ranges.with_range(merged, first, end)
    units = {unit for first, end in given_ for unit in range(first, end)}
    assert {unit for first, end in merged for unit in range(first, end)} == units
    assert ranges.count(merged) == len(units)
    assert all(a[1] < b[0] for a, b in pairwise(merged)), "ranges that touch are one"
    left = list(ranges.unfinished(merged, total, size))
    assert [unit for first, end in left for unit in range(first, end)] == sorted(set(range(total)) - units)
    assert all(0 < end - first <= size for first, end in left)
