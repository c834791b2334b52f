"""Event model of queue and functions in SimPy, one event after the other: the oracle of the fluid model."""

import random
from collections.abc import Generator
from typing import Any

import simpy

from foveal.operations.simulation import fluid
from foveal.operations.simulation.scenario import Scenario


def waits(s: Scenario, *, seed: int, seconds: int) -> list[float]:
    """Return the seconds that each message waited for a function, in ascending order.

    Arrivals are a Poisson process with the scenario's rate of each second. A function takes one message after the
    other, each for 1/f seconds; there are as many of them as Lambda's pollers allow, which rise while messages wait.
    """
    chance, environment = random.Random(seed), simpy.Environment()
    queue, found = simpy.Store(environment), list[float]()

    def source() -> Generator[Any, Any, None]:
        for second in range(seconds):
            rate, at = fluid.arrivals(s, second), float(second)
            while (at := at + chance.expovariate(rate)) < second + 1:
                yield environment.timeout(at - environment.now)
                queue.put(environment.now)

    def function() -> Generator[Any, Any, None]:
        while True:
            arrived = yield queue.get()
            found.append(environment.now - arrived)
            yield environment.timeout(1 / s["arrivals_per_function_second"])

    def pollers() -> Generator[Any, Any, None]:
        running = int(s["first_concurrency"])
        for _ in range(running):
            environment.process(function())
        while running < s["max_concurrency"]:
            yield environment.timeout(60 / s["concurrency_per_minute"])
            if queue.items:
                environment.process(function())
                running += 1

    environment.process(source())
    environment.process(pollers())
    environment.run(until=seconds)
    return sorted([*found, *(environment.now - arrived for arrived in queue.items)])
