"""Outbox: deterministic event ids, and entries in EventBridge's form."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.events.outbox import pending_event

AT = datetime(2026, 10, 31, 9, 30, tzinfo=UTC)
IDENTITY = st.tuples(st.text("abc", max_size=3), st.text("abc", max_size=3), st.text("abc", max_size=3))


@given(IDENTITY, IDENTITY, st.datetimes(timezones=st.just(UTC)))
def test_event_ids_are_equal_exactly_when_the_occurrences_are(
    one: tuple[str, ...], other: tuple[str, ...], at: datetime
) -> None:
    ids = [pending_event("AssetReady", "zoo", identity, AT, {})["event_id"] for identity in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)
    assert pending_event("AssetReady", "zoo", one, at, {"width": 1})["event_id"] == ids[0]
    assert pending_event("AssetFailed", "zoo", one, AT, {})["event_id"] != ids[0]


def test_event_states_its_time_in_utc_with_milliseconds() -> None:
    at = AT.astimezone(timezone(timedelta(hours=2))) + timedelta(microseconds=1999)
    assert pending_event("AssetReady", "zoo", ("a",), at, {})["detail"]["occurred_at"] == "2026-10-31T09:30:00.001Z"


def test_event_of_an_unknown_detail_type_is_refused() -> None:
    with pytest.raises(AssertionError):
        pending_event("MediaReady", "zoo", ("a",), AT, {})
