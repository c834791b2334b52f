"""Writer of Pascal VOC: an XML file for each labelled image, and lists of splits and classes where there are any.

Unedited files go out as they came in. In an edited file only the objects that were edited, added or taken away change.
"""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.numbers import NotANumber
from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.target import FilePerAsset, Target
from foveal.formats.base.files.xml_scan import Element, encoded, parse
from foveal.formats.base.geometry.writing import Sides, box_px, leave_out, safe_path, sides_of, tell_rest
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.voc.layout import LISTS, image_id
from foveal.formats.voc.list_files import ListFiles
from foveal.formats.voc.mask_files import Canvas, ClassIndices, Unpaintable
from foveal.formats.voc.masks import PNG
from foveal.formats.voc.object_xml import leaf, node, object_xml, tree
from foveal.formats.voc.objects import bodies
from foveal.formats.voc.reader import OPTION_BASE

_HEAD: Final = ("folder", "filename", "path", "source", "owner")
_NOT_HEAD: Final = frozenset([*_HEAD, "segmented", "depth", "splits", OPTION_BASE, PNG])
_HELD_BY_MASKS: Final = frozenset(["label", "mask", "instance_id"])


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write a data set as Pascal VOC. Raises FormatError when it needs several files and the target is one."""
    writer = _Writer(dataset, target, context, losses)
    for labelled in dataset.assets():
        writer.add(labelled)
    writer.close()


class _Writer:
    def __init__(self, dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
        self._is_voc = dataset.format == "voc"
        self._target, self._context, self._losses = target, context, losses
        self._files = FilePerAsset(target, "Pascal VOC")
        self._lists = ListFiles(dataset.sections() if self._is_voc else {})
        self._indices = ClassIndices(dataset)
        self._numbers: dict[int, int] = {}
        """Numbers of the objects of the present file, by the identity of their annotation."""
        self._partners: set[int] = set()
        """Identities of the annotations of the present file that have a mask beside them."""
        for label in dataset.labels():
            for name in ("attributes", "skeleton"):
                if getattr(label, name):
                    losses.tell("no_place", name, f"Pascal VOC has no place for {name} of labels.", label.name)

    def add(self, labelled: LabelledAsset) -> None:
        asset = labelled.asset
        name = self._name_of(asset)
        classes = [each for each in labelled.annotations if each.body["type"] == "classification"]
        masks = _masks(labelled)
        joined = {id(mask) for mask, partner in masks if partner is not mask}
        self._numbers, self._partners = {}, {id(partner) for mask, partner in masks if partner is not mask}
        others = [
            each for each in labelled.annotations if each.body["type"] != "classification" and id(each) not in joined
        ]
        is_without_xml = self._is_voc and asset.record is None and labelled.is_unedited
        if asset.record is not None and self._is_voc:
            text = asset.record if labelled.is_unedited else self._edited(labelled, asset.record, others)
            self._files.create(name, encoded(text))
        elif not is_without_xml and (others or (asset.labelled and not (self._is_voc and _is_of_list(asset)))):
            self._files.create(name, self._new(asset, others).encode())
        if labelled.is_unedited and self._is_voc:
            self._losses.written += len(others) + len(joined)
        self._write_masks(name, labelled, masks)
        self._lists.add(name, labelled, classes, self._losses)

    def close(self) -> None:
        """Write the lists; a target of one file has no room for them."""
        for name, text in self._lists.files():
            if self._target.name is None:
                self._files.create(name, text.encode())
            else:
                self._losses.tell("no_place", "split", "One file has no lists of splits and classes.", name)
        if self._indices.is_used and self._target.name is None:
            self._files.create(self._indices.file_name, self._indices.text().encode())

    def _write_masks(
        self, name: str, labelled: LabelledAsset, masks: Sequence[tuple[Annotation, Annotation | None]]
    ) -> None:
        """Write the PNG files of an image: those that it came with, or its masks painted anew."""
        if self._target.name is not None:
            why = "One file has no PNG files beside it: name a folder or an archive."
            for mask, partner in masks:
                self._tell_unpainted(mask, partner, why)
            return
        kept = labelled.asset.extra.get(PNG) if self._is_voc and labelled.is_unedited else None
        if isinstance(kept, dict):
            for file_name, content in kept.items():
                self._files.create(file_name, b64decode(content))
            return
        canvas: Canvas | None = None
        for mask, partner in masks:
            number = self._numbers.get(id(partner), 0) if partner is not None else 0
            try:
                index = self._indices.of(mask.body.get("label"))
                canvas = canvas or Canvas(sides_of(labelled.asset, self._context))
                canvas.paint(mask, number, index, self._losses)
            except Unpaintable as reason:
                self._tell_unpainted(mask, partner, str(reason))
                continue
            if partner is not mask:
                tell_rest(mask, _HELD_BY_MASKS, self._losses, "A PNG of Pascal VOC")
                self._losses.written += 1
        root, separator, _ = name.rpartition("Annotations/")
        for folder, content in canvas.files().items() if canvas else ():
            self._files.create(f"{root if separator else ''}{folder}/{image_id(name)}.png", content)

    def _tell_unpainted(self, mask: Annotation, partner: Annotation | None, reason: str) -> None:
        """Tell a mask that is not painted: it is left out, or the box around it is written alone."""
        if partner is mask and id(mask) in self._numbers:
            self._losses.tell("box_of_shape", "mask", f"{reason} The box around the mask is written.", mask.pointer)
        elif partner is not mask or mask.format == "voc":
            leave_out(mask, self._losses, reason)

    def _name_of(self, asset: Asset) -> str:
        """Return the name of the XML file of an asset: that of the source, or one of its own below Annotations."""
        source, separator, _ = (asset.pointer or "").partition("#/annotation")
        is_safe = ".." not in PurePosixPath(source).parts and not PurePosixPath(source).is_absolute()
        if self._is_voc and separator and source and is_safe and asset.record is not None:
            return source
        path = safe_path(asset.file_name)
        stem = path.rpartition(".")[0] if is_media(path) else path
        name = f"Annotations/{stem}.xml"
        return name if name not in self._files else f"Annotations/{path}.xml"

    def _new(self, asset: Asset, annotations: Sequence[Annotation]) -> str:
        path, extra = PurePosixPath(asset.file_name.replace("\\", "/")), asset.extra if self._is_voc else {}
        sides = sides_of(asset, self._context)
        head = leaf("folder", str(extra.get("folder") or path.parent.name), 1) + leaf("filename", path.name, 1)
        head += "".join(tree(name, extra[name], 1) for name in _HEAD[2:] if name in extra)
        if sides:
            size = leaf("width", str(round(sides[0])), 2) + leaf("height", str(round(sides[1])), 2)
            head += node("size", size + (leaf("depth", str(extra["depth"]), 2) if "depth" in extra else ""), 1)
        head += leaf("segmented", str(extra.get("segmented") or "0"), 1)
        head += "".join(tree(name, value, 1) for name, value in extra.items() if name not in _NOT_HEAD)
        return node("annotation", head + "".join(self._objects(annotations, sides, self._base(asset))), 0)

    def _edited(self, labelled: LabelledAsset, record: str, annotations: Sequence[Annotation]) -> str:
        """Return the text of a file with the objects that changed in place of those that stood there."""
        content, asset = encoded(record), labelled.asset
        if b"</annotation" not in content:
            return self._new(asset, annotations)
        root, sides, base = parse(content), sides_of(asset, self._context), self._base(asset)
        groups: dict[str, list[Annotation]] = defaultdict(list)
        for each in annotations:
            is_own = each.format == "voc" and each.record is not None
            groups[_place(each.pointer) if is_own else ""].append(each)
        kept = {_place(each.pointer) for each in labelled.leftovers}
        pieces, position, number = list[bytes](), 0, 0
        for element in root.all("object"):
            group = groups.pop(element.path, [])
            unedited = group and not any(each.is_edited for each in group) and len(group) == _count(element, base)
            if unedited or element.path in kept:
                self._losses.written += len(group)
                number += 1
                self._numbers |= {id(each): number for each in group[:1]}
                continue
            texts = self._objects(group, sides, base, number)
            number += len(texts)
            made = "".join(texts).strip()
            start = element.offset if made else _line_start(content, element.offset)
            pieces += [content[position:start], made.encode()]
            position = element.end
        new = "".join(self._objects([each for group in groups.values() for each in group], sides, base, number))
        end = content.rindex(b"</", 0, root.end)
        pieces += [content[position:end], new.encode(), content[end:]]
        return b"".join(pieces).decode()

    def _objects(self, annotations: Sequence[Annotation], sides: Sides | None, base: int, number: int = 0) -> list[str]:
        """Return the objects of annotations, the first of which is that behind `number` in its file."""
        wholes = {each.body["instance_id"]: each for each in annotations if each.body.get("instance_id")}
        parts: dict[str, list[Annotation]] = defaultdict(list)
        for each in annotations:
            parent = each.body.get("parent_id") or ""
            if parent in wholes and wholes[parent] is not each:
                parts[parent].append(each)
        found = []
        for each in annotations:
            if each in parts.get(each.body.get("parent_id") or "", ()):
                continue
            given = parts.get(each.body.get("instance_id") or "", [])
            own = [part for part in given if box_px(part.body, sides) is not None]
            for part in given:
                if part not in own:
                    leave_out(part, self._losses, "A part of Pascal VOC is a box: it has none.")
            text = None
            if each.body.get("frame_index") is None:
                text = object_xml(each, own, sides, base, self._losses, is_joined=id(each) in self._partners)
            if text is None:
                for left in (each, *own):
                    why = "Pascal VOC has no place for it: it has no box in pixels, or lies on a frame of a video."
                    leave_out(left, self._losses, why)
                continue
            self._losses.written += 1 + len(own)
            found.append(text)
            self._numbers[id(each)] = number + len(found)
        return found

    def _base(self, asset: Asset) -> int:
        stated = asset.extra.get(OPTION_BASE) if self._is_voc else None
        return int(stated if stated is not None else self._context.option(OPTION_BASE, ("0", "1")) or 0)


def _masks(labelled: LabelledAsset) -> list[tuple[Annotation, Annotation | None]]:
    """Return the masks of an image, each with the annotation of its object; that of a class over all has none.

    A mask is of the object that has its `instance_id`, else an object of its own, whose box is around it.
    """
    objects = {
        each.body["instance_id"]: each
        for each in reversed(labelled.annotations)
        if each.body.get("instance_id") and each.body["type"] in ("detection", "polygon")
    }
    return [
        (each, None if each.body["type"] == "segmentation" else objects.get(each.body.get("instance_id"), each))
        for each in labelled.annotations
        if each.body.get("mask") and each.body.get("frame_index") is None
    ]


def _is_of_list(asset: Asset) -> bool:
    """Tell whether an asset came from a list alone, without an XML file."""
    return bool(LISTS.search((asset.pointer or "").partition("#")[0]))


def _place(pointer: str) -> str:
    return pointer.rpartition("#")[2]


def _line_start(content: bytes, offset: int) -> int:
    """Return where the white space before an element begins."""
    while offset and content[offset - 1 : offset] in (b" ", b"\t", b"\r", b"\n"):
        offset -= 1
    return offset


def _count(element: Element, base: int) -> int:
    try:
        return len(bodies(element, base))
    except NotANumber:
        return -1
