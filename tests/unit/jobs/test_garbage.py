import gc

import pytest

from foveal.jobs.garbage import NEW_OBJECTS, collecting_rarely


def test_garbage_is_collected_rarely_within_the_block_and_as_before_after_it() -> None:
    before = gc.get_threshold()
    with collecting_rarely():
        assert gc.get_threshold() == (NEW_OBJECTS, *before[1:])
    assert gc.get_threshold() == before


def test_garbage_is_collected_as_before_when_the_block_fails() -> None:
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), collecting_rarely():
        raise ZeroDivisionError
    assert gc.get_threshold() == before


def test_garbage_in_cycles_is_collected_within_the_block() -> None:
    gc.collect()
    with collecting_rarely():
        for _ in range(3 * NEW_OBJECTS):
            cycle: list[object] = []
            cycle.append(cycle)
        assert len(gc.get_objects(generation=0)) <= NEW_OBJECTS + 100
