"""Images as elements of CVAT's XML: unedited ones as they stood, edited ones with their unedited shapes."""

import re
from collections.abc import Sequence
from typing import Final

from foveal.formats.base.files.xml_scan import parse
from foveal.formats.base.geometry.writing import sides_of
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.cvat.writing.markup import STEP, start_tag
from foveal.formats.cvat.writing.shapes import ShapeWriter
from foveal.formats.cvat.writing.survey import Survey
from foveal.formats.cvat.writing.tracks import is_verbatim

_BETWEEN: Final = f"\n{STEP * 2}"
_START_TAG: Final = re.compile(r"""<image(?:[^>"']|"[^"]*"|'[^']*')*>""")


class ImageWriter:
    """Writer of images; each gets its own id, or the next that is free."""

    def __init__(self, found: Survey, format_: str | None, context: Context, losses: LossReport) -> None:
        self._taken, self._next = found.image_ids, 0
        self._used: set[int] = set()
        self._is_own, self._context, self._losses = format_ == "cvat", context, losses
        self._groups = found.groups
        self._shapes = ShapeWriter(losses, found)

    def text(self, labelled: LabelledAsset) -> str:
        """Return an image with its annotations, and with the records of it that were not imported."""
        asset = labelled.asset
        self._groups.forget()
        if self._is_own and labelled.is_unedited and asset.record is not None:
            self._losses.written += len(labelled.annotations)
            self._id(asset)
            return asset.record
        if self._is_own and asset.record is not None and asset.pointer is not None:
            self._id(asset)
            return self._spliced(labelled, asset.record, asset.pointer)
        kept = [each.record for each in labelled.leftovers] if self._is_own else []
        if not self._is_own:
            tell_asset(labelled, self._losses)
        return _open(self._start_tag(asset), self._texts(labelled, labelled.annotations) + kept)

    def _spliced(self, labelled: LabelledAsset, record: str, pointer: str) -> str:
        """Return the text of an image with edited shapes replaced, deleted ones cut out, and new ones at the end."""
        start = _START_TAG.match(record)
        content, position = record.encode(), len(start[0].encode()) if start else 0
        annotations: dict[str, list[Annotation]] = {}
        for each in labelled.annotations:
            annotations.setdefault(each.pointer, []).append(each)
        leftovers = {each.pointer for each in labelled.leftovers}
        found = [content[:position]]
        children = parse(content).children
        for child in children:
            where = pointer + child.path.removeprefix("/image")
            own = annotations.pop(where, [])
            if any(each.is_edited for each in own):
                texts = self._texts(labelled, own)
                found += [content[position : child.offset], _BETWEEN.join(texts).encode()]
            elif own or where in leftovers:
                self._losses.written += len(own)
                found.append(content[position : child.end])
            position = child.end
        new = self._texts(labelled, [each for rest in annotations.values() for each in rest])
        if new and not children:
            return _open(found[0].decode(), new)
        found += [f"{_BETWEEN}{each}".encode() for each in new]
        return b"".join([*found, content[position:]]).decode()

    def _texts(self, labelled: LabelledAsset, annotations: Sequence[Annotation]) -> list[str]:
        sides = sides_of(labelled.asset, self._context)
        found: list[str] = []
        for each in annotations:
            if is_verbatim(each) and each.record:
                self._losses.written += 1
                found.append(each.record)
            else:
                found += self._shapes.texts(each, sides)
        return found

    def _start_tag(self, asset: Asset) -> str:
        attributes = {"id": str(self._id(asset)), "name": asset.file_name}
        if asset.split:
            attributes["subset"] = asset.split
        sides = sides_of(asset, self._context)
        if sides is None:
            why = "The sides of the image are not known: name them with --sizes."
            self._losses.tell("size_unknown", "image_size", why, asset.file_name)
        else:
            attributes |= {"width": str(sides[0]), "height": str(sides[1])}
        if not asset.labelled:
            why = "An image without shapes reads as reviewed and empty."
            self._losses.tell("no_place", "labelled", why, asset.file_name)
        return start_tag("image", attributes)

    def _id(self, asset: Asset) -> int:
        """Return the id of an image of CVAT where no other has it, else the next one that is free."""
        given = asset.external_id
        if self._is_own and isinstance(given, int) and given not in self._used:
            self._used.add(given)
            return given
        while self._next in self._taken or self._next in self._used:
            self._next += 1
        self._used.add(self._next)
        return self._next


def _open(start: str, children: Sequence[str]) -> str:
    """Return an image of a start tag, which may be that of an empty element, with its children."""
    inner = "".join(f"{_BETWEEN}{each}" for each in children)
    return f"{start.removesuffix('>').removesuffix('/').rstrip()}>{inner}\n{STEP}</image>"


def tell_asset(labelled: LabelledAsset, losses: LossReport) -> None:
    """Tell what an asset of another format has that CVAT cannot hold."""
    for each in labelled.leftovers:
        losses.tell("not_imported", "record", "A record that was not imported is not written.", each.pointer)
    if labelled.asset.extra:
        why = "Members of another format have no place in CVAT."
        losses.tell("no_place", "asset.extra", why, labelled.asset.pointer or labelled.asset.file_name)
