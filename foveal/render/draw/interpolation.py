"""Interpolation of tracked objects between keyframes: linear, as in CVAT.

A keyframe is an annotation with `track_id`, `frame_index` and `keyframe: true`. From it on its object is there, until
a keyframe that is `outside`. An annotation of a frame speaks for its object on that frame, and without keyframes there
is nothing between: what a tracker wrote for every frame ends with its last one.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

Annotation = Mapping[str, Any]
Key = tuple[Any, ...]

LISTS: Final = ("bbox", "rings", "holes", "cuboid")


def track_of(annotation: Annotation) -> Key:
    """Return the key of the tracked object; a box and a mask with one `track_id` are different objects."""
    return annotation["field"], annotation["track_id"], annotation["type"]


def between_keyframes(
    on_frame: Iterable[Annotation], before: Iterable[Annotation], after: Iterable[Annotation], frame: int
) -> list[dict[str, Any]]:
    """Return the annotations of tracks that have a keyframe before a frame and nothing on it.

    `before` holds the last keyframe before the frame of each track, `after` the first one behind it.
    """
    spoken_for = {track_of(each) for each in on_frame if each.get("track_id") is not None}
    following = {track_of(each): each for each in after}
    return [
        interpolated(each, following.get(track_of(each)), frame)
        for each in before
        if track_of(each) not in spoken_for and not each.get("outside")
    ]


def interpolated(one: Annotation, other: Annotation | None, frame: int) -> dict[str, Any]:
    """Return a keyframe's annotation as it is on a later frame; masks and geometries of different form stay."""
    found = {**one, "frame_index": frame, "keyframe": False, "interpolated": True}
    if (
        other is None
        or one.get("mask")
        or one.get("map")
        or any(one.get(name) != other.get(name) for name in ("coordinate_frame", "relative_to"))
    ):
        return found
    share = float((frame - one["frame_index"]) / (other["frame_index"] - one["frame_index"]))
    if any(_shape_of(one.get(name)) != _shape_of(other.get(name)) for name in ("rings", "holes", "cuboid", "ellipse")):
        return found

    def between(start: float, end: float) -> float:
        return start + (end - start) * share

    for name in LISTS:
        if one.get(name) is not None and other.get(name) is not None:
            found[name] = _each(one[name], other[name], between)
    if one.get("ellipse"):
        found["ellipse"] = {name: between(one["ellipse"][name], other["ellipse"][name]) for name in one["ellipse"]}
    if one.get("rotation") is not None or other.get("rotation") is not None:
        start, end = float(one.get("rotation") or 0.0), float(other.get("rotation") or 0.0)
        found["rotation"] = start + ((end - start + 180.0) % 360.0 - 180.0) * share
    if one.get("keypoints"):
        found["keypoints"] = _points(one["keypoints"], other.get("keypoints") or (), between)
    return found


def _points(one: list[Annotation], other: Iterable[Annotation], between: Callable[[float, float], float]) -> list[Any]:
    """Return the points, each on its way to the one of the same name, or at the same position where they have none."""
    names = {each.get("name") or position: each for position, each in enumerate(other)}
    found = []
    for position, each in enumerate(one):
        end = names.get(each.get("name") or position)
        places = [each.get("x"), each.get("y"), *((end.get("x"), end.get("y")) if end else (None,))]
        if end is None or None in places or 0 in (each.get("visibility"), end.get("visibility")):
            found.append(dict(each))
        else:
            found.append({**each, "x": between(each["x"], end["x"]), "y": between(each["y"], end["y"])})
    return found


def _each(one: Any, other: Any, between: Callable[[float, float], float]) -> Any:
    if isinstance(one, list):
        return [_each(start, end, between) for start, end in zip(one, other, strict=True)]
    return between(one, other)


def _shape_of(geometry: Any) -> Any:
    """Return the form of a geometry: two geometries of equal form can be interpolated number by number."""
    if isinstance(geometry, list):
        return [_shape_of(each) for each in geometry]
    return sorted(geometry) if isinstance(geometry, dict) else geometry is None
