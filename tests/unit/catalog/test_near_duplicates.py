"""Near-duplicates: bands find exactly the pairs that a comparison of all with all finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.catalog import near_duplicates
from foveal.catalog.near_duplicates import pairs_within
from foveal.catalog.vectors.limits import MAX_DISTANCE
from foveal.errors import QueryTooExpensive


def compared(hashes: list[int], distance: int) -> list[tuple[int, int, int]]:
    """Return all pairs by comparing each with each."""
    apart = (
        ((one ^ other).bit_count(), at, at + 1 + beyond)
        for at, one in enumerate(hashes)
        for beyond, other in enumerate(hashes[at + 1 :])
    )
    return sorted(each for each in apart if each[0] <= distance)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 120), distance=st.integers(0, MAX_DISTANCE), data=st.data())
def test_bands_find_exactly_the_pairs_within_a_distance(
    seed: int, count: int, distance: int, data: st.DataObject
) -> None:
    chance = np.random.default_rng(seed)
    hashes = [int(each) for each in chance.integers(0, 2**64, count, dtype=np.uint64)]
    for _ in range(count):
        one, other = chance.integers(0, count, 2)
        flipped = chance.choice(64, int(chance.integers(0, 2 * MAX_DISTANCE)), replace=False)
        hashes[other] = hashes[one] ^ sum(1 << int(bit) for bit in flipped)
    expected = compared(hashes, distance)
    limit = data.draw(st.sampled_from([1, 7, 10_000]))
    found = pairs_within(np.array(hashes, dtype=np.uint64), distance, limit)
    assert [tuple(row) for row in found.tolist()] == expected[:limit]


def test_many_equal_hashes_are_cut_to_the_nearest_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "_KEPT", 1_000)
    hashes = [5] * 400 + [4, 7]
    found = pairs_within(np.array(hashes, dtype=np.uint64), 4, 500)
    assert [tuple(row) for row in found.tolist()] == compared(hashes, 4)[:500]


def test_comparison_that_takes_too_long_says_what_to_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "MAX_COMPARING_SECONDS", -1.0)
    with pytest.raises(QueryTooExpensive, match="max_distance"):
        pairs_within(np.zeros(3, dtype=np.uint64), 4, 10)
