"""Labels of FiftyOne (`fiftyone.core.labels`) as annotations: their members in the words of the annotation model.

Members that FiftyOne lets anyone add become what the model calls so (`occluded`, `track_id`, …), else attributes.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord
from foveal.formats.base.files.png import PngError
from foveal.formats.base.files.png import decode as decode_png
from foveal.formats.base.model.member_checks import CHECKS, MEMBERS, is_attribute
from foveal.formats.fiftyone import bson, npy, rasters
from foveal.formats.fiftyone.schema import Schema

LISTS: Final = {
    "Detections": "detections",
    "Classifications": "classifications",
    "Polylines": "polylines",
    "Keypoints": "keypoints",
    "TemporalDetections": "detections",
}
"""Classes that hold a list of labels, and the member that it is."""
SINGLE: Final = frozenset(
    {
        *("Detection", "Classification", "Polyline", "Keypoint", "TemporalDetection", "Segmentation", "Heatmap"),
        *("Regression", "GeoLocation", "GeoLocations"),
    }
)
_FLAGS: Final = ("iscrowd", "occluded", "truncated", "difficult", "ignore", "keyframe", "outside", "interpolated")
_RESERVED: Final = frozenset({"type", "field", "label", "tags", "confidence", "attributes", "frame_index"})
_POINT_MEMBERS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "visibility": lambda value: value is None or (type(value) is int and value in (0, 1, 2)),
    "occluded": lambda value: value is None or isinstance(value, bool),
    "outside": lambda value: value is None or isinstance(value, bool),
    "name": lambda value: value is None or (isinstance(value, str) and 0 < len(value) <= 256),
}
"""Members of points that FiftyOne has no word for; the writer keeps them in lists `keypoint_…`."""
Body = dict[str, Any]


class Told(BadRecord):
    """A label that cannot be placed for a reason that is no fault of its text."""


@dataclass(slots=True)
class Surroundings:
    """Surroundings of a label: the sides of its image, the schema of its data set, files beside it."""

    field: str
    sides: tuple[int, int] | None
    schema: Schema
    file: Callable[[str], bytes | None]
    warnings: list[tuple[str, str]]


def bodies(label: Mapping[str, Any], about: Surroundings) -> Iterator[Body]:
    """Yield the bodies of one label. Raises BadRecord for a label that cannot be read or placed."""
    rest = dict(label)
    common = _common(rest)
    kind = rest.pop("_cls")
    for body in _READERS[kind](rest, about):
        found = body | common
        _keep(found, rest)
        yield found


def _common(rest: dict[str, Any]) -> Body:
    found: Body = {}
    own = bson.identifier(rest.pop("_id", None) or rest.pop("id", None))
    if own is not None:
        found["extra"] = {"_id": own}
    instance = rest.pop("instance", None)
    if isinstance(instance, Mapping):
        found["instance_id"] = bson.identifier(instance.get("_id"))
    if tags := rest.pop("tags", None):
        found["tags"] = tags
    for name in ("label", "index"):
        if (given := rest.pop(name, None)) is not None:
            found[name] = bson.number(given) if isinstance(given, Mapping) else given
    if not isinstance(rest.get("confidence"), list) and (given := rest.pop("confidence", None)) is not None:
        found["confidence"] = bson.number(given) if isinstance(given, Mapping) else given
    return found


def _keep(body: Body, rest: Mapping[str, Any]) -> None:
    """Add the members that are left: as a member of the model, as an attribute, else as they are."""
    attributes: dict[str, Any] = {}
    extra: dict[str, Any] = dict(body.get("extra", {}))
    legacy = rest.get("attributes")
    for name, given in (legacy if isinstance(legacy, Mapping) else {}).items():
        value = given.get("value") if isinstance(given, Mapping) else given
        if (isinstance(given, Mapping) and given.keys() - {"_cls", "value"}) or not is_attribute(name, value):
            extra.setdefault("attributes", {})[name] = bson.plain(given)
        if is_attribute(name, value):
            attributes[name] = value
    for name, given in rest.items():
        value = bson.plain(given)
        if value is None or (name == "attributes" and isinstance(given, Mapping)):
            continue
        if name in _FLAGS and value in (0, 1) and not isinstance(value, float):
            body.setdefault(name, bool(value))
        elif name in MEMBERS[body["type"]] - _RESERVED and name in CHECKS and CHECKS[name](value):
            body.setdefault(name, value)
        elif is_attribute(name, value):
            attributes[name] = value
        else:
            extra[name] = value
    if attributes:
        body["attributes"] = attributes
    if extra:
        body["extra"] = extra


def _detection(rest: dict[str, Any], about: Surroundings) -> Iterator[Body]:
    box = _numbers(rest.pop("bounding_box", None))
    if not box and rest.get("location") is not None:
        space = {name: _numbers(rest.pop(name, None)) for name in ("location", "dimensions", "rotation")}
        yield {"type": "cuboid_3d", "box3d": space}
        return
    if len(box) != 4 or not all(map(math.isfinite, box)):
        raise BadRecord("its bounding_box is not four numbers")
    try:
        array = _raster(rest, "mask", about)
    except Told as reason:
        about.warnings.append(("mask_not_placed", f"The box is imported without its mask: {reason}."))
        array = None
    if array is None:
        yield {"type": "detection", "bbox": box}
    elif about.sides is None:
        about.warnings.append(("mask_not_placed", "The mask needs the sides of the image: give them with --sizes."))
        yield {"type": "detection", "bbox": box}
    else:
        mask, is_scaled = rasters.box_mask(array, box, about.sides)
        if is_scaled:
            about.warnings.append(("mask_scaled", "The mask had other sides than its box in pixels, and was scaled."))
        yield {"type": "mask", "bbox": box, "mask": mask}


def _classification(rest: dict[str, Any], _: Surroundings) -> Iterator[Body]:
    body: Body = {"type": "classification"}
    packed = bson.binary(rest.get("logits"))
    if packed is not None:
        logits = npy.decode(packed)
        if len(logits.shape) == 1 and logits.shape[0] <= 10_000 and logits.type[0] in "fiu":
            body["logits"] = list(logits.numbers())
            rest.pop("logits")
    yield body


def _polyline(rest: dict[str, Any], _: Surroundings) -> Iterator[Body]:
    rings = [[_numbers(point) for point in ring] for ring in _list_of_lists(rest.pop("points", None), "points")]
    closed, filled = bool(rest.pop("closed", False)), bool(rest.pop("filled", False))
    if not (closed or filled):
        yield {"type": "polyline", "rings": rings}
    elif closed and not filled and any(len({tuple(point) for point in ring}) < 3 for ring in rings):
        yield {"type": "polyline", "rings": rings, "closed": True}
    else:
        body: Body = {"type": "polygon", "rings": rings, "filled": filled}
        yield body if closed else body | {"extra": {"closed": False}}


def _keypoint(rest: dict[str, Any], about: Surroundings) -> Iterator[Body]:
    given = rest.pop("points", None)
    if not isinstance(given, list):
        raise BadRecord("its points are no list")
    points = [_numbers(point) for point in given]
    confidence = _numbers(rest.get("confidence"))
    if len(confidence) == len(points):
        rest.pop("confidence", None)
    names = about.schema.keypoint_names(about.field)
    found = []
    for number, point in enumerate(points):
        if len(point) != 2:
            raise BadRecord(f"its point {number} is not two numbers")
        each: Body = {"name": names[number]} if len(names) == len(points) else {}
        is_there = all(map(math.isfinite, point))
        each |= {"x": point[0], "y": point[1], "visibility": 2} if is_there else {"visibility": 0}
        if len(confidence) == len(points) and math.isfinite(confidence[number]):
            each["confidence"] = confidence[number]
        found.append(each)
    for name in _POINT_MEMBERS:
        given = rest.get(f"keypoint_{name}")
        if isinstance(given, list) and len(given) == len(found) and all(map(_POINT_MEMBERS[name], given)):
            del rest[f"keypoint_{name}"]
            for each, value in zip(found, given, strict=True):
                if value is not None and (name != "visibility" or "x" in each):
                    each[name] = value
    yield {"type": "keypoints", "keypoints": found}


def _segmentation(rest: dict[str, Any], about: Surroundings) -> Iterator[Body]:
    array = _raster(rest, "mask", about)
    if array is None:
        raise BadRecord("it has no mask")
    masks = rasters.class_masks(array)
    if not masks:
        raise Told("its mask is background alone: no class is in it")
    targets = about.schema.targets(about.field)
    for number, mask in masks.items():
        yield {"type": "segmentation", "label": targets.get(number, str(number)), "mask": mask}


def _heatmap(rest: dict[str, Any], about: Surroundings) -> Iterator[Body]:
    array = _raster(rest, "map", about)
    if array is None:
        raise BadRecord("it has no map")
    yield {"type": "heatmap", "map": rasters.heatmap(array, _numbers(rest.pop("range", None)) or None)}


def _regression(rest: dict[str, Any], _: Surroundings) -> Iterator[Body]:
    value = rest.pop("value", None)
    yield {"type": "regression", "value": bson.number(value)}


def _temporal(rest: dict[str, Any], _: Surroundings) -> Iterator[Body]:
    support = rest.pop("support", None)
    if not isinstance(support, list) or len(support) != 2:
        raise BadRecord("its support is not two frames")
    first, last = (bson.number(each) for each in support)
    if not isinstance(first, int) or not isinstance(last, int) or not 1 <= first <= last:
        raise BadRecord("its support is not two frames, counted from 1")
    yield {"type": "temporal", "support": {"first": first - 1, "last": last - 1}}


def _location(rest: dict[str, Any], _: Surroundings) -> Iterator[Body]:
    body: Body = {"type": "geolocation"}
    for name in ("point", "line", "polygon"):
        if (given := rest.pop(name, None)) is not None:
            body |= _geometry(name, _coordinates(given))
    yield body


def _locations(rest: dict[str, Any], _: Surroundings) -> Iterator[Body]:
    found = False
    for name in ("point", "line", "polygon"):
        for given in _coordinates(rest.pop(f"{name}s", None)) or ():
            found = True
            yield {"type": "geolocation"} | _geometry(name, given)
    if not found:
        raise BadRecord("it has no points, lines or polygons")


def _geometry(name: str, coordinates: Any) -> Body:
    if name != "point":
        return {name: coordinates}
    if not isinstance(coordinates, list) or len(coordinates) != 2:
        raise BadRecord("its point is not longitude and latitude")
    return {"longitude": coordinates[0], "latitude": coordinates[1]}


def _coordinates(value: Any) -> Any:
    """Return the coordinates of GeoJSON, or of the bare lists of older releases."""
    return _finite(value.get("coordinates") if isinstance(value, Mapping) else value)


def _finite(value: Any) -> Any:
    return [_finite(each) for each in value] if isinstance(value, list) else bson.plain(value)


def _raster(rest: dict[str, Any], name: str, about: Surroundings) -> npy.Array | None:
    """Return the array of a mask or a map, in the document or in a PNG beside it; None where there is none."""
    packed = bson.binary(rest.get(name))
    path = rest.get(f"{name}_path")
    if packed is not None:
        rest.pop(name)
        return npy.decode(packed)
    if not isinstance(path, str):
        return None
    content = about.file(path)
    if content is None:
        raise Told(f"its {name} is in {path[:200]}, which is not beside the labels")
    try:
        picture = decode_png(content)
    except PngError as problem:
        raise BadRecord(f"its {name} {path[:200]} cannot be read: {problem}") from None
    if picture.channels in (2, 4):
        raise BadRecord(f"its {name} {path[:200]} has an alpha channel")
    shape = (picture.height, picture.width, picture.channels)
    return npy.Array("u1", shape[:2] if picture.channels == 1 else shape, picture.samples)


def _numbers(value: Any) -> list[float]:
    """Return a list of numbers, NaN among them; empty for anything else."""
    if not isinstance(value, list):
        return []
    found = [bson.number(each) for each in value]
    return [math.nan if each is None else each for each in found]


def _list_of_lists(value: Any, name: str) -> Sequence[Any]:
    if not isinstance(value, list) or not all(isinstance(each, list) for each in value):
        raise BadRecord(f"its {name} are no lists of points")
    return value


_READERS: Final[Mapping[str, Callable[[dict[str, Any], Surroundings], Iterator[Body]]]] = {
    "Detection": _detection,
    "Classification": _classification,
    "Polyline": _polyline,
    "Keypoint": _keypoint,
    "Segmentation": _segmentation,
    "Heatmap": _heatmap,
    "Regression": _regression,
    "TemporalDetection": _temporal,
    "GeoLocation": _location,
    "GeoLocations": _locations,
}
