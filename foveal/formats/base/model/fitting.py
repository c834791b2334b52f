"""Fitting of bodies to the bounds of the annotation model (`foveal.catalog.annotations.models`).

A member that the model would refuse moves to `extra`, where it stays as the file gives it; without the members that its
type needs a record cannot be imported, and the reason says why.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from foveal.formats.base.model.items import Annotation, NotImported
from foveal.formats.base.model.member_checks import CHECKS, MAX_ATTRIBUTES, MEMBERS, is_attribute

MAX_ATTRIBUTES_BYTES: Final = 60_000
_ONE_OF: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "classification": (("label",),),
    "caption": (("text",),),
    "regression": (("value",),),
    "temporal": (("support",),),
    "keypoints": (("keypoints",),),
    "mask": (("mask",),),
    "segmentation": (("mask",),),
    "heatmap": (("map",),),
    "detection": (("bbox", "bbox_px"),),
    "polygon": (("rings", "rings_px"),),
    "polyline": (("rings", "rings_px"),),
    "ellipse": (("ellipse", "ellipse_px"),),
    "cuboid": (("cuboid", "cuboid_px"),),
    "cuboid_3d": (("box3d",),),
    "track": (("track_id",),),
    "geolocation": (("longitude", "line", "polygon"), ("latitude", "line", "polygon")),
}
"""Members of which a type needs at least one."""
_DECISIVE: Final = frozenset(
    {
        *("type", "field", "label", "bbox", "bbox_px", "image_size", "coordinate_frame", "rotation", "rotation_origin"),
        *("rings", "rings_px", "holes", "holes_px", "closed", "keypoints", "mask", "map", "ellipse", "ellipse_px"),
        *("cuboid", "cuboid_px", "box3d", "support", "line", "polygon", "longitude", "latitude"),
    }
)
"""Members without which the rest would say something else: a wrong one refuses the record."""


class Unfit(Exception):
    """A body that the model cannot hold; the message is the reason."""


def fit(annotation: Annotation) -> Annotation | NotImported:
    """Return the annotation with a body that the model can hold, or why there is none."""
    try:
        return replace(annotation, body=fitted(annotation.body))
    except Unfit as reason:
        return NotImported(annotation.pointer, str(reason), annotation.record or "", annotation.asset)


def fitted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with what does not fit moved to `extra`. Raises Unfit."""
    type_ = body.get("type")
    if not isinstance(type_, str) or type_ not in MEMBERS:
        raise Unfit(f"type is not valid: {_short(type_)}")
    members = MEMBERS[type_]
    found: dict[str, Any] = {}
    given = body.get("extra")
    extra: dict[str, Any] = dict(given) if isinstance(given, dict) else {"extra": given} if given is not None else {}
    for name, value in body.items():
        if value is None or name == "extra":
            continue
        if name == "attributes":
            attributes, rest = _attributes(value)
            if attributes:
                found[name] = attributes
            if rest:
                extra[name] = rest
        elif name in CHECKS and name in members and CHECKS[name](value):
            found[name] = value
        elif name in _DECISIVE and name in members:
            raise Unfit(f"{name} is not valid: {_short(value)}")
        else:
            extra[name] = value
    for names in (("field",), *_ONE_OF[type_]):
        if not any(name in found for name in names):
            given = next((f", not {_short(body[name])}" for name in names if body.get(name) is not None), "")
            raise Unfit(f"{type_} needs {' or '.join(names)}{given}")
    if ("longitude" in found) is not ("latitude" in found):
        raise Unfit("longitude and latitude come together")
    if type_ == "polygon" and found.get("closed") is False:
        raise Unfit("a polygon is closed")
    if extra:
        found["extra"] = finite(extra)
    return found


def _attributes(given: Any) -> tuple[dict[str, Any], Any]:
    if not isinstance(given, dict):
        return {}, given
    fit: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    size = 0
    for name, value in given.items():
        is_fit = is_attribute(name, value) and len(fit) < MAX_ATTRIBUTES
        size += len(json.dumps([name, value])) if is_fit else 0
        (fit if is_fit and size <= MAX_ATTRIBUTES_BYTES else rest)[name] = value
    return fit, rest


def finite(value: Any) -> Any:
    """Return a JSON value in which numbers that are not finite stand as text, since JSON has none."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(name): finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return value


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
