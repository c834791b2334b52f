"""The fields that a filter may name are fields that assets have."""

import pytest
from pydantic import ValidationError

from foveal.catalog.search.fields import FIELDS, Kind, lookup
from foveal.catalog.search.filters import FILTER
from foveal.database.schema import ASSETS
from foveal.probe.facts import Audio, Camera, Facts

PARTS = {"camera": Camera.__slots__, "audio": Audio.__slots__}
OF_INGEST = {"reason", "reviewed_fields", "deleted_at", "captured_at_is_local"}


@pytest.mark.parametrize("name", FIELDS)
def test_each_is_a_fact_or_declared_or_written_by_ingest(name: str) -> None:
    head, _, part = FIELDS[name].path.partition(".")
    assert head in {*Facts.__slots__, *ASSETS.properties, *OF_INGEST}
    assert part in PARTS.get(head, (part,))


@pytest.mark.parametrize("operator", ["eq", "in", "gt", "prefix"])
def test_a_place_is_compared_by_near_and_within_alone(operator: str) -> None:
    assert lookup("location").kind is Kind.PLACE
    FILTER.validate_python({"field": "location", "exists": False})
    with pytest.raises(ValidationError, match="near and within"):
        FILTER.validate_python({"field": "location", "exists": True, operator: ["x"]})
