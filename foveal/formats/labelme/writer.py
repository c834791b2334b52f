"""Writer of LabelMe: a JSON file for each labelled image, beside it; unedited files as they came in.

In an edited file the shapes that nobody has edited keep their text. The image itself is never written into a file.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.base.files.json_records import loads
from foveal.formats.base.files.json_scan import Element, scan
from foveal.formats.base.files.source import Source, read_bytes
from foveal.formats.base.files.target import FilePerAsset, Target
from foveal.formats.base.geometry.writing import leave_out, safe_path, sides_of
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.labelme.reader import IMAGE_DATA
from foveal.formats.labelme.shape_json import shapes_of

VERSION: Final = "5.5.0"
"""Version of labelme whose files these are; labelme compares the first number."""
_FIRST_GROUP: Final = 1_000_000


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write a data set as LabelMe. Raises FormatError when it needs several files and the target is one."""
    writer = _Writer(dataset, target, context, losses)
    for labelled in dataset.assets():
        writer.add(labelled)
    for label in dataset.labels():
        for name in ("attributes", "skeleton"):
            if getattr(label, name):
                losses.tell("no_place", name, f"LabelMe has no place for {name} of labels.", label.name)


class _Writer:
    def __init__(self, dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
        self._is_own = dataset.format == "labelme"
        self._source = dataset.source if self._is_own else None
        self._target, self._context, self._losses = target, context, losses
        self._files = FilePerAsset(target, "LabelMe")

    def add(self, labelled: LabelledAsset) -> None:
        asset = labelled.asset
        if asset.split is not None:
            self._losses.tell("no_place", "split", "LabelMe has no place for splits.", asset.file_name)
        if not asset.labelled and not labelled.annotations:
            why = "LabelMe has no file for an image that is not labelled: it is not named."
            self._losses.tell("no_place", "labelled", why, asset.file_name)
            return
        name, record = self._name_of(asset), asset.record if self._is_own else None
        if record is None:
            content = _text(self._new(labelled)).encode()
        elif labelled.is_unedited:
            self._losses.written += len(labelled.annotations)
            content = self._unedited(asset, name, record)
        else:
            content = self._edited(labelled, record).encode()
        self._files.create(name, content)

    def _unedited(self, asset: Asset, name: str, record: str) -> bytes:
        if self._source is not None:
            return read_bytes(self._source, _source_name(asset, self._source) or name, 2**31)
        self._tell_image(asset)
        return record.encode()

    def _new(self, labelled: LabelledAsset) -> dict[str, Any]:
        asset = labelled.asset
        sides = sides_of(asset, self._context)
        return {
            "version": VERSION,
            "flags": self._flags(labelled.annotations),
            "shapes": [shape for each in labelled.annotations for shape in self._shapes(each, labelled)],
            "imagePath": PurePosixPath(asset.file_name.replace("\\", "/")).name,
            "imageData": None,
            "imageHeight": round(sides[1]) if sides else None,
            "imageWidth": round(sides[0]) if sides else None,
        }

    def _edited(self, labelled: LabelledAsset, record: str) -> str:
        self._tell_image(labelled.asset)
        content = record.encode()
        elements = [each for each in _scanned(content) if each.section == "shapes" and each.index is not None]
        by_place: dict[str, list[Annotation]] = defaultdict(list)
        new: list[Annotation] = []
        for each in labelled.annotations:
            if each.body["type"] == "classification":
                continue
            is_own = each.format == "labelme" and each.record is not None
            (by_place[each.pointer.rpartition("#")[2]] if is_own else new).append(each)
        kept = {each.pointer.rpartition("#")[2] for each in labelled.leftovers}
        texts: list[str] = []
        for element in elements:
            found = by_place.pop(element.pointer, [])
            if element.pointer in kept or (found and not any(each.is_edited for each in found)):
                self._losses.written += len(found)
                texts.append(element.raw.decode())
            else:
                texts += self._shape_texts(found, labelled)
        texts += self._shape_texts([each for found in by_place.values() for each in found] + new, labelled)
        return self._put(content, elements, texts, self._flags(labelled.annotations))

    def _put(self, content: bytes, elements: Sequence[Element], texts: Sequence[str], flags: dict[str, bool]) -> str:
        """Return the text of a file with other shapes; by value where it has none yet, or its flags changed."""
        file = loads(content)
        stated = file.get("flags") if isinstance(file.get("flags"), dict) else {}
        if elements and texts and {name for name, value in stated.items() if value is True} == set(flags):
            first, last = elements[0], elements[-1]
            between = ",\n    "
            if len(elements) > 1:
                between = content[first.offset + len(first.raw) : elements[1].offset].decode()
            start, end = content[: first.offset].decode(), content[last.offset + len(last.raw) :].decode()
            return start + between.join(texts) + end
        unset = {name: value for name, value in stated.items() if value is not True}
        shapes = [loads(text) for text in texts]
        return _text(file | {"flags": dict.fromkeys(stated, False) | unset | flags, "shapes": shapes})

    def _shape_texts(self, annotations: Sequence[Annotation], labelled: LabelledAsset) -> list[str]:
        shapes = [shape for each in annotations for shape in self._shapes(each, labelled)]
        return [json.dumps(shape, ensure_ascii=False, indent=2).replace("\n", "\n    ") for shape in shapes]

    def _shapes(self, annotation: Annotation, labelled: LabelledAsset) -> list[dict[str, Any]]:
        body = annotation.body
        if body["type"] == "classification":
            return []
        shapes: list[dict[str, Any]] = []
        if body.get("frame_index") is None:
            free = _FIRST_GROUP + next(at for at, each in enumerate(labelled.annotations) if each is annotation)
            shapes = shapes_of(annotation, sides_of(labelled.asset, self._context), free, self._losses)
        if not shapes:
            leave_out(annotation, self._losses, "LabelMe has no shape for it, or it has no place in pixels.")
            return []
        self._losses.written += 1
        return shapes

    def _flags(self, annotations: Sequence[Annotation]) -> dict[str, bool]:
        """Return the flags of an image: its classifications."""
        flags: dict[str, bool] = {}
        for each in annotations:
            if each.body["type"] != "classification":
                continue
            if each.body.get("confidence") == 0:
                leave_out(each, self._losses, "A flag of LabelMe that is not set does not say that somebody looked.")
                continue
            for name, value in each.body.items():
                if value and name not in ("type", "label", "source", "origin", "extra") and value != "ground_truth":
                    self._losses.tell("no_place", name, f"A flag of LabelMe has no place for {name}.", each.pointer)
            flags[each.body["label"]] = True
            self._losses.written += 1
        return flags

    def _tell_image(self, asset: Asset) -> None:
        if asset.extra.get(IMAGE_DATA):
            why = "The image in base64 is not kept: imageData is null, and imagePath leads to the image."
            self._losses.tell("image_data", "imageData", why, asset.file_name)

    def _name_of(self, asset: Asset) -> str:
        name = _source_name(asset, self._source)
        if self._is_own and name:
            return name
        path = safe_path(asset.file_name)
        stem, dot, suffix = path.rpartition(".")
        name = f"{stem if dot and '/' not in suffix else path}.json"
        return name if name not in self._files else f"{path}.json"


def _source_name(asset: Asset, source: Source | None) -> str | None:
    """Return the name of the file that an asset came from."""
    name = (asset.pointer or "").rpartition("#")[0] or (source.main if source else None)
    is_safe = name and ".." not in PurePosixPath(name).parts and not PurePosixPath(name).is_absolute()
    return name if is_safe else None


def _scanned(content: bytes) -> Sequence[Element]:
    return list(scan(BytesIO(content)))


def _text(file: dict[str, Any]) -> str:
    return json.dumps(file, ensure_ascii=False, indent=2) + "\n"
