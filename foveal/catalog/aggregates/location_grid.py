"""Grid over the positions of assets: the number of assets in each cell of equal degrees, as a map shows them.

Cells begin at the south pole and the antimeridian, so that none lies across it. They are half open; the last column and
the last row hold 180° and 90° as well.
"""

import math
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from foveal.catalog.search import comparisons, parts
from foveal.catalog.search.areas import Box
from foveal.database.client import Document
from foveal.database.schema import ASSETS
from foveal.validation.models import Model
from foveal.validation.values import Number

MAX_CELLS: Final = 5_000
"""Cells that a box may have, empty ones included: it bounds groups in memory and the answer."""
MIN_DEGREES: Final = 1e-6
"""About a tenth of a metre, finer than any receiver of GPS."""
INDEX: Final = next(index.full_name for index in ASSETS.indexes if index.name == "location")
_LONGITUDE, _LATITUDE = "location.coordinates.0", "location.coordinates.1"
_ANYWHERE: Final[Document] = {"location": {"$geoWithin": {"$centerSphere": [[0, 0], math.pi]}}}
"""The whole sphere: the index of places holds only the assets that have one, and no other is read."""


class Grid(Model):
    """Number of assets in each cell of a grid, most first; assets without a position are in none.

    `bbox`: only assets within [west, south, east, north] in degrees, edges included; west > east lies across the
    antimeridian (RFC 7946, section 5.2).
    """

    degrees: Annotated[Number, Field(ge=MIN_DEGREES, le=360, description="Width and height of a cell.")]
    bbox: Annotated[list[Number] | None, Field(min_length=4, max_length=4)] = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        west, south, east, north = self.bbox or (-180, -90, 180, 90)
        if max(abs(west), abs(east)) > 180 or not -90 <= south < north <= 90 or west == east:
            raise ValueError("bbox is [west, south, east, north] in degrees, with south below north, west not east")
        width = east - west if west < east else east - west + 360
        cells = math.ceil(width / self.degrees) * math.ceil((north - south) / self.degrees)
        if cells > MAX_CELLS:
            raise ValueError(
                f"the box has {cells} cells of {self.degrees:g} degrees, {MAX_CELLS} is the most: "
                "ask for larger cells or a smaller bbox"
            )
        return self


def condition(grid: Grid) -> Document:
    """Return the condition for assets that have a position within the box of a grid."""
    if grid.bbox is None:
        return _ANYWHERE
    west, south, east, north = grid.bbox
    circle = Box(west, south, east if west < east else east + 360, north).circle
    around = _ANYWHERE
    if circle is not None:
        (longitude, latitude), radius = circle
        around = comparisons.in_circle([longitude if longitude <= 180 else longitude - 360, latitude], radius)
    join = parts.and_of if west < east else parts.or_of
    across = join([{_LONGITUDE: {"$gte": west}}, {_LONGITUDE: {"$lte": east}}])
    return parts.and_of([around, across, {_LATITUDE: {"$gte": south, "$lte": north}}])


def stages(grid: Grid) -> list[Document]:
    """Return the stages that make a document of each cell that has assets."""
    places = [{"$arrayElemAt": ["$location.coordinates", axis]} for axis in (0, 1)]
    extremes: Document = {
        f"{name}_{axis}": {f"${name}": f"$at.{axis}"} for name in ("min", "max", "avg") for axis in ("x", "y")
    }
    return [
        {"$project": {"at": dict(zip("xy", places, strict=True))}},
        {
            "$group": {
                "_id": {"x": _index("$at.x", 180, grid.degrees), "y": _index("$at.y", 90, grid.degrees)},
                "count": {"$sum": 1},
                "asset_id": {"$max": "$_id"},
                **extremes,
            }
        },
        {"$sort": {"count": -1, "_id": 1}},
    ]


def result(found: list[Document]) -> dict[str, Any]:
    """Return the cells as they are answered, each with the extent and the mean of its positions."""
    cells = [
        {
            "count": each["count"],
            "longitude": each["avg_x"],
            "latitude": each["avg_y"],
            "bbox": [each["min_x"], each["min_y"], each["max_x"], each["max_y"]],
            "asset_id": each["asset_id"],
        }
        for each in found
    ]
    return {"cells": cells, "is_complete": True}


def _index(value: str, half: int, degrees: float) -> Document:
    last = math.ceil(2 * half / degrees) - 1
    return {"$min": [{"$floor": {"$divide": [{"$add": [value, half]}, degrees]}}, last]}
