"""Random geometry through percents and files, back to the same pixels."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foveal.formats.base.model.items import Asset
from foveal.formats.label_studio.writing import percents
from foveal.formats.label_studio.writing.geometry import Measures, box_value
from tests.unit.formats.label_studio.editing import written
from tests.unit.formats.reading import inspected, of_kind


@given(st.integers(1, 5000), st.integers(1, 5000), st.data())
def test_integer_boxes_come_through_percents_unchanged(width: int, height: int, data: st.DataObject) -> None:
    box = [data.draw(st.integers(0, side)) for side in (width, height, width, height)]
    sides = (width, height, width, height)
    made = [percents.of_pixels(each, side) for each, side in zip(box, sides, strict=True)]
    assert [round(each / 100 * side) for each, side in zip(made, sides, strict=True)] == box
    back = [each / 100 * side for each, side in zip(made, sides, strict=True)]
    assert max(abs(a - b) for a, b in zip(back, box, strict=True)) < 1e-9


@given(st.integers(0, 10**8), st.integers(0, 6))
def test_percents_come_back_from_their_shares_as_they_were(number: int, digits: int) -> None:
    percent = number % 10 ** (digits + 2) / 10**digits
    assert percents.of_share(percent / 100) == percent


@given(
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0.01, 1),
    st.floats(0.01, 1),
    st.floats(-360, 360),
    st.integers(50, 3000),
)
def test_turned_boxes_keep_their_corners_in_pixels(
    x: float, y: float, across: float, along: float, rotation: float, width: int
) -> None:
    """mission 4b: boxes that were turned in percent are wrong on images that are not square."""
    height = 480
    value = box_value({"bbox": [x, y, across, along], "rotation": rotation}, Measures((width, height)))
    corner = (value["x"] / 100 * width, value["y"] / 100 * height)
    angle = math.radians(rotation)
    half = (across * width / 2, along * height / 2)
    centre = ((x + across / 2) * width, (y + along / 2) * height)
    expected = (
        centre[0] - half[0] * math.cos(angle) + half[1] * math.sin(angle),
        centre[1] - half[0] * math.sin(angle) - half[1] * math.cos(angle),
    )
    assert math.dist(corner, expected) < 1e-6


UNIT = st.floats(0, 1)
POINT = st.tuples(UNIT, UNIT).map(list)
BODIES = st.one_of(
    st.builds(lambda x, y, w, h: {"type": "detection", "bbox": [x / 2, y / 2, w / 2, h / 2]}, UNIT, UNIT, UNIT, UNIT),
    st.builds(
        lambda x, y, angle: {"type": "detection", "bbox": [x / 2, y / 2, 0.25, 0.125], "rotation": angle},
        UNIT,
        UNIT,
        st.floats(1, 359),
    ),
    st.builds(lambda ring: {"type": "polygon", "rings": [ring]}, st.lists(POINT, min_size=3, max_size=6)),
    st.builds(lambda ring: {"type": "polyline", "rings": [ring]}, st.lists(POINT, min_size=2, max_size=6)),
    st.builds(lambda x, y: {"type": "ellipse", "ellipse": {"cx": x, "cy": y, "rx": 0.1, "ry": 0.2}}, UNIT, UNIT),
    st.builds(lambda x, y: {"type": "keypoints", "keypoints": [{"x": x, "y": y}]}, UNIT, UNIT),
)


def numbers(body: Mapping[str, Any], sides: tuple[int, int]) -> list[float]:
    """Return the geometry of a body in pixels: a turned box as its first corner, its sides, its angle."""
    width, height = sides
    if "bbox" in body:
        x, y, across, along = (each * side for each, side in zip(body["bbox"], (width, height) * 2, strict=True))
        angle = math.radians(body.get("rotation", 0))
        if body.get("rotation_origin") != "top_left":
            x, y = (
                x + across / 2 - across / 2 * math.cos(angle) + along / 2 * math.sin(angle),
                y + along / 2 - across / 2 * math.sin(angle) - along / 2 * math.cos(angle),
            )
        return [x, y, across, along, body.get("rotation", 0)]
    if "rings" in body:
        return [each * side for point in body["rings"][0] for each, side in zip(point, sides, strict=True)]
    if "ellipse" in body:
        return [
            body["ellipse"][name] * side for name, side in zip(("cx", "cy", "rx", "ry"), (*sides, *sides), strict=True)
        ]
    return [body["keypoints"][0]["x"] * width, body["keypoints"][0]["y"] * height]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(BODIES, max_size=5), st.integers(1, 4000), st.integers(1, 4000), st.booleans())
def test_random_data_sets_read_back_with_the_same_geometry(
    tmp_path: Path, made: list[dict[str, Any]], width: int, height: int, is_named: bool
) -> None:
    bodies = [body | ({"label": f"label {at % 2}"} if is_named else {}) for at, body in enumerate(made)]
    _, losses, _ = written(tmp_path, *bodies, asset=Asset("a.jpg", width=width, height=height))
    found = inspected(tmp_path / "out.json", "label_studio")
    read = {line["instance_id"]: line for line in of_kind(found, "annotation")}
    told = {line["pointer"].rpartition("/")[2]: line["reason"] for line in of_kind(found, "not_imported")}
    assert (losses.losses(), losses.written, len(read) + len(told)) == ([], len(bodies), len(bodies))
    for at, body in enumerate(bodies):
        line = read.get(f"region_{at + 1}")
        if line is None:
            assert "outside" in told[str(at)] or "line" in told[str(at)] or "points" in told[str(at)]
            continue
        assert (line["type"], line.get("label")) == (body["type"], body.get("label"))
        assert numbers(line, (width, height)) == pytest.approx(numbers(body, (width, height)), abs=1e-6)
