"""Fluid model: against SimPy, against hand-computed queues, and conservation of what arrives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.operations.simulation import fluid, scenario
from foveal.operations.simulation.queue import FluidQueue
from foveal.operations.simulation.scenario import Scenario
from tests.unit.operations.simulation import event_model

HOUR = 3600
RELATIVE, SECONDS = 0.08, 4.0
"""Tolerance of waits: 8 percent or 4 seconds, for the noise of arrivals differs; docs/scale.md has five seeds."""
PLENTY = {"shards": 1, "cache_gb": 1e6, "cores": 64, "annotated_per_day": 0, "hot_annotations": 0}


def flat(**values: float) -> Scenario:
    """Return a scenario with the same arrivals in each hour, in which nothing limits but what is given."""
    chosen = scenario.default().replaced({**PLENTY, **values}, "test")
    return Scenario(chosen.values, (1.0,) * 24, chosen.sources)


QUEUES = {
    "concurrency": flat(
        arrivals_per_day=2.4e6, burst=5, burst_seconds=900, arrivals_per_function_second=2, max_concurrency=25
    ),
    "ramp": flat(
        arrivals_per_day=2.4e6,
        burst=5,
        burst_seconds=300,
        arrivals_per_function_second=4,
        max_concurrency=30,
        concurrency_per_minute=3,
    ),
}


@pytest.mark.parametrize(("name", "seed"), [("concurrency", 1), ("concurrency", 2), ("ramp", 3)])
def test_queue_age_of_100_000_arrivals_is_that_of_the_event_model(name: str, seed: int) -> None:
    waits = event_model.waits(QUEUES[name], seed=seed, seconds=HOUR)
    assert len(waits) == pytest.approx(1e5, rel=0.02)
    queue = fluid.day(QUEUES[name], seed=seed, seconds=HOUR).queue
    for share in (0.5, 0.9, 0.99):
        expected = waits[int(share * len(waits))]
        assert queue.wait(share) == pytest.approx(expected, rel=RELATIVE, abs=SECONDS), share
    assert queue.longest_wait == pytest.approx(waits[-1], rel=RELATIVE, abs=SECONDS)


def test_queue_of_a_burst_is_the_hand_computed_one() -> None:
    """7,200 an hour: 1.6 come each second, 16 for the first 100 seconds, of which five functions take 5."""
    s = flat(
        arrivals_per_day=7200 * 24,
        burst=10,
        burst_seconds=100,
        noise=0,
        first_concurrency=5,
        max_concurrency=5,
        arrivals_per_function_second=1,
    )
    rate = 2 * 3600 / (3600 - 100 + 1000)  # calm; ten times that in the burst
    found = fluid.day(s, seconds=HOUR)
    assert found.arrivals == pytest.approx(7200)
    assert found.queue.longest == pytest.approx(100 * (10 * rate - 5) + 5, rel=0.01)
    assert found.queue.longest_wait == pytest.approx(100 * (10 * rate - 5) / 5, abs=2)
    assert found.functions.highest == 5
    assert found.left == 0


def test_arrivals_above_the_rates_of_s3_and_of_eventbridge_wait_there() -> None:
    s = flat(arrivals_per_day=86_400 * 100, burst=1, noise=0, s3_writes_per_second=80, events_per_second=50)
    found = fluid.day(s, seconds=100)
    assert found.uploads.length == pytest.approx(20 * 100)
    assert found.delivery.length == pytest.approx(30 * 100)
    assert found.queue.longest_wait == 0


def test_mongodb_that_is_too_slow_is_full_and_leaves_the_rest() -> None:
    s = flat(arrivals_per_day=86_400 * 100, burst=1, noise=0, insert_cpu_us=64e6 / 40)  # 64 cores: 40 a second
    found = fluid.day(s, seconds=1_000)
    assert found.load.highest == pytest.approx(1)
    assert found.left == pytest.approx(60 * 1_000, rel=0.01)


def test_annotations_and_arrivals_share_what_mongodb_takes() -> None:
    s = flat(arrivals_per_day=86_400 * 30, annotated_per_day=86_400 * 10, burst=1, noise=0, insert_cpu_us=64e6 / 40)
    found = fluid.day(s, seconds=1_000)  # 30 + 10 × 3 a second are wanted, 40 are taken
    assert found.writes.mean == pytest.approx(40, rel=0.02)
    assert found.left + 3 * found.annotations_left == pytest.approx(20 * 1_000, rel=0.05)


def test_fluid_queue_knows_the_wait_of_each_part() -> None:
    queue = FluidQueue()
    queue.put(0, 10)
    queue.put(1, 10)
    assert queue.take(2, 15) == 15
    assert queue.take(4, 100) == 5
    assert [queue.wait(share) for share in (0.1, 0.5, 0.75, 1.0)] == [1, 2, 2, 3]
    assert (queue.length, queue.longest, queue.longest_wait) == (0, 20, 3)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0, 1e8),
    st.floats(1, 20),
    st.floats(0, 3600),
    st.floats(1, 1e4),
    st.floats(1, 500),
    st.floats(0, 1e7),
    st.integers(1, 1000),
)
def test_what_arrives_is_taken_or_waits(
    arrivals: float, burst: float, length: float, events: float, most: float, annotated: float, seed: int
) -> None:
    s = flat(
        arrivals_per_day=arrivals,
        burst=burst,
        burst_seconds=length,
        events_per_second=events,
        max_concurrency=most,
        annotated_per_day=annotated,
        annotate_cost=0,
    )
    found = fluid.day(s, seed=seed, seconds=400)
    written = found.writes.total
    assert written + found.left == pytest.approx(found.arrivals, rel=1e-6, abs=1e-6)
    assert found.load.highest <= 1 + 1e-9
    assert found.functions.highest <= most + 1e-9


def test_same_seed_gives_the_same_day_and_another_one_a_day_of_the_same_size() -> None:
    s = flat(arrivals_per_day=86_400)
    one, same, other = (fluid.day(s, seed=seed, seconds=HOUR) for seed in (1, 1, 2))
    assert one.arrivals == same.arrivals != other.arrivals
    calm = HOUR  # one a second: Poisson's deviation is 60
    assert abs(one.arrivals - calm) < 6 * 60
    assert abs(other.arrivals - calm) < 6 * 60
