"""Order of an epoch: a true permutation, and a partition over ranks and workers."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.training.order import Consumer, Permutation


@given(count=st.integers(1, 700), seed=st.integers(0, 2**70), epoch=st.integers(0, 10**6))
def test_permutation_holds_each_value_once(count: int, seed: int, epoch: int) -> None:
    order = Permutation(count, seed, epoch)
    assert sorted(order[place] for place in range(count)) == [*range(count)]


def test_permutation_changes_with_seed_and_epoch() -> None:
    def first(seed: int, epoch: int) -> tuple[int, ...]:
        order = Permutation(10**9, seed, epoch)
        return tuple(order[place] for place in range(50))

    assert first(1, 2) == first(1, 2)
    assert len({first(seed, epoch) for seed in range(5) for epoch in range(5)}) == 25


def test_permutation_is_the_same_in_every_version() -> None:
    order = Permutation(1_000, 7, 3)
    assert [order[place] for place in range(8)] == [208, 933, 572, 550, 495, 220, 60, 802]


def test_permutation_puts_every_value_at_every_place_equally_often() -> None:
    # Chi-square of 10 values at each of 10 places, 4,000 epochs: with 9 degrees of freedom 35 is p = 6e-5.
    seen: list[Counter[int]] = [Counter() for _ in range(10)]
    for epoch in range(4_000):
        order = Permutation(10, 11, epoch)
        for place in range(10):
            seen[place][order[place]] += 1
    assert max(sum((counter[value] - 400) ** 2 / 400 for value in range(10)) for counter in seen) < 35


@pytest.mark.parametrize("place", [-1, 5])
def test_permutation_refuses_places_outside_of_it(place: int) -> None:
    with pytest.raises(IndexError):
        Permutation(5, 0, 0)[place]


@given(
    count=st.integers(0, 300),
    ranks=st.integers(1, 5),
    workers=st.integers(1, 4),
    batch_size=st.integers(1, 9),
    start=st.integers(0, 60),
)
def test_workers_of_all_ranks_read_each_place_once(
    count: int, ranks: int, workers: int, batch_size: int, start: int
) -> None:
    read = Counter(
        place
        for rank in range(ranks)
        for worker in range(workers)
        for place in Consumer(rank, ranks, worker, workers).places(count, start, batch_size)
    )
    assert read == Counter(range(start, count))


@given(workers=st.integers(1, 5), batch_size=st.integers(1, 7), count=st.integers(1, 100))
def test_batches_of_a_rank_do_not_depend_on_the_number_of_its_workers(
    workers: int, batch_size: int, count: int
) -> None:
    streams = [
        _batches([*Consumer(1, 2, worker, workers).places(count, 0, batch_size)], batch_size)
        for worker in range(workers)
    ]
    in_turn = [stream.pop(0) for _ in range(count) for stream in streams if stream]
    assert in_turn == _batches([*range(1, count, 2)], batch_size)


def _batches(places: list[int], size: int) -> list[list[int]]:
    return [places[start : start + size] for start in range(0, len(places), size)]
