"""Annotations as shapes of CVAT's XML; each field that the format cannot hold is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.formats.base.files.numbers import text_of as number_text
from foveal.formats.base.geometry.writing import Sides, leave_out, tell_rest
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.cvat.shapes import SOURCES
from foveal.formats.cvat.writing import geometry
from foveal.formats.cvat.writing.geometry import NotWritable
from foveal.formats.cvat.writing.markup import element, is_writable, leaf, point_list
from foveal.formats.cvat.writing.survey import Key, Survey, is_integer, point_name

Attributes = dict[str, str]
Body = Mapping[str, Any]
SOURCE_WORDS: Final = {ours: theirs for theirs, ours in SOURCES.items()}
_HELD: Final = frozenset(
    ("type", "label", "attributes", "occluded", "z_order", "group_id", "source", "extra", "image_size")
)
_HELD_BY: Final[Mapping[str, frozenset[str]]] = {
    "detection": frozenset(("bbox", "bbox_px", "rotation", "rotation_origin")),
    "polygon": frozenset(("rings", "rings_px", "closed")),
    "polyline": frozenset(("rings", "rings_px", "closed")),
    "keypoints": frozenset(("keypoints",)),
    "ellipse": frozenset(("ellipse", "ellipse_px", "rotation")),
    "cuboid": frozenset(("cuboid", "cuboid_px")),
    "mask": frozenset(("mask",)),
    "segmentation": frozenset(("mask",)),
}
_OF_VIDEOS: Final = frozenset(("frame_index", "track_id", "keyframe", "outside", "interpolated"))
_NOT_ATTRIBUTES: Final = frozenset(("attribute_names", "attributes", "points", "elements"))


@dataclass(frozen=True, slots=True)
class ShapeWriter:
    """Writer of shapes of a data set at a level of indentation."""

    losses: LossReport
    survey: Survey
    in_video: bool = False
    level: int = 2

    def texts(self, annotation: Annotation, sides: Sides | None, given: Attributes | None = None) -> list[str]:
        """Return an annotation as elements: one for each part of a polygon, none when CVAT has no such shape.

        `given` are the attributes that a place of a track has: frame, keyframe, outside.
        """
        body = annotation.body
        try:
            shapes = self._shapes(annotation, sides)
        except NotWritable as reason:
            leave_out(annotation, self.losses, _sentence(str(reason)))
            return []
        self.losses.written += 1
        self._tell_fields(annotation)
        extra = _extra(annotation)
        first, last = self._before(body, given or {}), self._after(body, extra)
        children = self._attributes(annotation, (body.get("label") or "", None), body, extra)
        return [
            element(each.name, first | each.attributes | last, [*each.children, *children], self.level)
            for each in shapes
        ]

    def _shapes(self, annotation: Annotation, sides: Sides | None) -> Sequence["_Shape"]:
        body = annotation.body
        match body["type"]:
            case "detection":
                return [_Shape("box", geometry.box(body, sides))]
            case "polygon" | "polyline":
                return self._lines(annotation, sides)
            case "keypoints":
                return [self._keypoints(annotation, sides)]
            case "ellipse":
                return [_Shape("ellipse", geometry.ellipse(body, sides))]
            case "cuboid":
                return [_Shape("cuboid", geometry.cuboid(body, sides))]
            case "mask":
                return [_Shape("mask", geometry.mask(body["mask"]))]
            case "segmentation":
                found = [_Shape("mask", geometry.mask(body["mask"]))]
                self._tell("other_type", "type", "the mask of a class becomes the mask of an object", annotation)
                return found
            case "classification" if not self.in_video:
                return [_Shape("tag", {})]
            case "classification":
                raise NotWritable("CVAT for video has no tags")
        raise NotWritable(f"CVAT has no {body['type']}")

    def _lines(self, annotation: Annotation, sides: Sides | None) -> Sequence["_Shape"]:
        body = annotation.body
        rings = geometry.pixels(body, "rings", sides)
        if len(rings) > 1:
            self._tell("parts_apart", "rings", "a shape of CVAT has one ring: each part becomes a shape", annotation)
        if body["type"] == "polyline" and body.get("closed"):
            self._tell("no_place", "closed", "a polyline of CVAT is open", annotation)
        return [_Shape(body["type"], {"points": point_list(ring)}) for ring in rings]

    def _keypoints(self, annotation: Annotation, sides: Sides | None) -> "_Shape":
        body = annotation.body
        points = body["keypoints"]
        places = [geometry.place_of(point, body, sides) for point in points]
        if any(point.get("confidence") is not None for point in points):
            self._tell("no_place", "keypoints.confidence", "points of CVAT have no confidence", annotation)
        if self.survey.has_skeleton(body.get("label")):
            extra = _extra(annotation).get("points", {})
            children = [
                self._point(annotation, number, place or (0, 0), extra.get(str(number), {}))
                for number, place in enumerate(places)
            ]
            return _Shape("skeleton", {}, children)
        if any(point.get("name") or point.get("visibility", 2) != 2 or point.get("attributes") for point in points):
            self._tell("no_place", "keypoints", "points without a skeleton are unnamed and visible", annotation)
        known = [place for place in places if place is not None]
        if not known:
            raise NotWritable("no keypoint has a place")
        return _Shape("points", {"points": point_list(known)})

    def _point(self, annotation: Annotation, number: int, place: Sequence[float], extra: Body) -> str:
        """Return a point of a skeleton; one that is not labelled is outside, as CVAT has it."""
        point = annotation.body["keypoints"][number]
        visibility = point.get("visibility", 2)
        attributes = {
            "label": point_name(point, number),
            "source": str(extra.get("source", "manual")),
            "keyframe": str(extra.get("keyframe", 1)),
            "outside": str(int(bool(point.get("outside", visibility == 0)))),
            "occluded": str(int(bool(point.get("occluded", visibility == 1)))),
            "points": point_list([place]),
        }
        del attributes["source" if self.in_video else "keyframe"]
        attributes |= {name: str(value) for name, value in extra.items() if name not in _NOT_ATTRIBUTES}
        key = (annotation.body["label"], attributes["label"])
        children = self._attributes(annotation, key, point, extra)
        return element("points", attributes, children, self.level + 1)

    def _before(self, body: Body, given: Attributes) -> Attributes:
        """Return the attributes before the geometry, in CVAT's order."""
        found = dict(given)
        if not self.in_video:
            found["label"] = body.get("label") or ""
            found["source"] = SOURCE_WORDS.get(body.get("source") or "", "manual")
        is_skeleton = body["type"] == "keypoints" and self.survey.has_skeleton(body.get("label"))
        if body.get("occluded") is not None or not (is_skeleton or body["type"] == "classification"):
            found["occluded"] = str(int(bool(body.get("occluded"))))
        return found

    def _after(self, body: Body, extra: Body) -> Attributes:
        """Return the attributes behind the geometry, in CVAT's order."""
        found = {} if body["type"] == "classification" else {"z_order": str(body.get("z_order") or 0)}
        if body.get("group_id") and not self.in_video:
            found["group_id"] = self.survey.groups.of(body["group_id"])
        return found | {name: str(value) for name, value in extra.items() if name not in _NOT_ATTRIBUTES}

    def _attributes(self, annotation: Annotation, key: Key, body: Body, extra: Body) -> list[str]:
        """Return the attributes of a shape or of a point as elements, and those elements that we have no word for."""
        names = extra.get("attribute_names", {})
        found = [
            leaf(
                "attribute", self._value(annotation, key, names.get(name, name), value), {"name": names.get(name, name)}
            )
            for name, value in (body.get("attributes") or {}).items()
        ]
        found += [leaf("attribute", text, {"name": name}) for name, text in extra.get("attributes", ())]
        return found + list(extra.get("elements", ()))

    def _value(self, annotation: Annotation, key: Key, name: str, value: Any) -> str:
        text = text_of(value)
        if text != text.strip() or name != name.strip() or not is_writable(text) or isinstance(value, list):
            why = "an attribute has no list, no white space around it, no control characters"
            self._tell("changed_text", "attributes", why, annotation)
        elif not self.survey.reads_back(key, name, value, text):
            why = "the label declares the attribute with another type, which reads the value otherwise"
            self._tell("changed_type", "attributes", why, annotation)
        return text

    def _tell_fields(self, annotation: Annotation) -> None:
        body = annotation.body
        held = _HELD | _HELD_BY.get(body["type"], frozenset()) | (_OF_VIDEOS if self.in_video else frozenset())
        tell_rest(annotation, held, self.losses, "CVAT")
        if body["type"] == "keypoints" and body.keys() & {"bbox", "bbox_px"}:
            self._tell("no_place", "bbox", "skeletons and points have no box", annotation)
        if not is_integer(body.get("group_id") or "0") and not self.in_video:
            self._tell("changed_id", "group_id", "groups of CVAT have integers for ids", annotation)
        if body.get("extra") and annotation.format != "cvat":
            self._tell("no_place", "extra", "members of another format have no place in CVAT", annotation)
        if not is_writable(body.get("label") or ""):
            self._tell("changed_text", "label", "XML has no control characters", annotation)

    def _tell(self, code: str, name: str, why: str, annotation: Annotation) -> None:
        self.losses.tell(code, name, _sentence(why), annotation.pointer)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A shape: its element, the attributes of its geometry, and the points of a skeleton as text."""

    name: str
    attributes: Attributes
    children: Sequence[str] = field(default=())


def _extra(annotation: Annotation) -> Body:
    """Return the members of a record of CVAT that have no word in the annotation model."""
    extra: Body = annotation.body.get("extra") or {}
    return extra if annotation.format == "cvat" else {}


def _sentence(why: str) -> str:
    return f"{why[0].upper()}{why[1:]}."


def text_of(value: Any) -> str:
    """Return the value of an attribute as CVAT writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    return ", ".join(map(text_of, value)) if isinstance(value, list) else str(value)
