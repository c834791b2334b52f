"""JSON of records: what is refused with a reason."""

import pytest

from foveal.formats.base.files.json_records import BadRecord, loads


def test_record_is_refused_when_no_double_can_stand_for_an_integer() -> None:
    with pytest.raises(BadRecord, match="a number has 401 digits"):
        loads(f'{{"score": -1{"0" * 400}}}')
    digits = "9" * 400
    assert loads(f'{{"text": "{digits}", "number": 1{"0" * 300}}}') == {"text": digits, "number": 10**300}
