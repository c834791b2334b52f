"""Overlap of reading and writing: order, what goes on at the same time, errors of both sides."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from contextvars import ContextVar
from weakref import ref

import pytest

from foveal.jobs.overlap import ahead, overlapped


def test_overlapped_yields_the_results_in_the_order_of_the_items() -> None:
    assert list(overlapped(iter(range(5)), lambda item: item * 10)) == [(item, item * 10) for item in range(5)]
    assert list(overlapped(iter(()), str)) == []


def test_next_item_is_taken_while_work_on_the_one_before_goes_on() -> None:
    second_is_taken = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second_is_taken.set()
        yield 2

    assert list(overlapped(items(), lambda item: (item, second_is_taken.wait(10)))) == [(1, (1, True)), (2, (2, True))]


def test_item_whose_result_is_dealt_with_is_gone_when_the_next_is_taken() -> None:
    class Item:
        """Item that a weak reference can name."""

    made: list[ref[Item]] = []

    def items() -> Iterator[Item]:
        for _ in range(4):
            for _ in range(1_000):  # the thread of the pool drops its own reference a moment after its result is there
                if sum(each() is not None for each in made) <= 1:
                    break
                time.sleep(0.01)
            assert sum(each() is not None for each in made) <= 1, "the one that is worked on"
            item = Item()
            made.append(ref(item))
            yield item
            del item

    with closing(overlapped(items(), id)) as pairs:
        for item, _ in pairs:
            del item
    assert len(made) == 4


def test_error_of_the_items_comes_behind_the_results_before_it() -> None:
    def items() -> Iterator[int]:
        yield from (1, 2)
        raise LookupError("torn file")

    found: list[tuple[int, str]] = []
    with pytest.raises(LookupError, match="torn file"), closing(overlapped(items(), str)) as pairs:
        found.extend(pairs)
    assert found == [(1, "1"), (2, "2")]


def test_error_of_the_work_ends_the_items() -> None:
    found: list[tuple[int, float]] = []
    with pytest.raises(ZeroDivisionError), closing(overlapped(iter((2, 0, 1)), lambda item: 1 / item)) as pairs:
        found.extend(pairs)
    assert found == [(2, 0.5)]


def test_work_under_way_is_ended_when_the_caller_stops_early() -> None:
    done: list[int] = []
    with closing(overlapped(iter(range(9)), done.append)) as pairs:
        next(pairs)
    assert done == [0, 1]


def test_ahead_takes_the_next_item_while_one_is_dealt_with() -> None:
    second_is_taken = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second_is_taken.set()
        yield 2

    assert [(item, second_is_taken.wait(10)) for item in ahead(items())] == [(1, True), (2, True)]
    assert list(ahead(iter(()))) == []


def test_ahead_raises_the_error_of_its_items_behind_those_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("no server")

    found: list[int] = []
    with pytest.raises(LookupError, match="no server"), closing(ahead(items())) as given:
        found.extend(given)
    assert found == [1]


def test_threads_have_the_context_of_the_caller() -> None:
    limit: ContextVar[str] = ContextVar("limit", default="none")

    def items() -> Iterator[str]:
        yield limit.get()

    limit.set("ten seconds")
    assert list(overlapped(iter((1,)), lambda _: limit.get())) == [(1, "ten seconds")]
    assert list(ahead(items())) == ["ten seconds"]


def test_several_works_go_on_at_once_and_their_results_stay_in_order() -> None:
    together = threading.Barrier(3)

    def work(item: int) -> int:
        together.wait(10)
        return item * 10

    assert list(overlapped(iter(range(6)), work, 3)) == [(item, item * 10) for item in range(6)]
