"""Building of pages from known ones against building from nothing: the same pages, whatever was changed between."""

from collections.abc import Mapping, Sequence
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foveal.datasets.making.building import Built, Item, build
from foveal.datasets.tree import members, pages
from foveal.datasets.tree.members import Line
from foveal.datasets.tree.page_store import KnownPages, PageStore
from foveal.datasets.tree.pages import Page
from tests.unit.datasets.members import line
from tests.unit.datasets.test_pages import ids

NAMES = ids(120)
SPLITS = (None, "train", "val")


class Stored:
    """Bodies of pages by digest, with a count of the pages that were read."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.reads: list[str] = []

    def encoded_lines(self, page: Page) -> list[bytes]:
        self.reads.append(page.digest)
        return self.bodies[page.digest].splitlines()


def content(number: int, version: int, annotations: int) -> Line:
    """Return the line of an asset in one of its states; the labels and their counts differ from state to state."""
    refs = {f"{version}-{each}": (version, f"label {each % 2} of {version}") for each in range(annotations)}
    return line(NAMES[number], refs, split=SPLITS[version % 3], checksum=f"sha256:{version}-{annotations}")


STATES = st.builds(content, st.integers(0, 119), st.integers(0, 3), st.integers(0, 12))
CONTENTS = st.lists(STATES, max_size=120).map(lambda lines: {each.asset_id: each for each in lines})


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MEAN_MEMBERS", 8)
    monkeypatch.setattr(pages, "MAX_MEMBERS", 16)
    monkeypatch.setattr(pages, "MAX_ANNOTATIONS", 50)
    monkeypatch.setattr("foveal.datasets.making.building.MAX_NEW_SPAN", 6)
    monkeypatch.setattr("foveal.datasets.making.building.BATCH", 4)


def built(
    lines: Mapping[str, Line], stored: Stored, *known: Sequence[Page], gone: Sequence[str] = ()
) -> tuple[list[Built], list[str]]:
    """Return the pages of lines, and the ids of the assets that were read; those that are gone vanish before that."""
    read_ids: list[str] = []

    def read(items: Sequence[Item]) -> dict[str, Line]:
        read_ids.extend(each.asset_id for each in items)
        return {each.asset_id: lines[each.asset_id] for each in items if each.asset_id not in gone}

    items = (Item(each, lines[each].split, lines[each].state) for each in sorted(lines))
    found = list(build(items, KnownPages(cast("PageStore", stored), *known), read))
    stored.bodies |= {each.page.digest: each.body for each in found if each.body is not None}
    return found, read_ids


@pytest.mark.usefixtures("small_pages")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(CONTENTS, CONTENTS, CONTENTS, st.integers(0, 20), st.sets(st.sampled_from(NAMES), max_size=5))
def test_pages_from_known_ones_are_those_from_nothing(
    base: dict[str, Line], own: dict[str, Line], changes: dict[str, Line], kept: int, gone: set[str]
) -> None:
    """The pages of a version before and the first ones of an interrupted run are known; some assets vanish."""
    after, stored = {**base, **changes}, Stored()
    of_base = [each.page for each in built(base, stored)[0]]
    of_own = [each.page for each in built({**base, **own}, stored)[0]][:kept]
    lines = {members.state_of(each) for page in (*of_base, *of_own) for each in stored.encoded_lines(page)}
    gone &= {each for each in after if (each, after[each].state) not in lines}  # others are not read again
    found, _ = built(after, stored, of_own, of_base, gone=sorted(gone))
    afresh, _ = built({name: each for name, each in after.items() if name not in gone}, Stored())
    assert [each.page for each in found] == [each.page for each in afresh]
    assert [stored.bodies[each.page.digest] for each in found] == [each.body for each in afresh]


def test_assets_and_pages_without_a_change_are_not_read() -> None:
    names = ids(20_000)
    base, stored = {each: line(each) for each in names}, Stored()
    before = [each.page for each in built(base, stored)[0]]
    changed = names[::5_000]
    after = base | {each: line(each, {"a": (1, "cat")}, checksum="sha256:new") for each in changed}
    found, read = built(after, stored, before)
    assert read == changed
    touched = {page.digest for page in before if any(page.first <= each <= page.last for each in changed)}
    assert sorted(stored.reads) == sorted(touched)
    assert {each.page.digest for each in found if each.body is None} == {page.digest for page in before} - touched


@pytest.mark.usefixtures("small_pages")
def test_unchanged_page_is_built_anew_when_the_last_asset_of_the_page_before_vanishes() -> None:
    base, stored = {each: line(each) for each in NAMES}, Stored()
    before = [each.page for each in built(base, stored)[0]]
    last = before[2].last
    after = base | {last: line(last, checksum="sha256:new")}
    found, _ = built(after, stored, before, gone=[last])
    afresh, _ = built({name: each for name, each in base.items() if name != last}, Stored())
    assert [each.page for each in found] == [each.page for each in afresh]
