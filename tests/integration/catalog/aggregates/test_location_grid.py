"""Counts by cells of a grid over positions, against a count by hand, and the index by which they are read."""

import math
import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from foveal.catalog.aggregates import asset_aggregates, requests
from foveal.database import client
from foveal.database.client import Document
from foveal.database.migration import migrate
from tests.integration.catalog.conftest import PROJECT, Client, an_asset

AGGREGATE = "POST /v1/projects/{project}/assets/aggregate"
EDGES: list[list[float]] = [
    [180, 0],
    [-180, 0],
    [0, 90],
    [0, -90],
    [180, 90],
    [-180, -90],
    [179.95, -16],
    [-179.95, -16],
    [10, 50],
]
ELSEWHERE = 300
"""Assets without a position."""


@pytest.fixture(scope="module")
def earth(mongodb_uri: str) -> Iterator[tuple[Database[Document], list[Document]]]:
    """700 assets: 400 all over the Earth and at its edges, a third of them tagged; the others have no position."""
    target = client.connect(mongodb_uri, "test_location_grid")
    migrate(target)
    chance = random.Random(5)
    places: list[list[float]] = [
        [chance.uniform(-180, 180), math.degrees(math.asin(chance.uniform(-1, 1)))] for _ in range(200)
    ]
    places += [[float(chance.randint(-180, 180)), float(chance.randint(-90, 90))] for _ in range(191)]
    places += EDGES
    assets = [
        an_asset(location={"type": "Point", "coordinates": place}, tags=["night"] if number % 3 == 0 else [])
        for number, place in enumerate(places)
    ]
    target.assets.insert_many([*assets, *(an_asset() for _ in range(ELSEWHERE))])
    target.assets.insert_one(an_asset(status="failed", location={"type": "Point", "coordinates": [10, 50]}))
    yield target, assets
    target.client.drop_database(target.name)
    target.client.close()


def cells(database: Database[Document], grid: dict[str, Any], filter_: Any = None) -> list[dict[str, Any]]:
    request = requests.parse({"filter": filter_, "aggregates": {"places": {"grid": grid}}})
    result = asset_aggregates.compute(database, PROJECT, request)["aggregates"]["places"]
    assert result["is_complete"]
    return list(result["cells"])


def counted(assets: list[Document], degrees: float, bbox: list[float] | None) -> dict[tuple[int, int], list[Document]]:
    """Return the assets of each cell."""
    west, south, east, north = bbox or (-180, -90, 180, 90)
    found = defaultdict[tuple[int, int], list[Document]](list)
    last_x, last_y = (math.ceil(size / degrees) - 1 for size in (360, 180))
    for asset in assets:
        x, y = asset["location"]["coordinates"]
        is_between = west <= x <= east if west < east else x >= west or x <= east
        if is_between and south <= y <= north:
            cell = min(math.floor((x + 180) / degrees), last_x), min(math.floor((y + 90) / degrees), last_y)
            found[cell].append(asset)
    return found


BOXES = st.one_of(
    st.none(),
    st.sampled_from([[-180, -90, 180, 90], [170, -90, -170, 90], [180, -20, -170, 0], [170, -20, -180, 0]]),
    st.tuples(st.integers(-180, 179), st.integers(-90, 89), st.integers(1, 359), st.integers(1, 180)).map(
        lambda each: [
            each[0],
            each[1],
            each[0] + each[2] if each[0] + each[2] <= 180 else each[0] + each[2] - 360,
            min(90, each[1] + each[3]),
        ]
    ),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(degrees=st.sampled_from([360, 180, 45, 7, 22.5, 5.625]), bbox=BOXES, is_tagged=st.booleans())
def test_grid_equals_the_reference_counts(earth: Any, degrees: float, bbox: Any, is_tagged: bool) -> None:
    database, assets = earth
    filter_ = {"field": "tags", "eq": "night"} if is_tagged else None
    found = cells(database, {"degrees": degrees, **({"bbox": bbox} if bbox else {})}, filter_)
    expected = counted([each for each in assets if not is_tagged or each["tags"]], degrees, bbox)
    assert [each["count"] for each in found] == sorted(map(len, expected.values()), reverse=True)
    by_newest = {max(each["_id"] for each in of_cell): of_cell for of_cell in expected.values()}
    for cell in found:
        places = [each["location"]["coordinates"] for each in by_newest[cell["asset_id"]]]
        across, along = zip(*places, strict=True)
        assert cell["count"] == len(places)
        assert cell["bbox"] == [min(across), min(along), max(across), max(along)]
        assert [cell["longitude"], cell["latitude"]] == pytest.approx(
            [sum(axis) / len(places) for axis in (across, along)]
        )


def test_antimeridian_and_poles_belong_to_the_last_cells(earth: Any) -> None:
    database, _ = earth
    pacific = cells(database, {"degrees": 0.5, "bbox": [179.5, -16.5, -179.5, -15.5]})
    assert sorted(each["longitude"] for each in pacific if each["latitude"] == -16) == [-179.95, 179.95]
    (pole,) = cells(database, {"degrees": 10, "bbox": [-5, 89.9, 5, 90]})
    assert (pole["count"], pole["bbox"]) == (1, [0, 90, 0, 90])
    (west,) = cells(database, {"degrees": 1, "bbox": [179.99, -0.5, 180, 0.5]})
    assert (west["count"], west["longitude"]) == (1, 180)


def test_grid_of_one_cell_tells_how_many_assets_have_a_position(earth: Any) -> None:
    database, assets = earth
    (world,) = cells(database, {"degrees": 360})
    assert (world["count"], world["bbox"]) == (len(assets), [-180, -90, 180, 90])
    assert cells(database, {"degrees": 360}, {"field": "location", "exists": False}) == []


@pytest.mark.parametrize("bbox", [None, [9, 49, 11, 51], [179.5, -17, -179.5, -15]], ids=str)
def test_grid_reads_assets_with_a_position_alone(earth: Any, bbox: Any) -> None:
    """By the index of places: in a project of which few assets have a position, no other is read."""
    database, assets = earth
    expected = counted(assets, 1 if bbox else 45, bbox)
    database.command("profile", 2)
    try:
        cells(database, {"degrees": 1, "bbox": bbox} if bbox else {"degrees": 45})
    finally:
        database.command("profile", 0)
    (asked,) = database.system.profile.find({"command.aggregate": "assets"})
    database.system.profile.drop()
    assert 'location: "2dsphere"' in asked["planSummary"]
    assert asked["docsExamined"] <= sum(map(len, expected.values())) + 10


@pytest.mark.parametrize(
    ("grid", "told"),
    [
        ({}, "degrees"),
        ({"degrees": 0}, "degrees"),
        ({"degrees": 361}, "degrees"),
        ({"degrees": 1}, "64800 cells of 1 degrees, 5000 is the most"),
        ({"degrees": 1, "bbox": [0, 0, 0, 10]}, "[west, south, east, north]"),
        ({"degrees": 1, "bbox": [0, 10, 10, 0]}, "south below north"),
        ({"degrees": 1, "bbox": [0, 0, 181, 10]}, "[west, south, east, north]"),
        ({"degrees": 1, "bbox": [0, 0, 10]}, "bbox"),
        ({"degrees": 1, "bbox": [0, 0, 10, "x"]}, "bbox"),
    ],
    ids=str,
)
def test_grid_is_refused_with_what_is_wrong(viewer: Client, grid: Any, told: str) -> None:
    answer = viewer.call(AGGREGATE, {"project": PROJECT}, {"aggregates": {"places": {"grid": grid}}})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
    assert told in str(answer.body)
