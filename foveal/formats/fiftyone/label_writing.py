"""Annotations as labels of FiftyOne: the members of each class, flags and attributes as members of their own."""

import base64
import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from foveal.encoding import rle
from foveal.formats.base.geometry.masks import cvat_runs
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.fiftyone.npy import Array, encode

KINDS: Final[Mapping[str, str]] = {
    "detection": "Detections",
    "mask": "Detections",
    "cuboid_3d": "Detections",
    "classification": "Classifications",
    "polygon": "Polylines",
    "polyline": "Polylines",
    "keypoints": "Keypoints",
    "segmentation": "Segmentation",
    "heatmap": "Heatmap",
    "regression": "Regression",
    "temporal": "TemporalDetections",
    "geolocation": "GeoLocations",
}
"""Class of the field that holds annotations of a type; other types have none."""
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ID: Final = re.compile(r"[0-9a-f]{24}")
_SAME: Final = ("label", "confidence", "index", "rotation")
_PLACES: Final = frozenset(
    {
        *("type", "field", "frame_index", "label", "confidence", "index", "tags", "instance_id", "attributes", "extra"),
        *("bbox", "bbox_px", "rings", "rings_px", "closed", "filled", "keypoints", "mask", "map", "value", "support"),
        *("holes", "holes_px"),
        *("longitude", "latitude", "line", "polygon", "box3d", "logits", "image_size"),
    }
)
"""Members that have a place of their own in a label, or are numbers in pixels beside the shares that are written."""
_RESERVED: Final = frozenset(
    {
        *("id", "label", "bounding_box", "mask", "mask_path", "confidence", "index", "instance", "tags", "attributes"),
        *("points", "closed", "filled", "map", "map_path", "range", "value", "support", "point", "line", "polygon"),
        *("logits", "location", "dimensions", "rotation"),
    }
)
Json = dict[str, Any]


class Unwritten(Exception):
    """An annotation that has no place in FiftyOne; the message says why."""


def label_of(annotation: Annotation, sides: tuple[int, int] | None, losses: LossReport, identity: str) -> Json:
    """Return the label. `identity` is text of which the id is made where the annotation has none. Raises Unwritten."""
    body = annotation.body
    kind = KINDS[body["type"]]
    class_ = kind.removesuffix("s")
    found: Json = {"_id": {"$oid": label_id(body, identity)}, "_cls": class_, "tags": list(body.get("tags", []))}
    found |= {name: body[name] for name in _SAME if name in body}
    found |= _GEOMETRY[body["type"]](body, _sides(body, sides))
    _add_shapes(found, annotation, _sides(body, sides), losses)
    if (instance := body.get("instance_id")) is not None:
        if _ID.fullmatch(instance):
            found["instance"] = {"_id": {"$oid": instance}, "_cls": "Instance"}
        else:
            found["instance_id"] = instance
    if "logits" in body:
        found["logits"] = _binary(Array("f8", (len(body["logits"]),), _doubles(body["logits"])))
    for name, value in body.get("attributes", {}).items():
        if _NAME.fullmatch(name) and name not in _RESERVED and name not in found:
            found[name] = value
        else:
            losses.tell("attribute_name", f"attributes.{name}", "The name is no name of a field.", annotation.pointer)
    for name in sorted(body.keys() - _PLACES):
        if name in found:
            continue
        if isinstance(body[name], dict | list) or name == "coordinate_frame":
            losses.tell("no_place", name, "FiftyOne has no field for it.", annotation.pointer)
        else:
            found[name] = body[name]
    _extra(found, annotation, losses)
    return found


def _add_shapes(found: Json, annotation: Annotation, sides: tuple[float, float] | None, losses: LossReport) -> None:
    """Add what FiftyOne has no word for as members of its own: the box around points, and holes, which it shows not."""
    body = annotation.body
    if "bounding_box" not in found and ("bbox" in body or ("bbox_px" in body and sides is not None)):
        found["bbox"] = _shares(body, "bbox", sides)
    if "holes" in body or ("holes_px" in body and sides is not None):
        found["holes"] = _shares(body, "holes", sides)
        losses.tell("shown_without", "holes", "FiftyOne shows polygons without their holes.", annotation.pointer)


def label_id(body: Mapping[str, Any], identity: str) -> str:
    """Return the id of a label: the one that it came with, else one made of its identity."""
    given = body.get("extra", {}).get("_id")
    return given if isinstance(given, str) and _ID.fullmatch(given) else object_id(identity)


def object_id(identity: str) -> str:
    """Return 24 hexadecimal digits that depend on the identity alone."""
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _extra(found: Json, annotation: Annotation, losses: LossReport) -> None:
    """Add members that came with a label of FiftyOne; tell the members of other formats."""
    extra = annotation.body.get("extra", {})
    for name, value in extra.items():
        if name in ("_id", "field"):
            continue
        if annotation.format == "fiftyone" and _NAME.fullmatch(name) and name not in found and name != "attributes":
            found[name] = value
        else:
            losses.tell("extra", f"extra.{name}", "FiftyOne has no field for it.", annotation.pointer)


def _sides(body: Mapping[str, Any], sides: tuple[int, int] | None) -> tuple[float, float] | None:
    given = body.get("image_size")
    return (given[0], given[1]) if given else sides


def _shares(body: Mapping[str, Any], name: str, sides: tuple[float, float] | None) -> Any:
    """Return relative geometry: as given, else of its pixels. Raises Unwritten where the sides are not known."""
    if name in body:
        return body[name]
    pixels = body.get(f"{name}_px")
    if pixels is None:
        raise Unwritten("it has no geometry")
    if sides is None:
        raise Unwritten("the sides of the image are not known: give them with --sizes")
    if name == "bbox":
        return [number / side for number, side in zip(pixels, (*sides, *sides), strict=True)]
    return [[[x / sides[0], y / sides[1]] for x, y in ring] for ring in pixels]


def _box(body: Mapping[str, Any], sides: tuple[float, float] | None) -> Json:
    return {"bounding_box": _shares(body, "bbox", sides)}


def _mask(body: Mapping[str, Any], sides: tuple[float, float] | None) -> Json:
    mask = body["mask"]
    height, width = mask["size"]
    if mask["encoding"] == "cvat_rle":
        counts, (left, top, wide, high) = mask["counts"], mask["bbox_px"]
        if sides is None and "bbox" not in body:
            raise Unwritten("the sides of the image are not known: give them with --sizes")
    else:
        sides = (width, height)
        try:
            counts, (left, top, wide, high) = cvat_runs(rle.runs(mask["counts"], height * width), (height, width))
        except ValueError as problem:
            raise Unwritten(str(problem)) from None
    if sides is None:
        box = body["bbox"]
    else:
        box = [left / sides[0], top / sides[1], wide / sides[0], high / sides[1]]
        given = body.get("bbox")
        if given and all(abs(one - other) * max(sides) < 1 for one, other in zip(box, given, strict=True)):
            box = given
    return {"bounding_box": box, "mask": _binary(Array("b1", (round(high), round(wide)), _pixels(counts)))}


def _rings(body: Mapping[str, Any], sides: tuple[float, float] | None) -> Json:
    is_polygon = body["type"] == "polygon"
    points = _shares(body, "rings", sides)
    return {"points": points, "closed": body.get("closed", is_polygon), "filled": body.get("filled", is_polygon)}


def _keypoints(body: Mapping[str, Any], sides: tuple[float, float] | None) -> Json:
    nan = {"$numberDouble": "NaN"}
    points: list[Any] = []
    for point in body["keypoints"]:
        if point.get("visibility", 2) == 0 and "x" not in point and "x_px" not in point:
            points.append([nan, nan])
        elif "x" in point:
            points.append([point["x"], point["y"]])
        elif "x_px" in point and sides is not None:
            points.append([point["x_px"] / sides[0], point["y_px"] / sides[1]])
        else:
            raise Unwritten("the sides of the image are not known: give them with --sizes")
    found: Json = {"points": points}
    if any("confidence" in point for point in body["keypoints"]):
        found["confidence"] = [point.get("confidence", nan) for point in body["keypoints"]]
    for name in ("visibility", "occluded", "outside", "name"):
        if any(name in point for point in body["keypoints"]) and not (
            name == "visibility" and all(point.get(name, 2) != 1 for point in body["keypoints"])
        ):
            found[f"keypoint_{name}"] = [point.get(name) for point in body["keypoints"]]
    return found


def _heatmap(body: Mapping[str, Any], _: tuple[float, float] | None) -> Json:
    grid = body["map"]
    kind = {"uint8": "u1", "uint16": "u2", "float32": "f4"}[grid["dtype"]]
    try:
        data = zlib.decompress(base64.b64decode(grid["values"]))
    except (ValueError, zlib.error):
        raise Unwritten("its map cannot be unpacked") from None
    height, width = grid["size"]
    if len(data) != height * width * int(kind[1]):
        raise Unwritten("its map has another number of cells than its size")
    return {"map": _binary(Array(kind, (height, width), data))} | ({"range": grid["range"]} if "range" in grid else {})


def _support(body: Mapping[str, Any], _: tuple[float, float] | None) -> Json:
    support = body["support"]
    if "first" not in support:
        raise Unwritten("its support is in seconds alone")
    return {"support": [support["first"] + 1, support["last"] + 1]}


def _geolocation(body: Mapping[str, Any], _: tuple[float, float] | None) -> Json:
    found: Json = {}
    if "longitude" in body:
        found["point"] = {"type": "Point", "coordinates": [body["longitude"], body["latitude"]]}
    if "line" in body:
        found["line"] = {"type": "LineString", "coordinates": body["line"]}
    if "polygon" in body:
        found["polygon"] = {"type": "Polygon", "coordinates": body["polygon"]}
    return found


def _regression(body: Mapping[str, Any], _: tuple[float, float] | None) -> Json:
    return {"value": body["value"]}


def _nothing(_: Mapping[str, Any], __: tuple[float, float] | None) -> Json:
    return {}


def _space(body: Mapping[str, Any], _: tuple[float, float] | None) -> Json:
    return dict(body["box3d"])


def locations_of(annotations: Sequence[Annotation], losses: LossReport, identity: str) -> Json:
    """Return one label of several places."""
    parts = [_geolocation(each.body, None) for each in annotations]
    found: Json = {"_id": {"$oid": label_id(annotations[0].body, identity)}, "_cls": "GeoLocations", "tags": []}
    for name, type_ in (("point", "MultiPoint"), ("line", "MultiLineString"), ("polygon", "MultiPolygon")):
        if places := [part[name]["coordinates"] for part in parts if name in part]:
            found[f"{name}s"] = {"type": type_, "coordinates": places}
    for each in annotations:
        for member in sorted(each.body.keys() - _PLACES | (each.body.keys() & {"label", "tags", "attributes"})):
            losses.tell("no_place", member, "A label of several places has no members of one.", each.pointer)
    return found


def segmentation_of(
    bodies: Sequence[Mapping[str, Any]], numbers: Mapping[str, int], losses: LossReport, where: str
) -> Json:
    """Return one mask of several classes. Raises Unwritten for masks of different sizes or not of the whole image."""
    height, width = bodies[0]["mask"]["size"]
    found = [0] * (height * width)
    for body in bodies:
        mask = body["mask"]
        if mask["encoding"] == "cvat_rle" or mask["size"] != [height, width]:
            raise Unwritten("a mask of its field is not of the whole image, or has another size")
        position, overlaps = 0, False
        value = numbers[str(body.get("label", ""))]
        for number, run in enumerate(rle.runs(mask["counts"], height * width)):
            for at in range(position, position + run) if number % 2 else ():
                column, row = divmod(at, height)
                overlaps |= found[row * width + column] != 0
                found[row * width + column] = value
            position += run
        if overlaps:
            losses.tell("overlap", "mask", "Classes that overlap: the later one covers the earlier.", where)
    kind = "u1" if max(numbers.values()) < 256 else "u2"
    data = bytes(found) if kind == "u1" else b"".join(each.to_bytes(2, "little") for each in found)
    return {"_cls": "Segmentation", "tags": [], "mask": _binary(Array(kind, (height, width), data))}


def _binary(array: Array) -> Json:
    return {"$binary": {"base64": base64.b64encode(encode(array)).decode(), "subType": "00"}}


def _doubles(values: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(values)}d", *values)


def _pixels(counts: Sequence[int]) -> bytes:
    return b"".join(bytes([number % 2]) * run for number, run in enumerate(counts))


_GEOMETRY: Final[Mapping[str, Callable[[Mapping[str, Any], tuple[float, float] | None], Json]]] = {
    "detection": _box,
    "mask": _mask,
    "cuboid_3d": _space,
    "classification": _nothing,
    "polygon": _rings,
    "polyline": _rings,
    "keypoints": _keypoints,
    "heatmap": _heatmap,
    "regression": _regression,
    "temporal": _support,
    "geolocation": _geolocation,
}
