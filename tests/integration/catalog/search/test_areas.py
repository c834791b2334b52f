"""`within` against an oracle: positions inside a ring by vectors, inside a box by their numbers."""

import math
import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog.search import search
from foveal.catalog.search.compiler import compile_filter
from foveal.database import client
from foveal.database.client import Document
from foveal.database.migration import migrate
from tests.integration.catalog.conftest import PROJECT, Client, an_asset

Vector = tuple[float, float, float]
KEY = b"k" * 32
SEARCH = "POST /v1/projects/{project}/assets/search"


@pytest.fixture(scope="module")
def earth(mongodb_uri: str) -> Iterator[tuple[Database[Document], dict[str, list[float]]]]:
    """600 assets all over the Earth, some of them at places where numbers of longitude and latitude are special."""
    target = client.connect(mongodb_uri, "test_areas")
    migrate(target)
    chance = random.Random(4)
    places = [[chance.uniform(-180, 180), math.degrees(math.asin(chance.uniform(-1, 1)))] for _ in range(600)]
    places += [[8.46, 55.04], [0, 0], [180, 0], [-180, 0], [0, 90], [0, -90], [179.95, -16], [-179.95, -16]]
    assets = [an_asset(location={"type": "Point", "coordinates": place}) for place in places]
    target.assets.insert_many([*assets, an_asset()])
    yield target, {asset["_id"]: asset["location"]["coordinates"] for asset in assets}
    target.client.drop_database(target.name)
    target.client.close()


def found(database: Database[Document], filter_: Any) -> set[str]:
    page = search.find_page(database, KEY, PROJECT, search.parse({"filter": filter_, "limit": 500}))
    ids = {item["asset_id"] for item in page["items"]}
    while page["next_token"]:
        again = {"filter": filter_, "limit": 500, "next_token": page["next_token"]}
        page = search.find_page(database, KEY, PROJECT, search.parse(again))
        ids |= {item["asset_id"] for item in page["items"]}
    return ids


def rectangle(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def vector(place: list[float]) -> Vector:
    longitude, latitude = map(math.radians, place)
    return math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)


def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def winding(place: list[float], ring: list[list[float]]) -> float:
    """Return the sum of the angles under which the edges are seen from a place: 2π inside, 0 outside.

    It tells the two sides apart for places and rings within one hemisphere.
    """
    eye = vector(place)
    total = 0.0
    for start, end in pairwise(ring):
        one, other = (cross(eye, vector(each)) for each in (start, end))
        total += math.atan2(dot(cross(one, other), eye), dot(one, other))
    return total


BOXES = [
    (-10, -80, 170, 80),
    (-100, -80, 100, 80),
    (-170, -80, 170, 80),
    (-179.9, -89.9, 179.9, 89.9),
    (-180, -90, 180, 90),
    (7, 53, 11, 56),
    (-60, 40, 60, 50),
    (-30, -60, 30, -50),
    (100, 80, 160, 90),
    (-89, -1, 89, 1),
    (0, 0, 8.46, 55.04),
]


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_box_holds_all_places_between_its_meridians_and_parallels(earth: Any, box: Any, is_reversed: bool) -> None:
    database, places = earth
    west, south, east, north = box
    ring = rectangle(*box)
    expected = {each for each, (x, y) in places.items() if west <= x <= east and south <= y <= north}
    assert found(database, {"within": ring[::-1] if is_reversed else ring}) == expected
    assert found(database, {"not": {"within": ring}}) == found(database, None) - expected


@pytest.mark.parametrize("seed", range(25))
def test_ring_of_great_circles_holds_the_places_that_it_winds_around(earth: Any, seed: int) -> None:
    database, places = earth
    chance = random.Random(seed)
    middle = [chance.uniform(-180, 180), math.degrees(math.asin(chance.uniform(-1, 1)))]
    ring = star(middle, [math.radians(chance.uniform(10, 80)) for _ in range(chance.randrange(3, 9))])
    centre = vector(middle)
    expected = {each for each, at in places.items() if dot(centre, vector(at)) > 0 and abs(winding(at, ring)) > math.pi}
    assert found(database, {"within": ring}) == expected


def star(middle: list[float], distances: list[float]) -> list[list[float]]:
    """Return a ring around a place: positions at such distances (radians), in directions evenly apart."""
    up, longitude = vector(middle), math.radians(middle[0])
    east = (-math.sin(longitude), math.cos(longitude), 0.0)
    north = cross(up, east)
    ring = []
    for at, distance in enumerate(distances):
        turn = 2 * math.pi * at / len(distances)
        x, y, z = (
            math.cos(distance) * u + math.sin(distance) * (math.cos(turn) * e + math.sin(turn) * n)
            for u, e, n in zip(up, east, north, strict=True)
        )
        ring.append([math.degrees(math.atan2(y, x)), math.degrees(math.asin(max(-1, min(1, z))))])
    return [*ring, ring[0]]


@pytest.mark.parametrize(
    "ring",
    [
        [[-100, 0], [0, -80], [100, 0], [0, 80], [-100, 0]],
        [[-120, -10], [0, -10], [120, -10], [0, 85], [-120, -10]],
        [[-150, -60], [0, -80], [150, -60], [150, 60], [0, 80], [-150, 60], [-150, -60]],
    ],
)
def test_ring_is_refused_when_it_is_larger_than_a_hemisphere(viewer: Client, ring: Any) -> None:
    answer = viewer.call(SEARCH, {"project": PROJECT}, {"filter": {"within": ring}})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
    assert "larger than a hemisphere" in answer.body["detail"]


def test_ring_that_crosses_the_antimeridian_is_as_large_as_its_great_circles_say(earth: Any) -> None:
    database, places = earth
    fiji = [[178, -20], [-178, -20], [180, -12], [178, -20]]
    assert {tuple(places[each]) for each in found(database, {"within": fiji})} >= {(179.95, -16), (-179.95, -16)}
    assert len(found(database, {"within": fiji})) < 10


@pytest.mark.parametrize(("box", "is_indexed"), [(BOXES[5], True), (BOXES[0], False)])
def test_index_of_places_is_used_for_boxes_that_it_narrows(box: Any, is_indexed: bool) -> None:
    compiled = compile_filter(PROJECT, search.parse({"filter": {"within": rectangle(*box)}}).filter, "created_at")
    assert ("$centerSphere" in str(compiled.match)) is is_indexed
    assert compiled.index == (None if is_indexed else "foveal_created")
