"""Tracks as elements of CVAT's XML: the places of one object in a video, and its end.

CVAT interpolates between the places of a track, and goes on after the last one. Where a data set says nothing of
keyframes, an object is where it is annotated and nowhere else: each gap, and the end, gets a place `outside`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from foveal.formats.base.geometry.writing import Sides, leave_out, tell_rest
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.cvat.writing.markup import STEP, start_tag
from foveal.formats.cvat.writing.shapes import SOURCE_WORDS, ShapeWriter
from foveal.formats.cvat.writing.survey import Numbers, Survey, is_integer

_OF_TRACKS: Final = frozenset(("type", "label", "source", "group_id", "track_id", "extra"))


@dataclass(frozen=True, slots=True)
class TrackWriter:
    """Writer of the tracks of one video, which have `tracks` for ids; `step` frames lie between two of its task."""

    losses: LossReport
    survey: Survey
    tracks: Numbers
    sides: Sides | None
    frame_count: int | None = None
    step: int = 1

    def texts(self, annotations: Sequence[Annotation]) -> Iterator[str]:
        """Yield the annotations of a video as tracks; those without a track become tracks of one frame."""
        tracks: dict[str, list[Annotation]] = {}
        alone: list[Annotation] = []
        for each in [part for annotation in annotations for part in self._parts(annotation)]:
            track_id = each.body.get("track_id")
            if track_id is None:
                alone.append(each)
            else:
                tracks.setdefault(track_id, []).append(each)
        for track_id, members in tracks.items():
            yield from self._track(track_id, members)
        for number, each in enumerate(alone):
            yield from self._track(self.tracks.of(f"alone {number}"), [each])

    def _parts(self, annotation: Annotation) -> Iterator[Annotation]:
        """Yield a shape with its first ring, and each other ring as a shape without a track: a track has one place."""
        name = next((each for each in ("rings_px", "rings") if len(annotation.body.get(each) or ()) > 1), None)
        if name is None or is_verbatim(annotation):
            yield annotation
            return
        why = "A place of a track has one ring: each other part becomes a track of one frame."
        self.losses.tell("parts_apart", "rings", why, annotation.pointer)
        self.losses.written -= len(annotation.body[name]) - 1
        body = {key: value for key, value in annotation.body.items() if key not in ("rings", "rings_px")}
        first, *others = annotation.body[name]
        yield replace(annotation, body=body | {name: [first]})
        for ring in others:
            yield replace(annotation, body=body | {name: [ring], "track_id": None})

    def _track(self, track_id: str, members: Sequence[Annotation]) -> Iterator[str]:
        whole = [each for each in members if each.body["type"] == "track"]
        places = [each for each in members if each.body["type"] != "track"]
        for each in whole:
            tell_rest(each, _OF_TRACKS, self.losses, "A track of CVAT")
        self.losses.written += len(whole)
        label = next((each.body["label"] for each in (*whole, *places) if each.body.get("label")), "")
        shapes = list(self._places(places, label))
        if not whole and not shapes:
            return
        inner = "".join(f"\n{STEP * 2}{shape}" for shape in shapes)
        yield f"{self._start_tag(track_id, label, whole, members)}{inner}\n{STEP}</track>"

    def _start_tag(self, track_id: str, label: str, whole: Sequence[Annotation], members: Sequence[Annotation]) -> str:
        if whole and is_verbatim(whole[0]) and whole[0].record:
            return whole[0].record.removesuffix("/>").removesuffix(">").rstrip() + ">"
        if not is_integer(track_id):
            self.losses.tell("changed_id", "track_id", "Tracks of CVAT have integers for ids.", members[0].pointer)
        attributes = {"id": self.tracks.of(track_id), "label": label}
        attributes["source"] = SOURCE_WORDS.get((whole or members)[0].body.get("source") or "", "manual")
        group = next((each.body["group_id"] for each in members if each.body.get("group_id")), None)
        if group:
            attributes["group_id"] = self.survey.groups.of(group)
            if not is_integer(group):
                self.losses.tell("changed_id", "group_id", "Groups of CVAT have integers for ids.", members[0].pointer)
        extra = whole[0].body.get("extra") or {} if whole else {}
        if extra and whole[0].format == "cvat":
            attributes |= {name: str(value) for name, value in extra.items() if name != "id"}
        elif extra:
            why = "Members of another format have no place in CVAT."
            self.losses.tell("no_place", "extra", why, whole[0].pointer)
        return start_tag("track", attributes)

    def _places(self, places: Sequence[Annotation], label: str) -> Iterator[str]:
        writer = ShapeWriter(self.losses, self.survey, in_video=True)
        framed = []
        for each in places:
            if each.body.get("frame_index") is None:
                leave_out(each, self.losses, "A place in a video needs its frame.")
            else:
                framed.append(each)
            if (each.body.get("label") or label) != label:
                why = "A track has one label for all its places."
                self.losses.tell("one_label", "label", why, each.pointer)
        framed.sort(key=lambda each: int(each.body["frame_index"]))
        has_keyframes = any(each.body.get(name) is not None for each in framed for name in ("keyframe", "outside"))
        for position, each in enumerate(framed):
            if is_verbatim(each) and each.record:
                self.losses.written += 1
                yield each.record
                continue
            found = writer.texts(each, self.sides, _given(each.body))
            yield from found
            following = framed[position + 1].body["frame_index"] if position + 1 < len(framed) else self.frame_count
            end = each.body["frame_index"] + self.step
            if found and not has_keyframes and (following is None or end < following):
                yield from self._end(each, end)

    def _end(self, last: Annotation, frame: int) -> Iterator[str]:
        """Yield the place that ends the visibility of an object; it is none of the data set's annotations."""
        body = {name: value for name, value in last.body.items() if name != "attributes"}
        if "keypoints" in body:
            body["keypoints"] = [point | {"outside": True} for point in body["keypoints"]]
        silent = ShapeWriter(LossReport(), self.survey, in_video=True)
        yield from silent.texts(replace(last, body=body), self.sides, _given({"frame_index": frame, "outside": True}))


def is_verbatim(annotation: Annotation) -> bool:
    """Tell whether an annotation is an element of CVAT that nobody has edited."""
    return annotation.format == "cvat" and not annotation.is_edited and bool(annotation.record)


def _given(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes that a place has in a track."""
    is_key = body.get("keyframe")
    if is_key is None:
        is_key = not body.get("interpolated")
    found = {"frame": str(body["frame_index"]), "keyframe": str(int(bool(is_key)))}
    return found | {"outside": str(int(bool(body.get("outside"))))}
