"""Choice of the functions whose logs are shown."""

import pytest

from local.commands.logs import in_order, selected
from local.instance import LocalStackError

GROUPS = {
    "ingest": "/ingest",
    "render": "/render",
    "Consumers-Thumbnailer12AB": "/aws/lambda/Consumers-Thumbnailer12AB",
}


def test_functions_are_selected_by_name_or_by_a_part_of_it() -> None:
    assert selected(GROUPS, None) == GROUPS
    assert selected(GROUPS, "ingest") == {"ingest": "/ingest"}
    assert list(selected(GROUPS, "thumbnailer")) == ["Consumers-Thumbnailer12AB"]


def test_unknown_function_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(LocalStackError, match=r"no function sweep: choose one of .*ingest.*mongod"):
        selected(GROUPS, "sweep")


def test_lines_of_one_millisecond_stay_in_the_order_in_which_they_were_written() -> None:
    lines = ["START RequestId: 1", '{"count": 1}', "END RequestId: 1", "REPORT RequestId: 1\n"]
    events = {
        "tally": [{"timestamp": 7, "message": line} for line in lines],
        "ingest": [{"timestamp": 3, "message": "z"}, {"timestamp": 9, "message": "a"}],
    }
    shown = [message for *_, message in in_order(events)]
    assert shown == ["z", "START RequestId: 1", '{"count": 1}', "END RequestId: 1", "REPORT RequestId: 1", "a"]
