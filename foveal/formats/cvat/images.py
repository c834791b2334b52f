"""Images of CVAT's XML with their shapes and tags."""

import re
from collections.abc import Iterator
from typing import Final

from foveal.formats.base.files.xml_scan import Element
from foveal.formats.base.model.items import Asset, FileWarning, Item, NotImported
from foveal.formats.cvat.meta import Meta
from foveal.formats.cvat.record import File, Labels, shape
from foveal.formats.cvat.shapes import others
from foveal.formats.cvat.values import Refused, integer

MAX_FILE_NAME: Final = 1024
_FRAME: Final = re.compile(r"frame_\d{6,}")
"""The name that CVAT gives to a frame of a video, in an export for images."""


class ImageReader:
    """Reader of `<image>` elements; it remembers the labels that came before."""

    def __init__(self, file: File) -> None:
        self._file, self.labels = file, Labels()
        self._has_frames = False

    def read(self, element: Element, meta: Meta) -> Iterator[Item]:
        """Yield an image and its annotations; an image that cannot be named is told with all that it holds."""
        where, name = self._file.pointer(element.path), element.attributes.get("name", "")
        if not 0 < len(name) <= MAX_FILE_NAME:
            reason = f"The image needs a name of 1 to {MAX_FILE_NAME} characters."
            for each in element.children or [element]:
                yield NotImported(self._file.pointer(each.path), reason, each.record)
            return
        asset = _asset(element, meta, where)
        video = meta.task(element.attributes.get("task_id")).source
        if video and _FRAME.fullmatch(name) and not self._has_frames:
            self._has_frames = True
            message = f"{name} is a frame of {video}: export 'CVAT for video 1.1' to have its labels on the video."
            yield FileWarning("frame_of_a_video", message, where)
        yield asset
        sides = (asset.width, asset.height) if asset.width and asset.height else None
        for each in element.children:
            found = shape(each, self._file.pointer(each.path), name, meta.specs, sides=sides)
            if not isinstance(found, NotImported):
                yield from self.labels.used(found.body.get("label"), meta, found.pointer)
            yield found


def _asset(element: Element, meta: Meta, where: str) -> Asset:
    attributes = element.attributes
    extra = others(element, {"id", "name", "subset", "width", "height"})
    return Asset(
        attributes["name"],
        split=attributes.get("subset") or meta.task(attributes.get("task_id")).subset,
        width=_side(attributes.get("width"), "width", extra),
        height=_side(attributes.get("height"), "height", extra),
        external_id=_id(attributes.get("id")),
        extra=extra,
        pointer=where,
        record=element.record,
    )


def _side(text: str | None, name: str, extra: dict[str, str]) -> int | None:
    """Return a side in pixels; text that is none goes to `extra`."""
    if text is None:
        return None
    try:
        return integer(text, name, least=1)
    except Refused:
        extra[name] = text
        return None


def _id(text: str | None) -> int | str | None:
    try:
        return integer(text, "id") if text else None
    except Refused:
        return text
