"""Areas on the sphere that a filter may ask for: a box between meridians and parallels, or a ring of great circles.

MongoDB takes the smaller side of a ring (manual, "$geometry", on polygons of more than a hemisphere), so that a ring
which does not fit into a hemisphere would be answered with its complement: it is refused. A rectangle, as maps ask for,
is compared by longitude and latitude, of any size.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

Ring = Sequence[Sequence[float]]
"""Closed: positions `[longitude, latitude]` in degrees, the last one the first again."""

_MAX_RADIUS: Final = math.radians(45)
"""Boxes that a larger circle encloses are so much of the Earth that an index of places helps no more."""
_MAX_STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class Box:
    """All positions between two meridians and two parallels, in degrees, not across the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    @property
    def circle(self) -> tuple[list[float], float] | None:
        """Centre and radius (radians) of a circle around the box; None where it would be larger than is of use."""
        centre = [(self.west + self.east) / 2, (self.south + self.north) / 2]
        corners = [(self.west, self.south), (self.west, self.north)]  # those in the east are as far
        radius = max(_angle(centre, corner) for corner in corners) + 1e-6
        is_of_use = radius <= _MAX_RADIUS and self.east - self.west < 180
        return (centre, radius) if is_of_use else None


def box_of(ring: Ring) -> Box | None:
    """Return the box that a ring is the edge of; None for any other ring."""
    corners = ring[:-1]
    longitudes, latitudes = ({corner[axis] for corner in corners} for axis in (0, 1))
    is_straight = all((one[0] == other[0]) is not (one[1] == other[1]) for one, other in pairwise(ring))
    if len(corners) != 4 or len(longitudes) != 2 or len(latitudes) != 2 or not is_straight:
        return None
    return Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def fits_hemisphere(ring: Ring) -> bool:
    """Tell whether all positions of a ring lie within one hemisphere, by a margin of about four degrees.

    The perceptron algorithm: the middle is moved towards the position farthest behind it until there is none.
    """
    positions = [_vector(position) for position in ring[:-1]]
    x, y, z = (sum(axis) / len(positions) for axis in zip(*positions, strict=True))
    for _ in range(_MAX_STEPS):
        cosine, behind = min((x * each[0] + y * each[1] + z * each[2], each) for each in positions)
        if cosine > 0:
            return True
        x, y, z = x + behind[0], y + behind[1], z + behind[2]
    return False


def _vector(position: Sequence[float]) -> tuple[float, float, float]:
    longitude, latitude = map(math.radians, position)
    return math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)


def _angle(one: Sequence[float], other: Sequence[float]) -> float:
    cosine = sum(a * b for a, b in zip(_vector(one), _vector(other), strict=True))
    return math.acos(max(-1.0, min(1.0, cosine)))
