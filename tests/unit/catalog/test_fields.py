"""Fields that a filter may name; `location` is compared by its distance and area alone."""

import pytest
from pydantic import ValidationError

from foveal.catalog.search.fields import FIELDS, lookup
from foveal.catalog.search.filters import FILTER
from foveal.database.asset_fields import ASSET_FIELDS, Kind


def test_every_declared_field_with_a_kind_is_found_by_its_name() -> None:
    assert {name: lookup(name).kind for name in FIELDS} == {each.name: each.kind for each in ASSET_FIELDS if each.kind}
    assert lookup("asset_id").path == "_id"
    assert lookup("attributes.colour of sky").kind is Kind.ANY


@pytest.mark.parametrize("name", ["s3.sequencer", "expected", "pending_events", "project", "attributes.$a", "widht"])
def test_field_is_refused_when_it_is_internal_or_unknown(name: str) -> None:
    with pytest.raises(ValueError, match="is not a field"):
        lookup(name)


@pytest.mark.parametrize("operator", ["eq", "in", "gt", "prefix"])
def test_place_is_compared_by_near_and_within_alone(operator: str) -> None:
    assert lookup("location").kind is Kind.PLACE
    FILTER.validate_python({"field": "location", "exists": False})
    with pytest.raises(ValidationError, match="near and within"):
        FILTER.validate_python({"field": "location", "exists": True, operator: ["x"]})
