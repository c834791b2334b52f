"""Members of COCO records from annotations: one record for the parts of one object."""

import itertools
from collections.abc import Sequence
from typing import Any, Final

from foveal.encoding import rle
from foveal.formats.base.geometry.masks import coco_runs
from foveal.formats.base.geometry.writing import Sides, box_px, keypoints_px, rings_px, tell_rest
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport

Members = dict[str, Any]
TITLE: Final = "COCO"
OUTLINES: Final = frozenset({"polygon", "mask", "segmentation"})
WRITTEN: Final = OUTLINES | {"detection", "keypoints", "caption", "classification", "ellipse", "cuboid"}
"""Types that COCO has a record for; of ellipses and cuboids it holds the box."""
_HELD: Final = frozenset({"label", "confidence", "iscrowd", "ignore", "attributes", "text"})
_HELD_BY_TYPE: Final = {
    "polygon": _HELD | {"rings", "rings_px"},
    "mask": _HELD | {"mask"},
    "segmentation": _HELD | {"mask"},
    "keypoints": _HELD | {"keypoints"},
}


class Unwritable(Exception):
    """An annotation that COCO cannot hold; the message says why."""


def members_of(
    parts: Sequence[Annotation], names: Sequence[str], sides: Sides | None, losses: LossReport, base: Members
) -> Members:
    """Return the members of the record of an object but its ids; `base` are those that it had in its file.

    `names` are the keypoints of the class in their order. Raises Unwritable, then nothing has been told.
    """
    found: Members = {}
    for part in parts:
        if part.body["type"] not in WRITTEN:
            raise Unwritable(f"COCO has no record for {part.body['type']}.")
        if part.body.get("frame_index") is not None:
            raise Unwritable("COCO has images, no frames of videos.")
        _add_shape(part, names, sides, found)
    _add_box(parts, sides, found)
    for part in parts:
        _add_words(part, found)
    _tell(parts, losses)
    for part in parts:
        if part.format == "coco":
            _add_extra(part.body.get("extra") or {}, found)
    kept = {name: base[name] if base[name] == found[name] else found[name] for name in base if name in found}
    return kept | found | kept


def _add_shape(part: Annotation, names: Sequence[str], sides: Sides | None, found: Members) -> None:
    body = part.body
    match body["type"]:
        case "polygon":
            rings = rings_px(body, sides)
            if not rings:
                raise Unwritable("The sides of the image are not known: name them with --sizes.")
            found["segmentation"] = [list(itertools.chain.from_iterable(ring)) for ring in rings]
            found["area"] = sum(map(_ring_area, rings)) if body.get("area") is None else body["area"]
        case "mask" | "segmentation":
            found["segmentation"], found["area"] = run_lengths(body["mask"], sides)
        case "keypoints":
            found["keypoints"] = _keypoints(part, names, sides)
            found["num_keypoints"] = sum(v > 0 for v in found["keypoints"][2::3])


def _add_box(parts: Sequence[Annotation], sides: Sides | None, found: Members) -> None:
    if all(part.body["type"] in ("caption", "classification") for part in parts):
        return
    boxes = [part.body for part in parts if part.body.get("bbox_px") or part.body.get("bbox")]
    box = next((each for body in [*boxes, *(part.body for part in parts)] if (each := box_px(body, sides))), None)
    if box is None:
        if "segmentation" in found or "keypoints" in found:
            box = [0, 0, 0, 0]
        else:
            raise Unwritable("The sides of the image are not known: name them with --sizes.")
    found["bbox"] = list(box)
    found.setdefault("area", box[2] * box[3])
    found["iscrowd"] = 0


def _add_words(part: Annotation, found: Members) -> None:
    body = part.body
    if body.get("area") is not None:
        found["area"] = body["area"]
    if body.get("confidence") is not None:
        found["score"] = body["confidence"]
    if body.get("text") is not None:
        found["caption"] = body["text"]
    for name in ("iscrowd", "ignore"):
        if body.get(name) is not None:
            found[name] = int(body[name])
    if body.get("attributes"):
        found["attributes"] = dict(body["attributes"])


def _add_extra(extra: Members, found: Members) -> None:
    """Put the members back that the model has no word for."""
    for name, value in extra.items():
        if name == "attributes" and isinstance(value, dict):
            found[name] = {**value, **found.get(name, {})}
        else:
            found.setdefault(name, value)


def _tell(parts: Sequence[Annotation], losses: LossReport) -> None:
    for part in parts:
        held = _HELD_BY_TYPE.get(part.body["type"], _HELD)
        if len(parts) > 1:
            held = held | {"instance_id"}
        if part.format == "coco" and part.body.get("field") == "predictions":
            held = held | {"field"}
        tell_rest(part, held, losses, TITLE)
        if part.body["type"] in ("ellipse", "cuboid"):
            why = "COCO holds the box around it."
            losses.tell("other_type", f"type.{part.body['type']}", why, part.pointer)
        if part.format != "coco" and part.body.get("extra"):
            losses.tell("no_place", "extra", "Members of another format have no place in COCO.", part.pointer)
        for point in part.body.get("keypoints", ()):
            for name in ("confidence", "occluded", "outside", "attributes"):
                if point.get(name):
                    why = f"A keypoint has no {name} in COCO, only v."
                    losses.tell("no_place", f"keypoints.{name}", why, part.pointer)


def _keypoints(part: Annotation, names: Sequence[str], sides: Sides | None) -> list[float]:
    """Return triples x, y, v in the order of the class; those that it does not have come last."""
    points = part.body["keypoints"]
    by_name = {point.get("name"): point for point in points if point.get("name") is not None}
    if names and len(by_name) == len(points):
        points = [by_name.get(name, {"visibility": 0}) for name in names]
        if set(by_name) - set(names):
            raise Unwritable(f"Its keypoint {min(set(by_name) - set(names))!r} is none of its class.")
    found: list[float] = []
    for point in points:
        place = keypoints_px(part.body | {"keypoints": [point]}, sides)
        visibility = point.get("visibility", 2)
        if visibility and not place:
            raise Unwritable("A keypoint has no position in pixels: name the sides of the image with --sizes.")
        found += [*place[0], visibility] if visibility else [0, 0, 0]
    return found


def run_lengths(mask: Members, sides: Sides | None) -> tuple[Members, float]:
    """Return a mask in COCO's form and its area; CVAT's runs along rows are turned into runs down columns.

    Raises Unwritable.
    """
    height, width = mask["size"]
    counts = mask.get("counts")
    if counts is None:
        raise Unwritable("The runs of the mask are not at hand.")
    try:
        runs = rle.runs(counts, height * width)
        if mask["encoding"] == "cvat_rle":
            if sides is None:
                raise Unwritable("The sides of the image are not known: name them with --sizes.")
            left, top = (round(value) for value in mask["bbox_px"][:2])
            height, width = int(sides[1]), int(sides[0])
            counts = runs = coco_runs(runs, (left, top, mask["size"][1], mask["size"][0]), (height, width))
    except ValueError as error:
        raise Unwritable(f"The mask cannot be written: {error}.") from error
    return {"counts": counts, "size": [height, width]}, sum(runs[1::2])


def _ring_area(ring: Sequence[Sequence[float]]) -> float:
    following = [*ring[1:], ring[0]]
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in zip(ring, following, strict=True))) / 2
