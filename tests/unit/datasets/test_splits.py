"""Splits: groups stay together, shares are kept, old assignments stay when data grow."""

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.datasets.making.splits import Assignment, Candidate, Rules, assign

SHARES = {"train": 0.7, "val": 0.2, "test": 0.1}
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.uuids().map(str),
        st.sampled_from([None, "a", "b", "c", "d"]),
        st.sampled_from(["", "1", "2", "3", "4", "5"]),
        st.lists(st.sampled_from(["cat", "dog", "owl"]), max_size=3),
    ),
    unique_by=lambda each: each.asset_id,
    max_size=40,
)


def splits(found: Assignment, candidates: list[Candidate]) -> dict[str, str]:
    return {each.asset_id: found.split_of(each.asset_id, each.group, each.checksum) for each in candidates}


@given(CANDIDATES, st.booleans())
def test_split_holds_groups_and_equal_bytes_together(candidates: list[Candidate], is_stratified: bool) -> None:
    found = splits(assign(Rules(SHARES, "1", is_stratified), candidates, {}), candidates)
    together: dict[str, set[str]] = defaultdict(set)
    for each in candidates:
        if each.group is not None:
            together[f"group {each.group}"].add(found[each.asset_id])
        if each.checksum:
            together[f"bytes {each.checksum}"].add(found[each.asset_id])
    assert all(len(names) == 1 for names in together.values())


@given(CANDIDATES, st.booleans(), st.randoms(use_true_random=False))
def test_split_does_not_depend_on_order(
    candidates: list[Candidate], is_stratified: bool, source: random.Random
) -> None:
    rules = Rules(SHARES, "1", is_stratified)
    expected = splits(assign(rules, candidates, {}), candidates)
    shuffled = source.sample(candidates, len(candidates))
    assert splits(assign(rules, shuffled, {}), candidates) == expected


@given(CANDIDATES, CANDIDATES, st.booleans())
def test_kept_assets_stay_when_data_grow(old: list[Candidate], new: list[Candidate], is_stratified: bool) -> None:
    rules = Rules(SHARES, "1", is_stratified)
    kept = splits(assign(rules, old, {}), old)
    everything = [*old, *(each for each in new if each.asset_id not in kept)]
    found = splits(assign(rules, everything, kept), everything)
    assert {each: found[each] for each in kept} == kept


def test_new_assets_follow_the_kept_assets_of_their_group() -> None:
    kept = {"1": "test"}
    found = assign(Rules(SHARES, "1"), [Candidate("1", "a", "x"), Candidate("2", "a", "y")], kept)
    assert found.split_of("2", "a", "y") == "test"
    assert found.conflicts == 0


def test_groups_whose_kept_assets_lie_apart_are_counted() -> None:
    kept = {"1": "test", "2": "train", "3": "train"}
    found = assign(Rules(SHARES, "1"), [Candidate(each, "a", each) for each in "1234"], kept)
    assert found.conflicts == 1
    assert [found.split_of(each, "a", each) for each in "1234"] == ["test", "train", "train", "train"]


def test_split_by_hash_is_fixed() -> None:
    names = [Rules(SHARES, "7").by_hash(f"bytes:{number}") for number in range(10)]
    assert names == ["train", "test", "train", "train", "val", "train", "train", "train", "train", "train"]


def test_split_by_hash_moves_no_group_when_data_grow() -> None:
    rules = Rules(SHARES, "1")
    old = [Candidate(f"{number:05}", str(number // 3), f"c{number}") for number in range(1_000)]
    new = [Candidate(f"{number:05}", str(number // 3), f"c{number}") for number in range(1_000, 1_100)]
    before = splits(assign(rules, old, {}), old)
    after = splits(assign(rules, [*old, *new], {}), [*old, *new])
    assert {each: after[each] for each in before} == before


@pytest.mark.parametrize("is_stratified", [True, False])
def test_shares_are_kept_within_two_points(is_stratified: bool) -> None:
    candidates = [Candidate(f"{number}", f"{number // 4}", "", ["cat"]) for number in range(20_000)]
    found = Counter(splits(assign(Rules(SHARES, "5", is_stratified), candidates, {}), candidates).values())
    assert {name: pytest.approx(share, abs=0.02) for name, share in SHARES.items()} == {
        name: found[name] / 20_000 for name in SHARES
    }


def test_stratified_split_keeps_the_shares_of_every_label_within_three_points() -> None:
    source = random.Random(3)
    weights = {"car": 0.6, "person": 0.3, "bike": 0.05, "wolf": 0.01}
    candidates = [
        Candidate(
            f"{number}",
            f"{number // 5}",
            f"{number}",
            [label for label, weight in weights.items() if source.random() < weight],
        )
        for number in range(10_000)
    ]
    found = splits(assign(Rules(SHARES, "5", is_stratified=True), candidates, {}), candidates)
    for label in [*weights, None]:
        having = [each for each in candidates if (label in each.labels if label else not each.labels)]
        counts = Counter(found[each.asset_id] for each in having)
        for name, share in SHARES.items():
            assert counts[name] / len(having) == pytest.approx(share, abs=0.03), (label, name)


def test_split_without_a_share_is_never_used() -> None:
    rules = Rules({"train": 1.0, "val": 0.0}, "1")
    assert {rules.by_hash(str(number)) for number in range(100)} == {"train"}
