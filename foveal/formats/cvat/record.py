"""Records of a CVAT file: pointers, the labels that the file uses but does not declare, shapes that are refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.formats.base.files.source import Source, pointer
from foveal.formats.base.files.xml_scan import Element
from foveal.formats.base.model.items import Annotation, FileWarning, Item, Label, NotImported
from foveal.formats.cvat.attributes import Specs
from foveal.formats.cvat.meta import Meta
from foveal.formats.cvat.shapes import body_of
from foveal.formats.cvat.values import Refused

LAYER: Final = "ground_truth"
FORMAT: Final = "cvat"


@dataclass(frozen=True, slots=True)
class File:
    """An XML file of a source."""

    source: Source
    name: str

    def pointer(self, path: str) -> str:
        """Return the pointer of an element by its path."""
        return pointer(self.source, self.name, path)


@dataclass(slots=True)
class Labels:
    """The labels that a file uses; one that its `meta` does not declare is yielded where it comes first."""

    _seen: set[str] = field(default_factory=set)

    def used(self, label: str | None, meta: Meta, where: str) -> Iterator[Item]:
        if label and label not in self._seen:
            self._seen.add(label)
            if label.strip() not in meta.names:
                yield Label(label)
                yield FileWarning("undeclared_label", f"The label {label!r} is not in the file's meta.", where)


def annotation(
    asset: str, body: dict[str, Any], where: str, record: str, frame_members: dict[str, Any] | None = None
) -> Annotation:
    """Return an annotation of the file, in the layer of the ground truth."""
    return Annotation(asset, {"field": LAYER} | body | (frame_members or {}), where, record, FORMAT)


def shape(
    element: Element,
    where: str,
    asset: str,
    specs: Specs,
    track: dict[str, Any] | None = None,
    sides: tuple[int, int] | None = None,
) -> Annotation | NotImported:
    """Return a shape as an annotation, or why it is none; `track` holds what it has from its track."""
    try:
        body = body_of(element, specs, (track or {}).get("label", "") if track is not None else None)
        if track is not None and "frame_index" not in body:
            raise Refused("frame is missing")
        if sides is not None and "mask" in body:
            _check_mask(body["mask"]["bbox_px"], sides)
    except Refused as reason:
        return NotImported(where, f"{reason}.", element.record, asset)
    return annotation(asset, body, where, element.record, track)


def _check_mask(box: list[int], sides: tuple[int, int]) -> None:
    left, top, width, height = box
    if left >= sides[0] or top >= sides[1] or left + width <= 0 or top + height <= 0:
        raise Refused(f"the mask lies wholly outside the image of {sides[0]} x {sides[1]}")
