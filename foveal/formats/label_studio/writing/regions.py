"""Regions of annotations that are written: several labels of one place are one region, the boxes of a track another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.label_studio.values import is_word

Body = Mapping[str, Any]


@dataclass(slots=True)
class Region:
    """Annotations of one place: one for each label; of a track, one for each keyframe and label."""

    annotations: list[Annotation] = field(default_factory=list)

    @property
    def body(self) -> Body:
        return self.annotations[0].body

    @property
    def pointer(self) -> str:
        return self.annotations[0].pointer

    @property
    def is_track(self) -> bool:
        body = self.body
        return body["type"] == "track" or (body["type"] == "detection" and body.get("frame_index") is not None)

    @property
    def labels(self) -> list[str]:
        return list({each.body["label"]: None for each in self.annotations if each.body.get("label")})


def regions_of(annotations: Sequence[Annotation]) -> Iterator[Region]:
    """Yield the regions of one layer, in the order of their first annotations."""
    tracks: dict[str, Region] = {}
    found: list[Region] = []
    for each in annotations:
        body = each.body
        if Region([each]).is_track and body.get("track_id"):
            region = tracks.get(body["track_id"])
            if region is None:
                region = tracks[body["track_id"]] = Region()
                found.append(region)
        elif found and _is_same_place(found[-1], each):
            region = found[-1]
        else:
            region = Region()
            found.append(region)
        region.annotations.append(each)
    yield from found


def _is_same_place(region: Region, other: Annotation) -> bool:
    """Tell whether an annotation is another label of a region."""
    one, body = region.body, other.body
    if one.get("instance_id") is None or one.get("instance_id") != body.get("instance_id"):
        return False
    if body["type"] in ("classification", "caption", "regression"):
        return one["type"] == body["type"] and region.pointer == other.pointer
    is_new = body.get("label") and body["label"] not in region.labels
    return bool(is_new) and _unlabelled(one) == _unlabelled(body)


def _unlabelled(body: Body) -> Body:
    """Return what a body states beside its label, which names its points too."""
    points = [{**each, "name": None} if each.get("name") == body.get("label") else each for each in _points(body)]
    return {**body, "label": None, "keypoints": points}


def _points(body: Body) -> Sequence[Mapping[str, Any]]:
    return body.get("keypoints") or ()


class Identities:
    """Ids of the regions of one set of results, each once: the instance or the track, else a number."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._next = 1

    def take(self, region: Region, losses: LossReport) -> str:
        """Return the id of a region."""
        wanted = region.body.get("track_id") if region.is_track else region.body.get("instance_id")
        if is_word(wanted) and wanted not in self._taken:
            self._taken.add(str(wanted))
            return str(wanted)
        if wanted is not None:
            losses.tell(
                "id_not_kept", "instance_id", "An id stands for one region: another one has it.", region.pointer
            )
        return self.free()

    def free(self) -> str:
        """Return an id that no region has."""
        while f"region_{self._next}" in self._taken:
            self._next += 1
        found = f"region_{self._next}"
        self._taken.add(found)
        return found
