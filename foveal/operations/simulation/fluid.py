"""Fluid model of a day: arrivals by hour with bursts, S3, EventBridge, SQS, functions, MongoDB; a step is a second.

Numbers flow instead of events, so that a day takes the same time for a thousand assets and for a billion. Each step:
arrivals → S3 (what is above its rate is tried again) → EventBridge (the rest is delayed) → queue → functions, whose
number rises as Lambda's pollers do while messages wait, and whose rate MongoDB limits. Arrivals and annotations share
MongoDB in proportion.
"""

import math
import random
from dataclasses import dataclass, field
from typing import Final

from foveal.operations.simulation import formulas
from foveal.operations.simulation.queue import FluidQueue
from foveal.operations.simulation.scenario import Scenario

SECONDS: Final = 86_400
MIN_NORMAL: Final = 20.0
"""Mean from which on a Poisson number is drawn as a normal one."""


@dataclass(slots=True)
class Series:
    """Mean and maximum of a number over the steps of a day."""

    total: float = 0.0
    steps: int = 0
    highest: float = 0.0

    def add(self, value: float) -> None:
        self.total += value
        self.steps += 1
        self.highest = max(self.highest, value)

    @property
    def mean(self) -> float:
        return self.total / self.steps if self.steps else 0.0


@dataclass(slots=True)
class Day:
    """Result of a day.

    Attributes:
        queue: What waited for a function; `delivery` waited for EventBridge, `uploads` for S3.
        functions: Functions at work at once.
        writes: Writes of MongoDB a second, annotations in inserts of an asset.
        load: Share of MongoDB's writes that was used.
    """

    arrivals: float = 0.0
    queue: FluidQueue = field(default_factory=FluidQueue)
    delivery: FluidQueue = field(default_factory=FluidQueue)
    uploads: FluidQueue = field(default_factory=FluidQueue)
    functions: Series = field(default_factory=Series)
    writes: Series = field(default_factory=Series)
    load: Series = field(default_factory=Series)
    annotations_left: float = 0.0

    @property
    def left(self) -> float:
        """Arrivals that are not in the catalog at the end of the day."""
        return self.queue.length + self.delivery.length + self.uploads.length


def day(s: Scenario, *, seed: int = 1, seconds: int = SECONDS) -> Day:
    """Return a day, or its first seconds, of the scenario; the noise of arrivals is seeded."""
    chance, found = random.Random(seed), Day()  # noqa: S311  no secret
    s3_limit, events_limit = s["s3_partitions"] * s["s3_writes_per_second"], s["events_per_second"]
    capacity = s["shards"] * formulas.inserts_per_shard(s)
    rate, rise = s["arrivals_per_function_second"], s["concurrency_per_minute"] / 60
    most = min(s["max_concurrency"], s["account_concurrency"])
    least = min(s["first_concurrency"], most)
    allowed, annotations = least, 0.0
    shares = [each / sum(s.hours) / 3600 for each in s.hours]
    for second in range(seconds):
        arrived = _with_noise(arrivals(s, second), s["noise"], chance)
        found.arrivals += arrived
        found.uploads.put(second, arrived)
        found.delivery.put(second, found.uploads.take(second, s3_limit))
        found.queue.put(second, found.delivery.take(second, events_limit))
        annotations += s["annotated_per_day"] * shares[second // 3600 % len(shares)] * s["annotate_cost"]
        ready = min(found.queue.length, allowed * rate)
        share = min(1.0, capacity / wanted) if (wanted := ready + annotations) else 1.0
        done = found.queue.take(second, ready * share)
        annotated = annotations * share
        annotations -= annotated
        found.functions.add(min(allowed, done / rate if found.queue.length == 0 else allowed))
        found.writes.add(done + annotated)
        found.load.add((done + annotated) / capacity)
        allowed = min(most, allowed + rise) if found.queue.length else max(least, allowed - rise)
    for each in (found.queue, found.delivery, found.uploads):
        each.close(seconds)
    found.annotations_left = annotations / s["annotate_cost"] if s["annotate_cost"] else 0.0
    return found


def arrivals(s: Scenario, second: int) -> float:
    """Return the mean arrivals of a second; bursts take their part of the hour's, so that the day's number stays."""
    hour = s.hours[second // 3600 % len(s.hours)] / sum(s.hours) / 3600
    length, factor = s["burst_seconds"], s["burst"]
    calm = 3600 / (3600 - length + length * factor) if 0 < length <= 3600 else 1.0
    factor = factor if second % 3600 < length else 1.0
    return s["arrivals_per_day"] * hour * calm * factor


def _with_noise(mean: float, noise: float, chance: random.Random) -> float:
    """Return a number of arrivals: Poisson's, or so much of its distance from the mean."""
    if not noise or not mean:
        return mean
    drawn = _poisson(mean, chance) if mean < MIN_NORMAL else max(0.0, chance.gauss(mean, math.sqrt(mean)))
    return mean + noise * (drawn - mean)


def _poisson(mean: float, chance: random.Random) -> int:
    """Return a Poisson number by multiplying uniform ones (Knuth); takes as many steps as it returns."""
    bound, product, count = math.exp(-mean), chance.random(), 0
    while product > bound:
        product *= chance.random()
        count += 1
    return count
