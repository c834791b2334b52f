"""Rows of relations and of point labels of Open Images whose annotations were edited, and what they cannot hold."""

from collections.abc import Sequence
from typing import Final

from foveal.formats.base.geometry.writing import Sides, keypoints_px, leave_out, tell_rest
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.openimages.relations import point_cells, relation_cells

_HELD_BY_RELATIONS: Final = frozenset({"label", "field", "relations", "instance_id", "attributes", "rotation"})
_HELD_BY_POINTS: Final = frozenset({"label", "field", "keypoints", "confidence"})


def edited_relation(
    ends: Sequence[tuple[Annotation, list[float] | None, str]], count: int, losses: LossReport
) -> dict[str, str] | None:
    """Return the cells of a relation from its ends, their boxes in shares and class ids; None where one is missing."""
    ordered = sorted(ends, key=lambda end: str(end[0].body.get("instance_id") or "").rpartition("/")[2])
    found = [(each.body, box, identifier) for each, box, identifier in ordered if box is not None]
    if len(found) != count:
        for each, _, _ in ends:
            why = "An end of the relation is missing: the other one is written as a box."
            losses.tell("relation_not_written", "relations", why, each.pointer)
        return None
    for each, _, _ in ordered:
        shape = "rotation" if each.body.get("rotation") else each.body["type"]
        if shape != "detection":
            why = "An end of a relation of Open Images is an upright box: the one around it is written."
            losses.tell("box_of_shape", shape, why, each.pointer)
        tell_rest(each, _HELD_BY_RELATIONS, losses, "A relation of Open Images")
        losses.written += 1
    return relation_cells(found)


def edited_point(
    annotation: Annotation, sides: Sides | None, identifier: str, losses: LossReport
) -> dict[str, str] | None:
    """Return the cells of a point label; None where it is no single point any more, which is told."""
    body = annotation.body
    points = body["keypoints"] if body["type"] == "keypoints" else []
    x, y = (points[0].get("x"), points[0].get("y")) if len(points) == 1 else (None, None)
    if len(points) == 1 and x is None and sides is not None:
        ((left, top),) = keypoints_px(body, sides)
        x, y = left / sides[0], top / sides[1]
    if x is None or y is None:
        leave_out(annotation, losses, "A point label of Open Images is one point in shares of the sides.")
        return None
    tell_rest(annotation, _HELD_BY_POINTS, losses, "A point label of Open Images")
    losses.written += 1
    return point_cells(body, x, y, identifier)
