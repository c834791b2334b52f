"""Histograms of instants counted by the server equal those of the values in memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from foveal.catalog.aggregates import asset_aggregates, requests
from foveal.catalog.aggregates.distributions import SortedValues, histogram
from foveal.database.client import Document
from tests.integration.catalog.conftest import PROJECT, an_asset

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
TAGGED: Any = {"field": "tags", "eq": "a"}
MILLISECONDS = (LAST - FIRST) // timedelta(milliseconds=1)
NEAR = st.integers(0, 40)
ANYWHERE = st.integers(0, MILLISECONDS)


def _at(milliseconds: int) -> datetime:
    return FIRST + timedelta(milliseconds=milliseconds)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.one_of(*(st.lists(st.one_of(st.none(), each), max_size=12) for each in (NEAR, ANYWHERE))),
    buckets=st.integers(1, 200),
)
@example([0, MILLISECONDS], 200)
@example([0, MILLISECONDS // 3, MILLISECONDS], 3)
@example([7], 9)
@example([None], 9)
@example([0, 1], 200)
def test_buckets_equal_those_of_the_values_in_memory(
    database: Database[Document], values: list[int | None], buckets: int
) -> None:
    database.assets.delete_many({})
    known = [_at(each) for each in values if each is not None]
    captured = [{} if each is None else {"captured_at": _at(each)} for each in values]
    assets = [an_asset(tags=["a"], **members) for members in captured]
    database.assets.insert_many([*assets, an_asset(tags=["b"], captured_at=FIRST)])
    kinds = {"times": {"histogram": {"field": "captured_at", "buckets": buckets}}, "all": {"count": {}}}

    found = asset_aggregates.compute(database, PROJECT, requests.parse({"filter": TAGGED, "aggregates": kinds}))

    expected = histogram(SortedValues(known), buckets, None)
    assert found["aggregates"] == {"times": expected, "all": {"count": len(values)}}


def test_values_are_not_read_into_memory(database: Database[Document], monkeypatch: pytest.MonkeyPatch) -> None:
    database.assets.insert_many([an_asset(tags=["a"], captured_at=_at(each)) for each in range(500)])
    monkeypatch.setattr(asset_aggregates, "MAX_VALUES", 100)
    body: Any = {"filter": TAGGED, "aggregates": {"times": {"histogram": {"field": "captured_at", "buckets": 5}}}}

    found = asset_aggregates.compute(database, PROJECT, requests.parse(body))

    assert found["aggregates"]["times"]["counts"] == [99, 100, 100, 100, 101]
