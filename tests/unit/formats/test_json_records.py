"""JSON of records: what is refused with a reason."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.formats.base.files.json_records import BadRecord, dumps, loads


def test_record_is_refused_when_no_double_can_stand_for_an_integer() -> None:
    with pytest.raises(BadRecord, match="a number has 401 digits"):
        loads(f'{{"score": -1{"0" * 400}}}')
    digits = "9" * 400
    assert loads(f'{{"text": "{digits}", "number": 1{"0" * 300}}}') == {"text": digits, "number": 10**300}


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.floats(allow_nan=False) | st.integers(-(2**70), 2**70),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_dumps_text_reads_back_as_the_same_value(value: Any) -> None:
    assert json.loads(dumps(value)) == value


@pytest.mark.parametrize("value", [math.nan, [math.inf, -math.inf], {"x": [None, math.nan]}, "\ud800", 10**40])
def test_dumps_writes_as_json_does_what_msgspec_cannot(value: Any) -> None:
    assert dumps(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
