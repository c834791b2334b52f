"""Edits of panoptic files: the segments of an image are painted anew into their PNG when one of them changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.coco.index import key_of
from foveal.formats.coco.panoptic import id_map_name, masks_of
from foveal.formats.coco.records import BrokenRecord
from foveal.formats.coco.writing.panoptic import SegmentPainter


class PanopticEdits:
    """The records and PNG files of a panoptic file that changed; `pictures` are by name, None for one that is gone."""

    def __init__(self, source: Source, json_name: str, painter: SegmentPainter, losses: LossReport) -> None:
        self._source, self._json_name, self._painter, self._losses = source.around(), json_name, painter, losses
        self.pictures: dict[str, bytes | None] = {}

    def record(
        self,
        raw: bytes,
        members: Mapping[str, Any],
        parts: Sequence[Annotation],
        new: Sequence[Annotation],
        asset: Asset,
    ) -> bytes | None:
        """Return the record of an image with the segments that it has now; None where none is left."""
        if not new and not any(each.is_edited for each in parts) and not self._lacks(members, parts):
            self._losses.written += len(parts)
            return raw
        name = id_map_name(self._source, self._json_name, members.get("file_name"))
        painted = self._painter.paint([*parts, *new], asset)
        if painted is None:
            self.pictures[name] = None
            return None
        picture, segments = painted
        self.pictures[name] = picture
        given = {key_of(each.get("id")): each for each in members["segments_info"] if isinstance(each, dict)}
        made = [
            {**given.get(segment["id"], {}), **({"area": segment["area"]} if _is_as_read(each) else segment)}
            for each, segment in segments
        ]
        return dumps({**members, "segments_info": made}).encode()

    def _lacks(self, members: Mapping[str, Any], parts: Sequence[Annotation]) -> bool:
        """Tell whether a segment that could be read is not among the parts any more."""
        stated = {key_of(each.get("id")) for each in members["segments_info"] if isinstance(each, dict)}
        kept = {(each.body.get("extra") or {}).get("segment_id") for each in parts}
        if stated == kept:
            return False
        try:
            name = id_map_name(self._source, self._json_name, members.get("file_name"))
            masks, _ = masks_of(self._source, name, None)
        except BrokenRecord:
            return False
        return not stated & masks.keys() <= kept


def _is_as_read(annotation: Annotation) -> bool:
    return annotation.format == "coco" and not annotation.is_edited
