"""Grouping of records: order of keys and of their records, keys of any text."""

import pytest

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.model.items import FormatError


def test_groups_come_in_the_order_of_their_first_record() -> None:
    with Groups() as groups:
        for key, text in (("b", "1"), ("a", "2"), ("b", "3")):
            groups.add(key, f"L{text}", text)
        assert list(groups) == [("b", [("L1", "1"), ("L3", "3")]), ("a", [("L2", "2")])]
        assert (len(groups), "a" in groups, "c" in groups) == (2, True, False)
        assert (groups.of("b"), groups.of("c")) == ([("L1", "1"), ("L3", "3")], [])


def test_groups_refuse_half_of_a_surrogate_pair() -> None:
    with Groups() as groups, pytest.raises(FormatError):
        groups.add("\ud800")
