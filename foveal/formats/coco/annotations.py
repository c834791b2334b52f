"""Annotations of COCO files in the words of the annotation model: one record, one or several bodies."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.encoding import rle
from foveal.formats.coco.classes import Category
from foveal.formats.coco.records import BrokenRecord, are_numbers, is_number, side_of

Body = dict[str, Any]
Sides = tuple[int, int]

MAX_CAPTION: Final = 10_000
MAX_RINGS: Final = 1000
MAX_POINTS: Final = 100_000
MAX_KEYPOINTS: Final = 1000
MAX_COUNTS: Final = 2_000_000
MAX_COUNT_CHARACTERS: Final = 8_000_000
MAX_EXTRA_BYTES: Final = 16 * 1024
MAX_EXTRA_DEPTH: Final = 12
MAX_ATTRIBUTES: Final = 100
MAX_TEXT: Final = 1024
SHARED: Final[frozenset[str]] = frozenset({"field", "label", "label_id", "iscrowd", "area"})
"""Words that the outline of an object with keypoints has as well."""
GEOMETRY: Final = ("bbox", "segmentation", "keypoints")
_ATTRIBUTE_NAME: Final = re.compile(r"\w[\w -]{0,63}")


@dataclass(slots=True)
class Reading:
    """The bodies of one record, the members without a word of the model, and warnings as `(code, message)`."""

    bodies: list[Body] = field(default_factory=list)
    extra: Body = field(default_factory=dict)
    warnings: list[tuple[str, str]] = field(default_factory=list)

    def warn(self, code: str, message: str) -> None:
        self.warnings.append((code, message))

    def keep(self, members: Mapping[str, Any], name: str, code: str, message: str) -> None:
        """Keep a member that cannot be read as it stands, and say so."""
        self.extra[name] = members[name]
        self.warn(code, message)


def read_annotation(
    members: Mapping[str, Any], category: Category | None, sides: Sides | None, layer: str, instance_id: str
) -> Reading:
    """Return the bodies of a record; points and outline of one object share the instance id.

    Raises BrokenRecord when there is nothing in it that can be placed, or its mask is not the image's.
    """
    found = Reading()
    common = _common(members, category, layer, found)
    box = _box(members, found)
    outline = _outline(members, category, sides, found)
    points = _keypoints(members, category, found)
    places = {} if box is None else {"bbox_px": box}
    main: Body
    if points is not None:
        main = {"type": "keypoints", **common, "keypoints": points, **places}
        if outline is not None:
            main["instance_id"] = instance_id
            shared: Body = {name: value for name, value in common.items() if name in SHARED}
            found.bodies.append({**shared, **outline, "instance_id": instance_id})
    elif outline is not None:
        main = {**common, **outline, **places}
    elif box is not None:
        main = {"type": "detection", **common, **places}
    elif members.get("caption") is not None:
        main = {"type": "caption", **common}
    elif category is not None and not any(members.get(name) for name in GEOMETRY):
        main = {"type": "classification", **common}
    else:
        raise BrokenRecord(found.warnings[-1][1] if found.warnings else "it has no box, outline, keypoints or caption")
    if main["type"] == "caption" and "text" not in main:
        raise BrokenRecord(f"its caption is no text of 1 to {MAX_CAPTION} characters")
    found.bodies.insert(0, main)
    _set_extra(main, found)
    return found


def _common(members: Mapping[str, Any], category: Category | None, layer: str, found: Reading) -> Body:
    """Return the words of every type, and put the members that are none into the extra."""
    common: Body = {"field": layer}
    if category is not None:
        common["label"] = category.label.name
        if category.label_id is not None:
            common["label_id"] = category.label_id
    for name, value in members.items():
        match name:
            case "id" | "image_id" | "category_id" | "bbox" | "segmentation" | "keypoints":
                pass
            case "iscrowd" | "ignore" if type(value) in (int, bool) and value in (0, 1):
                common[name] = bool(value)
            case "area" if is_number(value) and value >= 0:
                common[name] = value
            case "score" if is_number(value) and 0 <= value <= 1:
                common["confidence"] = value
            case "score":
                found.keep(members, name, "score_range", f"The score {value!r} is not between 0 and 1: kept as extra.")
            case "caption" if isinstance(value, str) and 0 < len(value) <= MAX_CAPTION and "\0" not in value:
                common["text"] = value
            case "attributes" if isinstance(value, dict):
                kept, left = _attributes(value)
                if kept:
                    common[name] = kept
                if left:
                    found.extra[name] = left
            case "num_keypoints" if value == _labelled(members.get("keypoints")):
                pass
            case _:
                found.extra[name] = value
    if category is None and "category_id" in members:
        found.extra["category_id"] = members["category_id"]
    return common


def _attributes(given: Mapping[str, Any]) -> tuple[Body, Body]:
    """Return the attributes that the model holds, and the others."""
    kept: Body = {}
    left: Body = {}
    for name, value in given.items():
        is_kept = len(kept) < MAX_ATTRIBUTES and _ATTRIBUTE_NAME.fullmatch(name) and _is_attribute(value)
        (kept if is_kept else left)[name] = value
    if len(json.dumps(kept)) > 2**16 - 1:
        return {}, dict(given)
    return kept, left


def _is_attribute(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) <= MAX_ATTRIBUTES and all(_is_scalar(each) for each in value)
    return _is_scalar(value)


def _is_scalar(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and "\0" not in value
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return is_number(value)


def _labelled(keypoints: Any) -> int | None:
    """Return the number of keypoints with v > 0, as `num_keypoints` should be."""
    return sum(v > 0 for v in keypoints[2::3]) if are_numbers(keypoints) else None


def _box(members: Mapping[str, Any], found: Reading) -> list[float] | None:
    box = members.get("bbox")
    if box is None or box == []:
        return None
    if not are_numbers(box) or len(box) != 4:
        found.keep(members, "bbox", "box_not_read", "Its bbox is not four numbers x, y, width, height.")
        return None
    has_shape = bool(members.get("segmentation") or members.get("keypoints"))
    if has_shape and (box[2] < 0 or box[3] < 0):
        found.keep(members, "bbox", "box_not_read", "Its bbox has a negative side.")
        return None
    result: list[float] = box
    return result


def _outline(members: Mapping[str, Any], category: Category | None, sides: Sides | None, found: Reading) -> Body | None:
    """Return a polygon or a mask. Raises BrokenRecord for a mask that cannot be that of the image."""
    segmentation = members.get("segmentation")
    if isinstance(segmentation, dict):
        is_stuff = category is not None and category.label.isthing is False
        return {"type": "segmentation" if is_stuff else "mask", "mask": mask_of(segmentation, sides)}
    if segmentation is None or segmentation in ([], [[]]):
        return None
    if not isinstance(segmentation, list):
        found.keep(members, "segmentation", "outline_not_read", "Its segmentation is no list and no object.")
        return None
    if are_numbers(segmentation):
        found.keep(
            members,
            "segmentation",
            "outline_not_read",
            "Its segmentation is one list of numbers, not a list of outlines of x1, y1, x2, y2, ….",
        )
        return None
    rings = [ring for ring in segmentation if are_numbers(ring) and len(ring) >= 6 and len(ring) % 2 == 0]
    if len(rings) != len(segmentation):
        left = [ring for ring in segmentation if not any(ring is each for each in rings)]
        found.extra["segmentation"] = left
        if any(isinstance(ring, list) and len(ring) == 4 for ring in left):
            found.warn("two_point_outline", "An outline has two points, which pycocotools reads as a box: left out.")
        else:
            found.warn("outline_not_read", "An outline is not three or more pairs of numbers: left out.")
    if len(rings) > MAX_RINGS or sum(map(len, rings)) > 2 * MAX_POINTS:
        found.keep(members, "segmentation", "outline_too_long", f"Its outline has more than {MAX_POINTS} points.")
        return None
    if not rings:
        return None
    return {
        "type": "polygon",
        "rings_px": [[[x, y] for x, y in zip(ring[::2], ring[1::2], strict=True)] for ring in rings],
    }


def mask_of(given: Mapping[str, Any], sides: Sides | None) -> Body:
    """Return a mask whose counts were added up. Raises BrokenRecord when they are not those of the image."""
    size, counts = given.get("size"), given.get("counts")
    if not isinstance(size, list) or len(size) != 2 or None in (shape := [side_of(side) for side in size]):
        raise BrokenRecord("the size of its mask is not [height, width]")
    height, width = shape
    assert height is not None
    assert width is not None
    if sides is not None and (width, height) != sides:
        raise BrokenRecord(f"its mask has {width} x {height} pixels, its image {sides[0]} x {sides[1]}")
    if isinstance(counts, str):
        if len(counts) > MAX_COUNT_CHARACTERS:
            raise BrokenRecord(f"its mask has more than {MAX_COUNT_CHARACTERS} characters")
    elif not isinstance(counts, list) or len(counts) > MAX_COUNTS or not set(map(type, counts)) <= {int}:
        raise BrokenRecord("the counts of its mask are no text and no list of whole numbers")
    try:
        rle.runs(counts, height * width)
    except ValueError as error:
        raise BrokenRecord(f"its {error}") from error
    return {
        "encoding": "coco_rle_str" if isinstance(counts, str) else "coco_rle",
        "size": [height, width],
        "counts": counts,
    }


def _keypoints(members: Mapping[str, Any], category: Category | None, found: Reading) -> list[Body] | None:
    given = members.get("keypoints")
    if given is None or given == []:
        return None
    if not are_numbers(given) or len(given) % 3 or len(given) > 3 * MAX_KEYPOINTS:
        found.keep(members, "keypoints", "keypoints_not_read", "Its keypoints are not triples x, y, v.")
        return None
    names = category.keypoints if category else ()
    if names and len(names) * 3 != len(given):
        found.warn(
            "keypoint_names", f"It has {len(given) // 3} keypoints, its class names {len(names)}: none is named."
        )
        names = ()
    points = []
    for index, (x, y, v) in enumerate(zip(given[::3], given[1::3], given[2::3], strict=True)):
        point: Body = {"name": names[index]} if names else {}
        if v > 0:
            point |= {"x_px": x, "y_px": y, "visibility": v if v in (1, 2) else 2}
            if 0 < v < 1:
                point["confidence"] = v
        else:
            point["visibility"] = 0
        points.append(point | {"visibility": int(point["visibility"])})
    if any(v < 0 or v > 2 or (v > 1 and v != 2) for v in given[2::3]):
        found.keep(members, "keypoints", "visibility", "A keypoint has a visibility v that is not 0, 1, 2 or a share.")
    return points


def _set_extra(body: Body, found: Reading) -> None:
    """Set the extra of a body, within what the catalog stores of it."""
    if not found.extra:
        return
    if len(json.dumps(found.extra)) > MAX_EXTRA_BYTES or _depth(found.extra) > MAX_EXTRA_DEPTH:
        found.warn(
            "extra_too_large",
            f"Members without a word of the model take more than {MAX_EXTRA_BYTES} bytes, or nest deeper than "
            f"{MAX_EXTRA_DEPTH} levels: only the record has them.",
        )
        return
    body["extra"] = found.extra


def _depth(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if children is None else 1 + max(map(_depth, children), default=0)
