"""Values that callers may write: which text is an instant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foveal.validation.values import instant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-31T09:30:00Z", datetime(2026, 10, 31, 9, 30, tzinfo=UTC)),
        ("2026-10-31t09:30:00z", datetime(2026, 10, 31, 9, 30, tzinfo=UTC)),
        ("2026-10-31 09:30:00.1239+05:30", datetime(2026, 10, 31, 4, 0, 0, 123_000, tzinfo=UTC)),
        ("0001-01-01T00:00:00-00:00", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_instant_is_read_when_it_is_rfc_3339_with_an_offset(text: str, expected: datetime) -> None:
    assert instant(text) == expected
    assert instant(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "raw",
    [
        *("2026", "1700000000", "1700000000.5", "-5", "2026-10-31", "2026-10-31T09:30:00", "2026-10-31T09:30Z"),
        *("2026-10-31T09:30:00+0530", "20261031T093000Z", "2026-10-31T09:30:00 05:30", "2026-02-30T00:00:00Z"),
        *("٢٠٢٦-10-31T09:30:00Z", " 2026-10-31T09:30:00Z", "2026-10-31_09:30:00Z", "0001-01-01T00:00:00+01:00", ""),
        *(2026, 1.7e9, True, None, ["2026-10-31T09:30:00Z"]),
    ],
)
def test_instant_is_refused_when_it_is_anything_else(raw: Any) -> None:
    with pytest.raises(ValueError, match="2026-10-31T09:30:00Z"):
        instant(raw)
