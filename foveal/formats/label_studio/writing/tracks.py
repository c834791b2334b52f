"""Tracks as sequences of keyframes from frame 1; visibility ends after a keyframe whose `enabled` is false."""

from collections.abc import Mapping, Sequence
from typing import Any

from foveal.formats.base.model.loss import LossReport
from foveal.formats.label_studio.writing.geometry import Measures, Unwritable, Value, box_value
from foveal.formats.label_studio.writing.regions import Body, Region


def sequence_value(region: Region, measures: Measures, frames: int | None, losses: LossReport) -> Value:
    """Return the value of a track. Raises Unwritable for a track without a box."""
    places = _by_frame(region, losses)
    if not places:
        raise Unwritable("bbox", "the track has no box on any frame")
    sequence: list[Value] = []
    for frame, body in places:
        if body.get("outside"):
            _end(sequence, frame, region, losses)
        else:
            sequence.append({"frame": frame + 1, "enabled": True} | box_value(body, measures))
    if not sequence:
        raise Unwritable("outside", "the track is never visible")
    if not any(each.body.get("track_id") for each in region.annotations):
        sequence[-1]["enabled"] = False
    return {"sequence": sequence} | ({"framesCount": frames} if frames else {})


def _by_frame(region: Region, losses: LossReport) -> Sequence[tuple[int, Body]]:
    """Return the body of each keyframe, in their order; places between keyframes are made anew by interpolation."""
    found: dict[int, Body] = {}
    labels: dict[int, set[str | None]] = {}
    for each in region.annotations:
        body: Mapping[str, Any] = each.body
        frame = body.get("frame_index")
        if frame is None or (body.get("bbox") is None and body.get("bbox_px") is None):
            continue
        if body.get("interpolated"):
            losses.tell("interpolated", "interpolated", "Places between keyframes are interpolated.", each.pointer)
            continue
        first = found.setdefault(min(found, default=frame), body)
        for name in ("confidence", "attributes", "text"):
            if body.get(name) != first.get(name):
                losses.tell("differs_by_frame", name, "A track states it once, as on its first frame.", each.pointer)
        found.setdefault(frame, body)
        labels.setdefault(frame, set()).add(body.get("label"))
    if len({frozenset(each) for each in labels.values()}) > 1:
        losses.tell("labels_of_track", "label", "A track has the same labels on all frames.", region.pointer)
    return sorted(found.items())


def _end(sequence: list[Value], frame: int, region: Region, losses: LossReport) -> None:
    """Let visibility end before a frame, counted from 0: the last frame seen is a keyframe that is not enabled."""
    if not sequence or not sequence[-1]["enabled"]:
        return
    if sequence[-1]["frame"] == frame:
        sequence[-1]["enabled"] = False
        return
    losses.tell("keyframe_added", "outside", "Visibility ends at a keyframe, which is added.", region.pointer)
    sequence.append(sequence[-1] | {"frame": frame, "enabled": False})
