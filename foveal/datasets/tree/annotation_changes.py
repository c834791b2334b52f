"""Kinds of change between two states of an annotation: geometry, label, attributes, other members."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from foveal.datasets.tree.canonical import UNHASHED, canonical

Kind = Literal["geometry", "label", "attributes", "other"]
KINDS: Final[Mapping[Kind, frozenset[str]]] = {
    "geometry": frozenset(
        {
            *("type", "bbox", "bbox_px", "rotation", "rotation_origin", "line", "polygon", "rings", "rings_px"),
            *("holes", "holes_px", "closed", "keypoints", "mask", "map", "ellipse", "ellipse_px", "cuboid"),
            *("cuboid_px", "box3d", "support", "longitude", "latitude", "frame_index", "image_size"),
            *("coordinate_frame", "area"),
        }
    ),
    "label": frozenset({"label", "label_id", "text", "value", "tags"}),
    "attributes": frozenset(
        {"attributes", "occluded", "truncated", "difficult", "iscrowd", "ignore", "outside", "pose", "keyframe"}
    ),
}


def kinds_of_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Kind]:
    """Return the kinds of the members that differ; none for another revision of the same content."""
    names = (before.keys() | after.keys()) - UNHASHED
    changed = {name for name in names if canonical(before.get(name)) != canonical(after.get(name))}
    known: list[Kind] = [kind for kind, members in KINDS.items() if changed & members]
    others = changed - frozenset().union(*KINDS.values())
    if others:
        known.append("other")
    return known
