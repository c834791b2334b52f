"""Rows of an annotation in the shape of a task, with each word of it that a row cannot hold told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.formats.base.files.numbers import row_of, text_of
from foveal.formats.base.model.context import AssetFacts
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.yolo.description import KptShape
from foveal.formats.yolo.writing.numbering import Numbering
from foveal.formats.yolo.writing.places import Places, SidesUnknownError, around

_ALWAYS: Final = frozenset(
    {"type", "field", "label", "label_id", "origin", "coordinate_frame", "image_size", "closed", "filled"}
)
_BOX: Final = _ALWAYS | {"bbox", "bbox_px"}
_TURNED: Final = _BOX | {"rotation", "rotation_origin"}
_OUTLINE: Final = _ALWAYS | {"rings", "rings_px", "holes", "holes_px"}
_POSE: Final = _BOX | {"keypoints"}
_KEYPOINT: Final = frozenset({"name", "x", "y", "x_px", "y_px", "visibility"})
_ROW_HOLDS: Final = "A row holds a class number and positions, nothing else."
TOLERATED: Final = 0.01
"""Share of a side beyond the edge that Ultralytics still takes."""


class _LeftOutError(Exception):
    def __init__(self, code: str, field_: str, why: str) -> None:
        super().__init__(why)
        self.code, self.field, self.why = code, field_, why


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writer of rows of one task. `keypoint_names` are the names of the keypoints by label, in order."""

    task: str
    numbering: Numbering
    losses: LossReport
    kpt_shape: KptShape = (0, 3)
    keypoint_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sixth_column: str | None = None

    def rows(self, annotation: Annotation, facts: AssetFacts | None) -> list[str]:
        """Return the rows of an annotation; none for one that is left out, which is told."""
        body, example = annotation.body, annotation.pointer
        try:
            if body.get("label") is None:
                raise _LeftOutError("no_label", "annotation", "A row needs a class.")
            if body.get("frame_index") is not None:
                raise _LeftOutError(
                    "frames_not_held", "annotation", "A label file belongs to an image, not to a video."
                )
            held, shapes = self._shapes(body, Places(body, facts), example)
        except _LeftOutError as left:
            self.losses.left_out += 1
            self.losses.tell(left.code, left.field, left.why, example)
            return []
        except SidesUnknownError:
            self.losses.left_out += 1
            why = "Pixels need the width and height of their image: give them with --sizes."
            self.losses.tell("sides_unknown", "annotation", why, example)
            return []
        self.losses.written += 1
        behind, told = self._behind(body)
        others = {name.removesuffix("_px") for name in body.keys() - held - told if body[name] is not None}
        for name in sorted(others):
            if (name, body.get(name)) != ("source", "imported"):
                self.losses.tell("not_in_a_row", name, _ROW_HOLDS, example)
        if body.get("field") not in (None, "ground_truth"):
            self.losses.tell("one_layer", "field", "All layers are written as one.", example)
        if not all(map(self._is_inside, shapes)):
            why = "Ultralytics ignores images with numbers below -0.01 or above 1.01; they are written as they are."
            self.losses.tell("outside_the_image", "bbox", why, example)
        number = self.numbering.of(body)
        return [" ".join([str(number), *([row_of(shape)] if shape else ()), *behind]) for shape in shapes]

    def _is_inside(self, shape: Sequence[float]) -> bool:
        positions = self._positions(shape)
        return not positions or (min(positions) >= -TOLERATED and max(positions) <= 1 + TOLERATED)

    def _positions(self, shape: Sequence[float]) -> Sequence[float]:
        """Return the numbers of a row without the visibility of keypoints."""
        if self.task != "pose" or self.kpt_shape[1] == 2:
            return shape
        return [number for place, number in enumerate(shape) if place < 4 or (place - 4) % 3 != 2]

    def _behind(self, body: Mapping[str, Any]) -> tuple[list[str], set[str]]:
        """Return the number behind the others, and the words that need not be told."""
        extra = body.get("extra") or {}
        told = {"extra"} if extra.keys() <= {"class", "sixth_column"} else set()
        if self.sixth_column == "confidence" and body.get("confidence") is not None:
            return [text_of(body["confidence"])], told | {"confidence"}
        if self.sixth_column == "track_id" and str(body.get("track_id")).isdecimal():
            return [str(body["track_id"])], told | {"track_id"}
        sixth = extra.get("sixth_column")
        return ([text_of(sixth)] if isinstance(sixth, int | float) else []), told

    def _shapes(
        self, body: Mapping[str, Any], places: Places, example: str
    ) -> tuple[frozenset[str], list[list[float]]]:
        kind = body["type"]
        match self.task, kind:
            case "detect", "detection" | "polygon" | "keypoints" | "mask":
                return self._box(body, places, example)
            case "obb", "detection":
                return _TURNED, [self._corners(places)]
            case "segment", "polygon":
                return self._outline(places, example)
            case "segment", "detection":
                self._other_type(kind, "an outline of four points", example)
                return _TURNED, [self._corners(places)]
            case "classify", "classification":
                return _ALWAYS, [[]]
            case "pose", "keypoints" | "detection":
                return self._pose(body, places, example)
            case _:
                raise _LeftOutError("type_not_held", "annotation", f"Rows of {self.task} hold no {kind}.")

    def _box(self, body: Mapping[str, Any], places: Places, example: str) -> tuple[frozenset[str], list[list[float]]]:
        if body["type"] != "detection":
            self._other_type(body["type"], "the box around it", example)
        elif body.get("rotation"):
            why = f"Rows of {self.task} hold no rotation: the upright box around the turned one is written."
            self.losses.tell("rotation_not_held", "rotation", why, example)
            self.losses.tell("rotation_not_held", "bbox", why, example)
        return _TURNED, [list(self._box_of(body, places))]

    def _box_of(self, body: Mapping[str, Any], places: Places) -> tuple[float, float, float, float]:
        """Return the box that the body has, else the one around its points."""
        if (box := places.box()) is not None:
            return box
        points = [number for ring in places.points("rings") for number in ring]
        labelled = [each for each in body.get("keypoints", ()) if each.get("visibility", 2)]
        points += [number for each in labelled for number in places.keypoint(each) or ()]
        if not points:
            raise _LeftOutError("no_box", "annotation", "It has no box and no points that one could be made of.")
        return around(points)

    def _corners(self, places: Places) -> list[float]:
        corners = places.corners()
        if not corners:
            raise _LeftOutError("no_box", "annotation", "It has no box.")
        return corners

    def _outline(self, places: Places, example: str) -> tuple[frozenset[str], list[list[float]]]:
        rings = places.points("rings")
        if not rings or any(len(ring) < 6 for ring in rings):
            raise _LeftOutError("no_outline", "annotation", "An outline needs three points.")
        if len(rings) > 1:
            self.losses.tell("parts_apart", "rings", "Each part of the object becomes a row of its own.", example)
        if places.points("holes"):
            self.losses.tell("holes_not_held", "holes", "Rows hold no holes: the outline is written without.", example)
        return _OUTLINE, rings

    def _pose(self, body: Mapping[str, Any], places: Places, example: str) -> tuple[frozenset[str], list[list[float]]]:
        count, size = self.kpt_shape
        if body["type"] == "detection":
            self._other_type("detection", "a box with keypoints that are not labelled", example)
            held, (box,) = self._box(body, places, example)
            return held, [[*box, *[0.0] * size * count]]
        if body.get("bbox") is None and body.get("bbox_px") is None:
            self.losses.tell("box_added", "bbox", "A row needs a box: the one around its points is written.", example)
        points = _ordered(body["keypoints"], self.keypoint_names.get(body["label"], ()))
        if points is None or len(points) > count:
            raise _LeftOutError("other_keypoints", "annotation", "Its keypoints are not those of its label.")
        if len(points) < count:
            why = "Every row has as many keypoints as the longest: those that are missing are written as not labelled."
            self.losses.tell("keypoints_padded", "keypoints", why, example)
        numbers = [number for point in points for number in self._keypoint(point, places, example)]
        return _POSE, [[*self._box_of(body, places), *numbers, *[0.0] * size * (count - len(points))]]

    def _keypoint(self, point: Mapping[str, Any], places: Places, example: str) -> list[float]:
        for name in sorted({key for key, value in point.items() if value is not None} - _KEYPOINT):
            self.losses.tell("not_in_a_row", f"keypoints.{name}", _ROW_HOLDS, example)
        place, visibility = places.keypoint(point), point.get("visibility", 2)
        size = self.kpt_shape[1]
        if bool(visibility) is not (place is not None):
            why = "A keypoint has a position when it is labelled, and only then: this one is written as zeros."
            self.losses.tell("not_labelled", "keypoints", why, example)
        if not visibility or place is None:
            return [0.0] * size
        if size == 2 and visibility != 2:
            self.losses.tell("visibility_not_held", "keypoints", "kpt_shape has no number for it.", example)
        return [*place, visibility][:size]

    def _other_type(self, kind: str, written: str, example: str) -> None:
        why = f"Rows of {self.task} hold no {kind}: {written} is written."
        self.losses.tell("other_type", "type", why, example)


def _ordered(points: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Mapping[str, Any]] | None:
    """Return keypoints in the order of the names of their label, as given where they have no names; None where
    they are others."""
    by_name = {point.get("name"): point for point in points}
    if not names or None in by_name:
        return list(points)
    if len(by_name) != len(points) or not by_name.keys() <= set(names):
        return None
    return [by_name.get(name, {"visibility": 0}) for name in names]
