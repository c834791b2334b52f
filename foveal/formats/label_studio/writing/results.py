"""Results of Label Studio for regions: the shape with its labels, what else is stated, and relations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.formats.base.model.loss import LossReport
from foveal.formats.label_studio.writing.geometry import (
    TAGS,
    Measures,
    Sides,
    Unwritable,
    Value,
    box_value,
    brush_value,
    ellipse_value,
    point_value,
    polygon_values,
    timeline_value,
)
from foveal.formats.label_studio.writing.held import own_extra, tell_losses
from foveal.formats.label_studio.writing.interface import Interface
from foveal.formats.label_studio.writing.regions import Body, Identities, Region
from foveal.formats.label_studio.writing.statements import statements, whole_value
from foveal.formats.label_studio.writing.tracks import sequence_value

Made = dict[str, Any]
ORIGINS: Final = {"manual": "manual", "auto": "prediction", "semi_auto": "prediction-changed"}
DIRECTIONS: Final = {"forward": "right", "backward": "left", "both": "bi"}
MARK_WIDTH: Final = 0.5
"""Width of the mark of a point, in percent of the width of the image."""


class _Deferred(LossReport):
    """Losses of a region, which are told once it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._told: list[tuple[str, str, str, str]] = []

    def tell(self, code: str, field: str, why: str, example: str) -> None:
        self._told.append((code, field, why, example))

    def tell_to(self, losses: LossReport) -> None:
        for each in self._told:
            losses.tell(*each)


@dataclass(slots=True)
class Writer:
    """Makes the results of one set; `sides` and `frames` are those of the asset, `to_name` its object tag."""

    sides: Sides | None
    frames: int | None
    to_name: str
    interface: Interface
    losses: LossReport
    identities: Identities = field(default_factory=Identities)
    by_instance: dict[str, str] = field(default_factory=dict)
    _told: _Deferred = field(default_factory=_Deferred)

    def region(self, region: Region) -> list[Made]:
        """Return the results of a region; none, and a loss, where the format cannot hold it."""
        self._told = _Deferred()
        try:
            made = self._results(region)
        except Unwritable as problem:
            self.losses.tell("not_written", problem.field, f"{problem.why}.", region.pointer)
            self.losses.left_out += len(region.annotations)
            return []
        self._told.tell_to(self.losses)
        self.losses.written += len(region.annotations)
        for each in region.annotations:
            tell_losses(each.body, each.pointer, self.losses, is_track=region.is_track)
        return made

    def relations(self, regions: Sequence[Region]) -> Iterator[Made]:
        """Yield the relations of regions that were written. Others, whose end is in another set, are told."""
        for region in regions:
            start = self.by_instance.get(region.body.get("instance_id") or "")
            for each in region.body.get("relations") or ():
                end = self.by_instance.get(each["to"])
                if start is None or end is None:
                    self.losses.tell(
                        "relation_not_written", "relations", "The other end is not in the same set.", region.pointer
                    )
                    continue
                yield relation(start, end, each)

    def _results(self, region: Region) -> list[Made]:
        body, kind = region.body, region.body["type"]
        if kind in ("classification", "caption", "regression"):
            return [self._whole(region)]
        if region.is_track:
            value = sequence_value(region, self._measures(body), self.frames, self._told)
            return self._shape(region, "videorectangle", value, "labels")
        if body.get("frame_index") is not None:
            raise Unwritable("frame_index", f"Label Studio has no {kind} on a frame of a video")
        if kind not in TAGS:
            raise Unwritable("type", f"Label Studio has no {kind}")
        if kind == "keypoints":
            return list(self._keypoints(region))
        tag = TAGS[kind]
        key = f"{tag}labels"
        type_ = key if region.labels or kind == "temporal" else tag
        values, sides = self._values(region)
        return [
            made
            for value in values
            for made in self._shape(region, type_, value, key, sides, is_first=value is values[0])
        ]

    def _values(self, region: Region) -> tuple[Sequence[Value], Sides | None]:
        body, measures = region.body, self._measures(region.body)
        if body.get("holes") or body.get("holes_px"):
            raise Unwritable("holes", "polygons of Label Studio have no holes: convert them to masks")
        match body["type"]:
            case "detection":
                return [box_value(body, measures)], measures.sides
            case "polygon" | "polyline":
                values = polygon_values(body, measures)
                if len(values) > 1:
                    self._told.tell("parts_apart", "rings", "Each part is a region of its own.", region.pointer)
                return values, measures.sides
            case "ellipse":
                return [ellipse_value(body, measures)], measures.sides
            case "mask" | "segmentation":
                if body["type"] == "segmentation":
                    self._told.tell("other_type", "type", "It reads back as a mask of an object.", region.pointer)
                value, sides = brush_value(body, measures)
                return [value], sides
        return [timeline_value(body)], None

    def _measures(self, body: Body) -> Measures:
        size = body.get("image_size")
        return Measures((size[0], size[1]) if size else self.sides)

    def _shape(
        self,
        region: Region,
        type_: str,
        value: Value,
        key: str,
        sides: Sides | None = None,
        *,
        is_first: bool = True,
    ) -> list[Made]:
        """Return the result of a shape, and those of what is stated about it."""
        body = region.body
        identity = self.identities.take(region, self._told) if is_first else self.identities.free()
        if is_first and body.get("instance_id"):
            self.by_instance.setdefault(body["instance_id"], identity)
        control = self._control(body, type_, region.labels)
        own = own_extra(body).get("value")
        labels = {key: region.labels} if region.labels or type_.endswith("labels") else {}
        labelled = (own if isinstance(own, dict) else {}) | value | labels
        base = {"id": identity} | self._sides(sides) | {"to_name": self._to_name(body)}
        shape = base | {"type": type_, "value": labelled, "from_name": control} | self._provenance(body)
        stated = (
            [] if type_ == "timelinelabels" else statements(body, value, self.interface, self._told, region.pointer)
        )
        return [shape, *(base | each for each in stated)]

    def _keypoints(self, region: Region) -> Iterator[Made]:
        """Yield a result for each point; several hang on a rectangle, or on nothing where there is no box."""
        body, points = region.body, region.body["keypoints"]
        is_one = len(points) == 1 and points[0].get("name") in (None, body.get("label"))
        measures = self._measures(body)
        parent: Made = {}
        if not is_one and (body.get("bbox") or body.get("bbox_px")):
            key = "rectanglelabels"
            made_of_box = self._shape(region, key, box_value(body, measures), key, measures.sides)
            yield from made_of_box
            parent = {"parentID": made_of_box[0]["id"]}
        elif not is_one and body.get("label"):
            self._told.tell(
                "not_in_format", "label", "Points without a box have their own names alone.", region.pointer
            )
        if not is_one:
            self._told.tell("skeleton_apart", "keypoints", "Each point is a region of its own.", region.pointer)
        for number, point in enumerate(points):
            if point.get("visibility", 2) != 2 or set(point) - {"name", "x", "y", "x_px", "y_px", "visibility"}:
                self._told.tell("point_not_kept", "keypoints", "Points have a place and a name.", region.pointer)
            if point.get("visibility", 2) == 0:
                continue
            name = (body.get("label") if is_one else None) or point.get("name") or str(number)
            own = own_extra(body).get("value")
            width = own.get("width", MARK_WIDTH) if isinstance(own, dict) else MARK_WIDTH
            value = point_value(point, measures, width) | {"keypointlabels": region.labels if is_one else [name]}
            identity = self.identities.take(region, self._told) if is_one else self.identities.free()
            if is_one and body.get("instance_id"):
                self.by_instance.setdefault(body["instance_id"], identity)
            control = self._control(body if is_one else {}, "keypointlabels", value["keypointlabels"])
            made: Made = {"id": identity} | self._sides(measures.sides) | {"to_name": self._to_name(body)}
            made |= {"type": "keypointlabels", "value": value, "from_name": control} | self._provenance(body)
            yield made | parent

    def _whole(self, region: Region) -> Made:
        """Return the result of a statement about the whole asset."""
        body = region.body
        type_, value = whole_value(region, self._told)
        identity = self.identities.take(region, self._told)
        control = self._control(body, type_, region.labels if type_ == "choices" else [])
        if type_ == "number" and not own_extra(body) and body.get("label"):
            control = body["label"]
        made = {"id": identity, "type": type_, "value": value, "from_name": control, "to_name": self._to_name(body)}
        return made | self._provenance(body)

    def _control(self, body: Body, type_: str, labels: Sequence[str]) -> str:
        name = own_extra(body).get("from_name")
        is_given = isinstance(name, str)
        return self.interface.add(type_, name if is_given else None, labels, is_given=is_given)

    def _to_name(self, body: Body) -> str:
        name = own_extra(body).get("to_name")
        return name if isinstance(name, str) else self.to_name

    def _sides(self, sides: Sides | None) -> Made:
        return {"original_width": sides[0], "original_height": sides[1], "image_rotation": 0} if sides else {}

    def _provenance(self, body: Body) -> Made:
        made: Made = {"origin": ORIGINS.get(body.get("source") or "", "manual")}
        score = own_extra(body).get("score", body.get("confidence"))
        if score is not None:
            made["score"] = score
        if body.get("parent_id"):
            made["parentID"] = body["parent_id"]
        ours = ("from_name", "to_name", "value", "controls", "score", "annotation_id")
        return made | {key: each for key, each in own_extra(body).items() if key not in ours}


def relation(start: str, end: str, stated: Mapping[str, Any]) -> Made:
    """Return the result of a relation between two regions."""
    made: Made = {"type": "relation", "from_id": start, "to_id": end}
    made["direction"] = DIRECTIONS[stated.get("direction") or "forward"]
    return made | ({"labels": stated["labels"]} if stated.get("labels") else {})
