"""Differences of versions against a comparison of whole lists, and the pages that are read for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.datasets.tree import differences, pages
from foveal.datasets.tree.members import Line, encoded
from foveal.datasets.tree.pages import Page
from tests.unit.datasets.members import line, page_of
from tests.unit.datasets.test_pages import ids


class Version:
    """Lines of a version in pages, with a count of the pages that were read."""

    def __init__(self, lines: dict[str, Line]) -> None:
        ordered = [lines[each] for each in sorted(lines)]
        self.pages: list[Page] = []
        self.lines: dict[str, list[Line]] = {}
        start = 0
        for size in pages.cut((each.asset_id, 0) for each in ordered):
            part = ordered[start : start + size]
            page = page_of(part)[0]
            self.pages.append(page)
            self.lines[page.digest] = part
            start += size


def read_of(*versions: Version) -> tuple[differences.ReadLines, list[str]]:
    by_digest = {digest: lines for each in versions for digest, lines in each.lines.items()}
    reads: list[str] = []

    def read(page: Page) -> list[bytes]:
        reads.append(page.digest)
        return [encoded(each) for each in by_digest[page.digest]]

    return read, reads


MEMBERS = st.dictionaries(
    st.sampled_from(ids(60)),
    st.tuples(
        st.dictionaries(
            st.sampled_from("abc"), st.tuples(st.integers(1, 2), st.sampled_from(["cat", None])), max_size=3
        ),
        st.sampled_from(["train", "val"]),
        st.sampled_from(["crc64nvme:x", "crc64nvme:y"]),
    ),
)


def lines_of(members: dict[str, tuple[dict[str, tuple[int, str | None]], str, str]]) -> dict[str, Line]:
    return {
        asset_id: line(asset_id, annotations, split=split, checksum=checksum)
        for asset_id, (annotations, split, checksum) in members.items()
    }


@pytest.fixture(autouse=True, scope="module")
def small_pages() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "MEAN_MEMBERS", 4)
        yield


@given(MEMBERS, MEMBERS)
def test_pairs_are_those_of_a_comparison_of_whole_lists(old: object, new: object) -> None:
    before, after = lines_of(old), lines_of(new)  # type: ignore[arg-type]
    one, two = Version(before), Version(after)
    read, _ = read_of(one, two)
    found = {
        (was or is_).asset_id: (was, is_)  # type: ignore[union-attr]
        for was, is_ in differences.pairs(one.pages, two.pages, read)
    }
    expected = {
        each: (before.get(each), after.get(each))
        for each in sorted(before.keys() | after.keys())
        if not (each in before and each in after and before[each].hash == after[each].hash)
    }
    assert found == expected
    assert list(found) == list(expected)


@given(MEMBERS, MEMBERS, st.sampled_from(ids(60)))
def test_pairs_go_on_behind_an_asset(old: object, new: object, behind: str) -> None:
    one, two = Version(lines_of(old)), Version(lines_of(new))  # type: ignore[arg-type]
    read, _ = read_of(one, two)
    everything = list(differences.pairs(one.pages, two.pages, read))
    rest = [pair for pair in everything if (pair[0] or pair[1]).asset_id > behind]  # type: ignore[union-attr]
    assert list(differences.pairs(one.pages, two.pages, read, behind)) == rest


@given(MEMBERS, MEMBERS)
def test_summary_counts_labels_that_came_and_went(old: object, new: object) -> None:
    before, after = lines_of(old), lines_of(new)  # type: ignore[arg-type]
    one, two = Version(before), Version(after)
    read, _ = read_of(one, two)
    found = differences.summary(one.pages, two.pages, read)
    totals = [sum(count for each in lines.values() for _, count in each.labels) for lines in (before, after)]
    assert found.annotations_after - found.annotations_before == totals[1] - totals[0]
    assert found.changes["asset_added"] == len(after.keys() - before.keys())
    assert found.changes["asset_removed"] == len(before.keys() - after.keys())


def test_differences_of_one_member_are_named() -> None:
    name = ids(1)[0]
    old = line(name, {"a": (1, "cat"), "b": (1, "cat"), "c": (1, None)}, split="train")
    new = line(name, {"a": (2, "cat"), "c": (1, None), "d": (1, "dog")}, split="val", checksum="crc64nvme:new")
    found = [(each.change, each.before, each.after) for each in differences.differences(old, new)]
    assert [each[0] for each in found] == [
        *("bytes_changed", "split_changed"),
        *("annotation_changed", "annotation_removed", "annotation_added"),
    ]
    assert found[1][1:] == ("train", "val")
    assert found[2][1].revision, found[2][2].revision == (1, 2)


def test_pages_that_two_versions_have_in_common_are_not_read() -> None:
    lines = {each: line(each) for each in ids(2_000)}
    changed = lines | {ids(2_000)[1_000]: line(ids(2_000)[1_000], {"a": (1, None)})}
    one, two = Version(lines), Version(changed)
    read, reads = read_of(one, two)
    assert len(list(differences.pairs(one.pages, two.pages, read))) == 1
    assert len(reads) == 2
    assert len(one.pages) > 200
