"""Operations in parts: nothing lost or reordered, and only parts that have nothing in common overlap."""

import itertools
import threading
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.catalog.annotations.editing import batches
from foveal.catalog.annotations.editing.batches import Item
from foveal.catalog.annotations.operations import Create, Delete
from foveal.encoding.ids import new_id
from foveal.errors import InvalidRequest

ASSETS = [f"00000000-0000-7000-8000-00000000000{number}" for number in range(4)]
NAMES = [f"00000000-0000-7000-8000-0000000000a{number}" for number in range(2)]
OPERATIONS = st.lists(
    st.one_of(
        st.builds(
            Create,
            op=st.just("create"),
            asset_id=st.sampled_from(ASSETS),
            annotation=st.just({}),
            annotation_id=st.sampled_from([None, None, None, *NAMES]),
        ),
        st.builds(Delete, op=st.just("delete"), annotation_id=st.sampled_from(NAMES), revision=st.just(1)),
        st.builds(InvalidRequest, st.just("no.")),
    ),
    max_size=40,
)


def touched(part: Sequence[Item]) -> set[str]:
    """Names that a part touches, as known before it is read; "?" for unknown ones."""
    names: set[str] = set()
    for each in part:
        if isinstance(each, Create):
            names |= {each.asset_id} | ({each.annotation_id} if each.annotation_id else set())
        elif isinstance(each, Delete):
            names.add("?")
    return names


@given(operations=OPERATIONS, size=st.integers(1, 6))
def test_cut_loses_no_operation(operations: list[Item], size: int) -> None:
    parts = list(batches.cut(operations, size))
    assert [each for part in parts for each in part] == operations
    assert all(size <= len(part) <= 2 * size for part in parts[:-1])


@given(operations=OPERATIONS, size=st.integers(2, 6))
def test_cut_keeps_annotations_of_an_asset_together_when_they_fit(operations: list[Item], size: int) -> None:
    parts = list(batches.cut(operations, size))
    for part, following in itertools.pairwise(parts):
        last, first = part[-1], following[0]
        if isinstance(last, Create) and isinstance(first, Create) and last.asset_id == first.asset_id:
            assert len(part) == 2 * size


@settings(deadline=None)
@given(operations=OPERATIONS, size=st.integers(1, 6))
def test_only_parts_with_nothing_in_common_overlap_when_carried_out(operations: list[Item], size: int) -> None:
    lock, under_way, met = threading.Lock(), list[set[str]](), list[tuple[set[str], set[str]]]()

    def carry_out(part: Sequence[Item]) -> list[Item]:
        own = touched(part)
        with lock:
            met.extend((own, other) for other in under_way)
            under_way.append(own)
            assert len(under_way) <= batches.UNDER_WAY
        time.sleep(0)
        with lock:
            under_way.remove(own)
        return list(part)

    assert list(batches.overlapped(batches.cut(operations, size), carry_out)) == operations
    for one, other in met:
        assert "?" not in one | other
        assert not one & other


def test_two_parts_are_under_way_at_a_time() -> None:
    both = threading.Barrier(2, timeout=10)

    def carry_out(part: Sequence[Item]) -> list[Item]:
        both.wait()
        return list(part)

    operations = [Create(op="create", asset_id=asset, annotation={}) for asset in ASSETS]
    assert list(batches.overlapped(batches.cut(operations, 1), carry_out)) == operations


def test_overlapped_raises_after_the_other_part_has_ended() -> None:
    started, ended = threading.Event(), threading.Event()

    def carry_out(part: Sequence[Item]) -> list[Item]:
        (operation,) = part
        assert isinstance(operation, Create)
        if operation.asset_id == ASSETS[0]:
            assert started.wait(10)
            raise OSError("broken")
        started.set()
        ended.set()
        return list(part)

    operations = [Create(op="create", asset_id=asset, annotation={}) for asset in ASSETS[:2]]
    with pytest.raises(OSError, match="broken"):
        list(batches.overlapped(batches.cut(operations, 1), carry_out))
    assert ended.is_set()


def test_overlapped_runs_a_single_part_in_the_calling_thread() -> None:
    threads = []

    def carry_out(part: Sequence[Item]) -> list[Item]:
        threads.append(threading.current_thread())
        return list(part)

    list(batches.overlapped(batches.cut([Create(op="create", asset_id=ASSETS[0], annotation={})]), carry_out))
    assert threads == [threading.current_thread()]


def test_parts_by_size_hold_at_most_so_many_bytes_or_one_operation() -> None:
    operations: list[Item] = [Delete(op="delete", annotation_id=new_id(), revision=1) for _ in range(6)]
    parts = list(batches.by_size(operations, [4, 4, 4, 20, 1, 9], 10))
    assert [[operations.index(each) for each in part] for part in parts] == [[0, 1], [2], [3], [4, 5]]
