"""Ranges of an import: few records, and ends where ranges of imports that were begun earlier end."""

from itertools import pairwise

import pytest

from foveal.formats.base.model.items import Annotation, Asset
from foveal.imports.grouping import Group
from foveal.imports.run import ASSETS_IN_RANGE, RECORDS_IN_RANGE, _ranges

RANGE_OF_EARLIER_VERSIONS = 250


def group(position: int, records: int) -> Group:
    name = f"{position}.jpg"
    found = [[Annotation(name, {}, f"/{position}/{each}", None, "coco")] for each in range(records)]
    return Group(position, Asset(name, labelled=True), found)


@pytest.mark.parametrize("records", [0, 7, 90, 1_500])
def test_range_has_few_records_and_ends_where_ranges_of_earlier_versions_end(records: int) -> None:
    """An import that was begun goes on: no range lies half within finished ones, and each report part is found."""
    found = list(_ranges(group(each, records) for each in range(1_130)))
    assert [each.first for each in found] == [0, *(each.end for each in found[:-1])]
    assert found[-1].end == 1_130
    assert set(range(0, 1_130, RANGE_OF_EARLIER_VERSIONS)) <= {each.first for each in found}
    for each in found:
        assert len(each.groups) <= ASSETS_IN_RANGE
        assert records * (len(each.groups) - 1) < RECORDS_IN_RANGE
    assert all(one.end == other.first for one, other in pairwise(found))
