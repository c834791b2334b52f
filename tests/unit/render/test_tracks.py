"""Tracks between keyframes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.render.draw.interpolation import between_keyframes, interpolated


def place(frame: int, **facts: Any) -> dict[str, Any]:
    base = {"_id": f"a{frame}", "field": "f", "type": "detection", "track_id": "t", "frame_index": frame}
    return {**base, "keyframe": True, **facts}


def test_box_moves_evenly_from_one_keyframe_to_the_next() -> None:
    one, other = place(10, bbox=[0.0, 0.2, 0.1, 0.4]), place(20, bbox=[0.5, 0.2, 0.2, 0.2])
    found = interpolated(one, other, 14)
    assert found["bbox"] == pytest.approx([0.2, 0.2, 0.14, 0.32])
    assert (found["frame_index"], found["keyframe"], found["interpolated"]) == (14, False, True)


def test_object_stays_where_it_is_after_its_last_keyframe() -> None:
    (found,) = between_keyframes([], [place(10, bbox=[0.1, 0.2, 0.3, 0.4])], [], 99)
    assert found["bbox"] == [0.1, 0.2, 0.3, 0.4]


def test_object_is_gone_from_the_keyframe_on_that_is_outside() -> None:
    assert between_keyframes([], [place(10, outside=True)], [place(30)], 20) == []


def test_object_is_still_there_before_the_keyframe_that_is_outside() -> None:
    one, other = place(0, bbox=[0.0, 0.0, 0.1, 0.1]), place(10, bbox=[0.5, 0.0, 0.1, 0.1], outside=True)
    (found,) = between_keyframes([], [one], [other], 9)
    assert found["bbox"] == pytest.approx([0.45, 0.0, 0.1, 0.1])


def test_annotation_on_the_frame_speaks_for_its_track() -> None:
    on_frame = [place(15, keyframe=None, bbox=[0.9, 0.9, 0.1, 0.1])]
    assert between_keyframes(on_frame, [place(10)], [place(20)], 15) == []


@pytest.mark.parametrize("other", [{"track_id": "u"}, {"field": "g"}, {"type": "mask"}])
def test_tracks_are_told_apart_by_field_id_and_type(other: dict[str, str]) -> None:
    on_frame = [{**place(15), **other}]
    one, behind = place(10, bbox=[0.0, 0.0, 0.2, 0.2]), {**place(20, bbox=[1.0, 1.0, 0.0, 0.0]), **other}
    (found,) = between_keyframes(on_frame, [one], [behind], 15)
    assert found["bbox"] == one["bbox"]


@pytest.mark.parametrize(
    ("start", "end", "half"), [(0, 90, 45), (350, 10, 360), (10, 350, 0), (0, -90, -45), (None, 40, 20)]
)
def test_rotation_takes_the_shorter_way(start: float | None, end: float, half: float) -> None:
    one = place(0, bbox=[0.1] * 4, **({"rotation": start} if start is not None else {}))
    found = interpolated(one, place(2, bbox=[0.1] * 4, rotation=end), 1)
    assert found["rotation"] % 360 == pytest.approx(half % 360)


def test_rings_move_point_by_point_and_stay_when_their_points_differ() -> None:
    ring = [[0.0, 0.0], [0.2, 0.0], [0.0, 0.2]]
    moved = [[x + 0.4, y + 0.2] for x, y in ring]
    one = place(0, type="polygon", rings=[ring], bbox=[0.0, 0.0, 0.2, 0.2])
    same = place(4, type="polygon", rings=[moved], bbox=[0.4, 0.2, 0.2, 0.2])
    assert interpolated(one, same, 1)["rings"] == [[pytest.approx([x + 0.1, y + 0.05]) for x, y in ring]]
    longer = place(4, type="polygon", rings=[[*moved, [0.5, 0.5]]], bbox=[0.4, 0.2, 0.3, 0.3])
    assert interpolated(one, longer, 1)["rings"] == [ring]
    assert interpolated(one, longer, 1)["bbox"] == one["bbox"]


def test_keypoints_move_by_name_and_those_that_are_not_labelled_stay() -> None:
    def points(*places: tuple[str, float, float, int]) -> list[dict[str, Any]]:
        return [{"name": name, "x": x, "y": y, "visibility": visibility} for name, x, y, visibility in places]

    one = place(0, type="keypoints", keypoints=points(("a", 0.0, 0.0, 2), ("b", 0.4, 0.4, 2), ("c", 0.5, 0.5, 2)))
    other = place(2, type="keypoints", keypoints=points(("b", 0.6, 0.4, 2), ("a", 0.2, 0.0, 1), ("c", 0.0, 0.0, 0)))
    found = {each["name"]: (each["x"], each["y"]) for each in interpolated(one, other, 1)["keypoints"]}
    assert found == {"a": pytest.approx((0.1, 0.0)), "b": pytest.approx((0.5, 0.4)), "c": (0.5, 0.5)}


def test_ellipses_and_cuboids_move_and_masks_stay() -> None:
    axes = {"cx": 0.2, "cy": 0.2, "rx": 0.1, "ry": 0.1}
    found = interpolated(place(0, ellipse=axes), place(2, ellipse={**axes, "cx": 0.4}), 1)
    assert found["ellipse"] == pytest.approx({**axes, "cx": 0.3})
    found = interpolated(place(0, cuboid=[0.0] * 16), place(2, cuboid=[1.0] * 16), 1)
    assert found["cuboid"] == [0.5] * 16
    one = place(0, type="mask", mask={"counts": [1]}, bbox=[0.1] * 4)
    assert interpolated(one, place(2, type="mask", mask={"counts": [2]}, bbox=[0.5] * 4), 1)["bbox"] == [0.1] * 4


@given(
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
    st.integers(1, 1000),
    st.integers(0, 1000),
)
def test_box_never_leaves_the_way_between_two_keyframes(
    start: list[float], end: list[float], length: int, step: int
) -> None:
    found = interpolated(place(0, bbox=start), place(length, bbox=end), step % length)
    for low, value, high in zip(map(min, start, end), found["bbox"], map(max, start, end), strict=True):
        assert low - 1e-9 <= value <= high + 1e-9
