"""The filter language means what it says: MongoDB's answer against plain Python, over random documents."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from foveal.catalog.search import compiler, search
from foveal.catalog.search.indexes import SORTABLE
from foveal.database.client import Document
from tests.integration.catalog.conftest import PROJECT
from tests.integration.catalog.search import filter_oracle

KEY = b"k" * 32
MOST = 1_000
RANGES = ["gt", "gte", "lt", "lte"]


def condition(field: str, values: list[Any], *, ranges: bool = True, prefixes: list[str] | None = None) -> Any:
    value = st.sampled_from(values)
    options: dict[str, Any] = dict.fromkeys(("eq", "ne"), value)
    options |= dict.fromkeys(("in", "not_in"), st.lists(value, max_size=3))
    options["exists"] = st.booleans()
    if ranges:
        options |= dict.fromkeys(RANGES, value)
    if prefixes:
        options["prefix"] = st.sampled_from(prefixes)
    operators = st.lists(st.sampled_from(sorted(options)), min_size=1, max_size=2, unique=True)
    return operators.flatmap(
        lambda names: st.fixed_dictionaries({"field": st.just(field), **{name: options[name] for name in names}})
    )


INSTANTS = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001+00:00", "2026-01-01T10:00:00Z", "2026-01-02T09:00:00Z"]
CONDITIONS = st.one_of(
    condition("status", ["ready", "deleted"]),
    condition("format", ["jpeg", "png", "zip"], prefixes=["j", "webp", "x"]),
    condition("file_name", ["IMG_1.jpg", "img.png"], prefixes=["IMG", "I", "Ä", "\U0010ffff"]),
    condition("tags", ["night", "rain"], prefixes=["night", "n", "\U0010ffff", "퟿"]),
    condition("size_bytes", [0, 10, 10.5, 2**40]),
    condition("created_at", INSTANTS),
    condition("captured_at", INSTANTS),
    condition("annotation_revision", [0, 1, 2]),
    condition("attributes.speed", [1, 1.5, True, "1", "fast", 9], prefixes=["f", "1", "w"]),
    condition("attributes.absent", [1]),
    condition("checksums.verified", [True], ranges=False),
)


def bounds(values: Sequence[float | str]) -> Any:
    one = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name in RANGES})
    return one.filter(bool)


def one_or_many(values: list[Any]) -> Any:
    return st.one_of(st.sampled_from(values), st.lists(st.sampled_from(values), min_size=1, max_size=3))


WANTED = st.fixed_dictionaries(
    {},
    optional={
        "label": one_or_many(["car", "person", "Ünlü"]),
        "field": one_or_many(filter_oracle.FIELDS),
        "type": one_or_many(filter_oracle.TYPES),
        "confidence": bounds([0, 0.1, 0.5, 0.9, 1]),
        "width": bounds([0.1, 0.2, 0.5]),
        "area": bounds([0.02, 0.05, 0.125]),
        "attributes": st.fixed_dictionaries({"speed": one_or_many([1, 2.5, True, "1", "a"])}),
        "review": one_or_many(["accepted", "rejected", "pending", "unreviewed"]),
        "created_by": one_or_many([*filter_oracle.PEOPLE, "nobody"]),
        "updated_by": one_or_many([*filter_oracle.PEOPLE, "nobody"]),
        "updated_at": bounds(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001+00:00"]),
    },
)
QUANTIFIED = st.sampled_from(["any", "all", "none"]).flatmap(
    lambda quantifier: WANTED.map(lambda wanted: {"annotations": {quantifier: wanted}})
)
LIMITS = st.fixed_dictionaries(
    {},
    optional={"gt": st.integers(0, 3), "gte": st.integers(1, 4), "lt": st.integers(1, 4), "lte": st.integers(0, 3)},
).filter(bool)
ONE_ENTRY = st.fixed_dictionaries(
    {
        "label": st.sampled_from(["car", "person"]),
        "field": st.sampled_from(filter_oracle.FIELDS),
        "type": st.sampled_from(filter_oracle.TYPES),
    }
)
COUNTED = st.builds(
    lambda wanted, limits: {"annotations": {"count": {"of": wanted, **limits}}}, st.one_of(WANTED, ONE_ENTRY), LIMITS
)
ANNOTATIONS = st.one_of(QUANTIFIED, COUNTED)
NEAR = st.builds(
    lambda longitude, latitude, metres: {
        "near": {"longitude": longitude, "latitude": latitude, "metres": metres},
    },
    st.floats(-10, 10),
    st.floats(40, 60),
    st.sampled_from([1_000, 200_000, 900_000]),
)
FILTERS = st.recursive(
    st.one_of(CONDITIONS, ANNOTATIONS, NEAR),
    lambda children: st.one_of(
        st.lists(children, min_size=1, max_size=3).map(lambda each: {"and": each}),
        st.lists(children, min_size=1, max_size=3).map(lambda each: {"or": each}),
        children.map(lambda each: {"not": each}),
    ),
    max_leaves=5,
)
UNINDEXED = st.one_of(
    condition("format", ["jpeg", "png", "zip"], prefixes=["j", "webp", "x"]),
    condition("annotation_revision", [0, 1, 2]),
    condition("captured_at", INSTANTS),
    ANNOTATIONS,
)
"""What narrows a page by labels no further where it is in the order of `captured_at`."""
LABELLED = st.fixed_dictionaries(
    {"label": one_or_many(["car", "person", "Ünlü"])}, optional={"confidence": bounds([0.1, 0.5, 0.9])}
).map(lambda wanted: {"annotations": {"any": wanted}})
NARROWED_BY_LABELS = st.recursive(
    st.one_of(LABELLED, COUNTED),
    lambda children: st.one_of(
        st.tuples(children, UNINDEXED, st.booleans()).map(
            lambda each: {"and": [each[0], {"not": each[1]} if each[2] else each[1]]}
        ),
        st.lists(children, min_size=2, max_size=3).map(lambda each: {"or": each}),
        st.lists(children, min_size=2, max_size=2).map(lambda each: {"and": each}),
    ),
    max_leaves=5,
)
SORTS = st.sampled_from([sign + name for name in SORTABLE for sign in ("", "-")])


@pytest.fixture(scope="module")
def filled(mongodb_uri: str) -> Any:
    """A corpus that no test of this module changes; of it, a few assets are tried in the order of the page first."""
    from foveal.database import client
    from foveal.database.migration import migrate

    target = client.connect(mongodb_uri, "test_search_properties")
    migrate(target)
    assets, annotations = filter_oracle.corpus(seed=7, count=120)
    target.assets.insert_many(assets)
    target.annotations.insert_many([each for of_asset in annotations.values() for each in of_asset])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiler, "MAX_TRIED", 25)
        yield target, assets, annotations
    target.client.drop_database(target.name)
    target.client.close()


def all_pages(database: Database[Document], request: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    token = None
    while True:
        page = search.find_page(database, KEY, PROJECT, search.parse({**request, "next_token": token}))
        items += page["items"]
        assert len(items) <= MOST, "pages go round in circles"
        token = page.get("next_token")
        if token is None:
            return items


def check(filled: Any, filter_: Any, sort: str, limit: int) -> None:
    database, assets, annotations = filled
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    expected = [asset for asset in assets if filter_oracle.matches(filter_, asset, annotations[asset["_id"]])]
    expected.sort(
        key=lambda asset: (asset.get(name) is not None, asset.get(name) or 0, asset["_id"]), reverse=descending
    )
    found = all_pages(database, {"filter": filter_, "sort": sort, "limit": max(limit, len(expected) // 20)})
    assert [item["asset_id"] for item in found] == [asset["_id"] for asset in expected]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=FILTERS, sort=SORTS, limit=st.sampled_from([1, 7, 50, 500]))
def test_pages_equal_the_reference_filter_in_order(filled: Any, filter_: Any, sort: str, limit: int) -> None:
    check(filled, filter_, sort, limit)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=NARROWED_BY_LABELS, descending=st.booleans(), limit=st.sampled_from([1, 7, 50, 500]))
def test_pages_that_labels_narrow_equal_the_reference_filter_in_order(
    filled: Any, filter_: Any, descending: bool, limit: int
) -> None:
    check(filled, filter_, "-captured_at" if descending else "captured_at", limit)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    range_=st.one_of(
        condition("captured_at", INSTANTS), condition("created_at", INSTANTS), condition("size_bytes", [0, 10, 2**40])
    ),
    narrowed=st.one_of(st.none(), UNINDEXED, LABELLED, NARROWED_BY_LABELS),
    sort=SORTS,
    limit=st.sampled_from([1, 7, 50]),
)
def test_pages_in_another_order_than_the_range_equal_the_reference_filter(
    filled: Any, range_: Any, narrowed: Any, sort: str, limit: int
) -> None:
    check(filled, {"and": [range_, narrowed]} if narrowed else range_, sort, limit)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=st.one_of(QUANTIFIED, COUNTED), is_negated=st.booleans())
def test_negated_condition_on_annotations_equals_the_reference_filter(
    filled: Any, filter_: Any, is_negated: bool
) -> None:
    check(filled, {"not": filter_} if is_negated else filter_, "created_at", 500)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=ANNOTATIONS, is_negated=st.booleans())
def test_condition_on_annotations_equals_the_reference_filter(filled: Any, filter_: Any, is_negated: bool) -> None:
    check(filled, {"not": filter_} if is_negated else filter_, "created_at", 500)


@pytest.mark.parametrize("quantifier", ["any", "all", "none"])
@pytest.mark.parametrize("bound", [0.1, 0.5, 1])
@pytest.mark.parametrize("operator", RANGES)
@pytest.mark.parametrize("name", ["confidence", "width", "area"])
def test_bound_of_a_number_is_exact(filled: Any, quantifier: str, operator: str, bound: float, name: str) -> None:
    for more in ({}, {"label": "car"}):
        wanted = {"annotations": {quantifier: {name: {operator: bound}, **more}}}
        check(filled, wanted, "created_at", 500)
        check(filled, {"not": wanted}, "created_at", 500)
