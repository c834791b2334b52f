"""Checks of the members of a body against the bounds of the annotation model, without the model's own library.

One check a member: the reader of a file decides by it whether a value can stand under that name.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from foveal.encoding import rle

MAX_POINTS: Final = 100_000
MAX_RINGS: Final = 1_000
MAX_KEYPOINTS: Final = 1_000
MAX_FRAME: Final = 2**53
MAX_SIDE: Final = 2**31 - 1
MAX_RUNS: Final = 2_000_000
MAX_TEXT_OF_RASTER: Final = 8_000_000
MAX_CELLS: Final = 2**24
MAX_ATTRIBUTES: Final = 100
_MAX_INTEGER: Final = 2**63 - 1
_ATTRIBUTE_NAME: Final = re.compile(r"\w[\w -]{0,63}")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_FIELD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def is_number(value: object) -> bool:
    """Tell whether a value is a finite number that a double holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def is_text(value: object, longest: int, shortest: int = 1) -> bool:
    """Tell whether a value is text of a length, without NUL and halves of surrogate pairs."""
    return (
        isinstance(value, str)
        and shortest <= len(value) <= longest
        and "\0" not in value
        and not any("\ud800" <= character <= "\udfff" for character in value)
    )


def is_attribute(name: object, value: object) -> bool:
    """Tell whether an attribute has a name and a value that the model allows."""
    values = value if isinstance(value, list) else [value]
    return (
        isinstance(name, str)
        and _ATTRIBUTE_NAME.fullmatch(name) is not None
        and len(values) <= MAX_ATTRIBUTES
        and all(map(is_scalar, values))
    )


def is_scalar(value: object) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) <= _MAX_INTEGER
    return is_number(value) or is_text(value, 1024, 0)


def _is_word(value: object) -> bool:
    return is_text(value, 256)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_FRAME


def _is_share(value: object) -> bool:
    return is_number(value) and 0 <= value <= 1  # type: ignore[operator]  # is_number has shown that it is one


def _are_rings(value: object) -> bool:
    return (
        isinstance(value, list)
        and 1 <= len(value) <= MAX_RINGS
        and all(isinstance(ring, list) and len(ring) >= 2 for ring in value)
        and sum(map(len, value)) <= MAX_POINTS
        and all(
            isinstance(point, list) and len(point) == 2 and all(map(is_number, point))
            for ring in value
            for point in ring
        )
    )


def _are_keypoints(value: object) -> bool:
    return (
        isinstance(value, list)
        and 1 <= len(value) <= MAX_KEYPOINTS
        and all(isinstance(each, dict) and all(map(_is_member_of_keypoint, each, each.values())) for each in value)
    )


def _is_member_of_keypoint(name: str, value: object) -> bool:
    match name:
        case "name":
            return _is_word(value)
        case "x" | "y" | "x_px" | "y_px":
            return is_number(value)
        case "visibility":
            return value in (0, 1, 2) and isinstance(value, int) and not isinstance(value, bool)
        case "confidence":
            return _is_share(value)
        case "occluded" | "outside":
            return isinstance(value, bool)
        case "attributes":
            return _are_attributes(value)
    return False


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _is_field(value: object) -> bool:
    return isinstance(value, str) and _FIELD.fullmatch(value) is not None


def _is_instant(value: object) -> bool:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True


def _is_positive(value: object) -> bool:
    return is_number(value) and value >= 0  # type: ignore[operator]  # is_number has shown that it is one


def _are_attributes(value: object) -> bool:
    return isinstance(value, dict) and len(value) <= MAX_ATTRIBUTES and all(map(is_attribute, value, value.values()))


def _are_numbers(count: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and len(value) == count and all(map(is_number, value))


def _is_size(value: object) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(_is_count(side) and 1 <= side <= MAX_SIDE for side in value)
    )


def _one_of(*choices: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in choices


def _an_object(
    needed: Mapping[str, Callable[[object], bool]], **more: Callable[[object], bool]
) -> Callable[[object], bool]:
    """Return the check of an object with members that it needs and members that it may have; no others."""

    def check(value: object) -> bool:
        return (
            isinstance(value, dict)
            and needed.keys() <= value.keys()
            and all((needed.get(name) or more.get(name) or _never)(each) for name, each in value.items())
        )

    return check


def _is_type(value: object) -> bool:
    return isinstance(value, str) and value in MEMBERS


def _never(_: object) -> bool:
    return False


def _is_mask(value: object) -> bool:
    if not isinstance(value, dict) or not _MASK(value):
        return False
    if (value["encoding"] == "coco_rle_str") is not isinstance(value["counts"], str):
        return False
    if value["encoding"] == "cvat_rle" and "bbox_px" not in value:
        return False
    try:
        rle.runs(value["counts"], value["size"][0] * value["size"][1])
    except ValueError:
        return False
    return True


def _are_counts(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_TEXT_OF_RASTER
    return isinstance(value, list) and len(value) <= MAX_RUNS and all(map(_is_count, value))


def _is_map(value: object) -> bool:
    if not isinstance(value, dict) or not _MAP(value) or value["size"][0] * value["size"][1] > MAX_CELLS:
        return False
    return "range" not in value or value["range"][0] <= value["range"][1]


def _is_support(value: object) -> bool:
    if not isinstance(value, dict) or not value or not _SUPPORT(value):
        return False
    pairs = (("first", "last"), ("start_seconds", "end_seconds"))
    return all((one in value) is (other in value) for one, other in pairs)


def _is_longitude(value: object) -> bool:
    return is_number(value) and -180 <= value <= 180  # type: ignore[operator]  # is_number has shown that it is one


def _is_latitude(value: object) -> bool:
    return is_number(value) and -90 <= value <= 90  # type: ignore[operator]  # is_number has shown that it is one


def _is_line(value: object) -> bool:
    return (
        isinstance(value, list)
        and 2 <= len(value) <= MAX_POINTS
        and all(
            isinstance(each, list) and len(each) == 2 and _is_longitude(each[0]) and _is_latitude(each[1])
            for each in value
        )
    )


def _is_polygon_on_earth(value: object) -> bool:
    return (
        isinstance(value, list)
        and 1 <= len(value) <= MAX_RINGS
        and all(_is_line(ring) and len(ring) >= 4 and ring[0] == ring[-1] for ring in value)
        and sum(map(len, value)) <= MAX_POINTS
    )


def _is_z_order(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value <= 2**31


def _are_relations(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(map(_RELATION, value))


def _are_words(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(map(_is_word, value))


def _are_logits(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 10_000 and all(map(is_number, value))


_AXES: Final = _an_object({"cx": is_number, "cy": is_number, "rx": _is_positive, "ry": _is_positive})
_MASK: Final = _an_object(
    {"encoding": _one_of("coco_rle", "coco_rle_str", "cvat_rle"), "size": _is_size, "counts": _are_counts},
    area=_is_positive,
    bbox_px=_are_numbers(4),
)
_MAP: Final = _an_object(
    {
        "dtype": _one_of("uint8", "uint16", "float32"),
        "size": _is_size,
        "values": lambda value: isinstance(value, str) and len(value) <= MAX_TEXT_OF_RASTER,
    },
    range=_are_numbers(2),
)
_SUPPORT: Final = _an_object({}, first=_is_count, last=_is_count, start_seconds=_is_positive, end_seconds=_is_positive)
_RELATION: Final = _an_object({"to": _is_word}, labels=_are_words, direction=_one_of("forward", "backward", "both"))
CHECKS: Final[Mapping[str, Callable[[object], bool]]] = {
    "type": _is_type,
    "field": _is_field,
    **dict.fromkeys(
        ("label", "label_id", "track_id", "instance_id", "group_id", "parent_id", "pose", "annotator", "tool"), _is_word
    ),
    "language": _is_word,
    "tags": _are_words,
    "confidence": _is_share,
    "text": lambda value: is_text(value, 10_000),
    "relations": _are_relations,
    **dict.fromkeys(("frame_index", "index"), _is_count),
    **dict.fromkeys(
        ("keyframe", "outside", "interpolated", "occluded", "truncated", "difficult", "iscrowd", "ignore"), _is_boolean
    ),
    "z_order": _is_z_order,
    **dict.fromkeys(("area", "lead_time_seconds"), _is_positive),
    "source": _one_of("manual", "auto", "semi_auto", "imported", "consensus"),
    "run": _an_object({"model": _is_word}, version=_is_word, params=_are_attributes),
    "review": _an_object(
        {"state": _one_of("accepted", "rejected", "pending")},
        by=_is_word,
        at=_is_instant,
        note=lambda value: is_text(value, 1024, 0),
    ),
    **dict.fromkeys(("bbox", "bbox_px"), _are_numbers(4)),
    "image_size": _is_size,
    "coordinate_frame": _one_of("display", "stored"),
    "logits": _are_logits,
    "value": is_number,
    "support": _is_support,
    "longitude": _is_longitude,
    "latitude": _is_latitude,
    "line": _is_line,
    "polygon": _is_polygon_on_earth,
    "rotation": is_number,
    "rotation_origin": _one_of("center", "top_left"),
    **dict.fromkeys(("rings", "rings_px", "holes", "holes_px"), _are_rings),
    **dict.fromkeys(("closed", "filled"), _is_boolean),
    "keypoints": _are_keypoints,
    "mask": _is_mask,
    "map": _is_map,
    **dict.fromkeys(("ellipse", "ellipse_px"), _AXES),
    **dict.fromkeys(("cuboid", "cuboid_px"), _are_numbers(16)),
    "box3d": _an_object(dict.fromkeys(("location", "dimensions", "rotation"), _are_numbers(3))),
}
"""Check of each member. `origin` and members without a check move to `extra`."""
_COMMON: Final = frozenset(
    {
        *("type", "field", "label", "label_id", "tags", "confidence", "text", "attributes", "relations", "frame_index"),
        *("keyframe", "outside", "interpolated", "track_id", "instance_id", "group_id", "parent_id", "index"),
        *("occluded", "truncated", "difficult", "iscrowd", "ignore", "pose", "z_order", "area", "source", "run"),
        *("annotator", "tool", "lead_time_seconds", "review"),
    }
)
_PLACED: Final = _COMMON | {"bbox", "bbox_px", "image_size", "coordinate_frame"}
MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "classification": _COMMON | {"logits"},
    "caption": _COMMON | {"language"},
    "regression": _COMMON | {"value"},
    "temporal": _COMMON | {"support"},
    "geolocation": _COMMON | {"longitude", "latitude", "line", "polygon"},
    "detection": _PLACED | {"rotation", "rotation_origin"},
    "polygon": _PLACED | {"rings", "rings_px", "holes", "holes_px", "closed", "filled"},
    "polyline": _PLACED | {"rings", "rings_px", "closed", "filled"},
    "keypoints": _PLACED | {"keypoints"},
    "mask": _PLACED | {"mask"},
    "segmentation": _PLACED | {"mask"},
    "heatmap": _PLACED | {"map"},
    "ellipse": _PLACED | {"ellipse", "ellipse_px", "rotation"},
    "cuboid": _PLACED | {"cuboid", "cuboid_px"},
    "cuboid_3d": _COMMON | {"box3d"},
    "track": _PLACED | {"track_id"},
}
"""Members of each type."""
