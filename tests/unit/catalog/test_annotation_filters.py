"""Descriptions of annotations in a filter, and the form in which page tokens sign them."""

from foveal.catalog.search.annotation_filters import AnnotationFilter


def test_description_without_later_members_is_signed_as_by_the_first_version() -> None:
    """A page token of an earlier version stays valid while its filter says nothing new."""
    first = ("label", "field", "type", "confidence", "width", "height", "area", "attributes")
    assert AnnotationFilter(label="car").model_dump(mode="json") == {**dict.fromkeys(first), "label": "car"}


def test_description_with_later_members_is_signed_with_them() -> None:
    described = AnnotationFilter.model_validate(
        {"review": ["unreviewed"], "created_by": "ann", "updated_at": {"gte": "2026-03-01T00:00:00Z"}}
    )
    dumped = described.model_dump(mode="json", exclude_none=True)
    assert dumped == {
        "review": ["unreviewed"],
        "created_by": "ann",
        "updated_at": {"gte": "2026-03-01T00:00:00Z"},
    }
    assert AnnotationFilter.model_validate(described.model_dump(exclude_none=True)) == described
