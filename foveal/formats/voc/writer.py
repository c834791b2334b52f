"""Writer of Pascal VOC: an XML file for each labelled image, and lists of splits and classes where there are any.

Unedited files go out as they came in. In an edited file only the objects that were edited, added or taken away change.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.numbers import NotANumber
from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.target import FilePerAsset, Target
from foveal.formats.base.files.xml_scan import Element, encoded, parse
from foveal.formats.base.geometry.writing import Sides, box_px, leave_out, safe_path, sides_of
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.voc.layout import LISTS
from foveal.formats.voc.list_files import ListFiles
from foveal.formats.voc.object_xml import leaf, node, object_xml, tree
from foveal.formats.voc.objects import bodies
from foveal.formats.voc.reader import OPTION_BASE

_HEAD: Final = ("folder", "filename", "path", "source", "owner")
_NOT_HEAD: Final = frozenset([*_HEAD, "segmented", "depth", "splits", OPTION_BASE])


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
        for label in dataset.labels():
            for name in ("attributes", "skeleton"):
                if getattr(label, name):
                    losses.tell("no_place", name, f"Pascal VOC has no place for {name} of labels.", label.name)

    def add(self, labelled: LabelledAsset) -> None:
        asset = labelled.asset
        name = self._name_of(asset)
        classes = [each for each in labelled.annotations if each.body["type"] == "classification"]
        others = [each for each in labelled.annotations if each.body["type"] != "classification"]
        if asset.record is not None and self._is_voc:
            text = asset.record if labelled.is_unedited else self._edited(labelled, asset.record, others)
            self._files.create(name, encoded(text))
        elif others or (asset.labelled and not (self._is_voc and _is_of_list(asset))):
            self._files.create(name, self._new(asset, others).encode())
        if labelled.is_unedited and self._is_voc:
            self._losses.written += len(others)
        self._lists.add(name, labelled, classes, self._losses)

    def close(self) -> None:
        """Write the lists; a target of one file has no room for them."""
        for name, text in self._lists.files():
            if self._target.name is None:
                self._files.create(name, text.encode())
            else:
                self._losses.tell("no_place", "split", "One file has no lists of splits and classes.", name)

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
        pieces, position = list[bytes](), 0
        for element in root.all("object"):
            group = groups.pop(element.path, [])
            unedited = group and not any(each.is_edited for each in group) and len(group) == _count(element, base)
            if unedited or element.path in kept:
                self._losses.written += len(group)
                continue
            made = "".join(self._objects(group, sides, base)).strip()
            start = element.offset if made else _line_start(content, element.offset)
            pieces += [content[position:start], made.encode()]
            position = element.end
        new = "".join(self._objects([each for group in groups.values() for each in group], sides, base))
        end = content.rindex(b"</", 0, root.end)
        pieces += [content[position:end], new.encode(), content[end:]]
        return b"".join(pieces).decode()

    def _objects(self, annotations: Sequence[Annotation], sides: Sides | None, base: int) -> list[str]:
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
                text = object_xml(each, own, sides, base, self._losses)
            if text is None:
                for left in (each, *own):
                    why = "Pascal VOC has no place for it: it has no box in pixels, or lies on a frame of a video."
                    leave_out(left, self._losses, why)
                continue
            self._losses.written += 1 + len(own)
            found.append(text)
        return found

    def _base(self, asset: Asset) -> int:
        stated = asset.extra.get(OPTION_BASE) if self._is_voc else None
        return int(stated if stated is not None else self._context.option(OPTION_BASE, ("0", "1")) or 0)


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
