"""A bounded run of mutants through renders; the long one is `python -m tests.fuzz.renders`."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from foveal.render.isolation.client import Drawings
from tests.fuzz.mutation import mutate
from tests.fuzz.renders import examine, facts_of, guessed, seeds_of


@pytest.fixture(scope="module")
def drawings() -> Iterator[Drawings]:
    started = Drawings()
    yield started
    started.close()


@pytest.mark.parametrize("is_probed", [True, False], ids=["what is ready", "anything"])
def test_outcome_is_a_file_or_a_typed_reason_when_a_valid_file_is_mutated(drawings: Drawings, is_probed: bool) -> None:
    seeds, random = seeds_of([]), Random(is_probed)
    drawn: list[str] = []
    for _ in range(150):
        data = mutate(random.choice(seeds), seeds, random)
        facts = facts_of(data) or (None if is_probed else guessed(data))
        if facts is not None:
            outcomes, finding = examine(drawings, data, facts)
            assert finding is None
            drawn += outcomes
    assert {"file", "refused"} <= set(drawn)
