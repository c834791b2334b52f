"""Choice of the functions whose logs are shown."""

import pytest

from local.instance import LocalStackError
from local.logs import selected

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
