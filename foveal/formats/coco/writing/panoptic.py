"""Writer of panoptic COCO: the masks of an image painted into one PNG of ids, and one record that names them."""

import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from foveal.encoding import rle
from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.files.png import MAX_SAMPLE_BYTES, Picture, encode
from foveal.formats.base.files.target import Target
from foveal.formats.base.geometry.writing import leave_out, mask_box, sides_of, tell_rest
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset, ExternalId, FormatError
from foveal.formats.base.model.loss import LossReport
from foveal.formats.coco.index import key_of
from foveal.formats.coco.writing.ids import Classes, Ids
from foveal.formats.coco.writing.lists import json_list, spooled
from foveal.formats.coco.writing.shapes import Unwritable, run_lengths

MAX_ID: Final = 2**24 - 1
_HELD: Final = frozenset({"label", "mask", "iscrowd"})


def write_panoptic(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write the masks of a data set as panoptic COCO, a file and a folder of PNGs for each split.

    Raises FormatError for a target that is one file.
    """
    if target.name is not None:
        raise FormatError("not_one_file", "Panoptic COCO is a file and a folder of PNGs: name a folder or an archive.")
    writer = _Writer(dataset, target, context, losses)
    for split in dict.fromkeys(labelled.asset.split for labelled in dataset.assets()):
        writer.write(split)


class _Writer:
    def __init__(self, dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
        self._dataset, self._target, self._context, self._losses = dataset, target, context, losses
        self._is_coco = dataset.format == "coco"
        self._classes = Classes(dataset.labels(), dataset.format, has_isthing=True)
        self._painter, self._ids = SegmentPainter(self._classes, context, losses), Ids()
        for labelled in dataset.assets():
            self._ids.want(labelled.asset.external_id if self._is_coco else None)
            for annotation in labelled.annotations:
                if "mask" in annotation.body:
                    self._classes.want(annotation.body)

    def write(self, split: str | None) -> None:
        stem = f"annotations/panoptic{'_' + split if split else ''}"
        with self._target.create(f"{stem}.json") as stream, tempfile.SpooledTemporaryFile() as spool:
            stream.write(b'{"images": [')
            add_image, add_annotation = json_list(stream), json_list(spool)
            for labelled in self._dataset.assets():
                if labelled.asset.split == split:
                    image_id = self._ids.give(labelled.asset.external_id if self._is_coco else None)
                    add_image(self._image(labelled.asset, image_id))
                    record = self._record(labelled, image_id, stem)
                    if record is not None:
                        add_annotation(record)
            stream.write(b'],\n"annotations": [')
            spooled(spool, stream)
            stream.write(b'],\n"categories": [')
            add_category = json_list(stream)
            for text in self._classes.records():
                add_category(text)
            stream.write(b"]}\n")

    def _image(self, asset: Asset, key: ExternalId) -> str:
        sides = sides_of(asset, self._context)
        record: dict[str, Any] = {"id": key, "file_name": asset.file_name}
        if sides is not None:
            record |= {"width": sides[0], "height": sides[1]}
        if not asset.labelled:
            why = "An image without annotations counts as looked at."
            self._losses.tell("no_place", "labelled", why, asset.file_name)
        return dumps({**record, **(asset.extra if self._is_coco else {}), **record})

    def _record(self, labelled: LabelledAsset, image_id: ExternalId, stem: str) -> str | None:
        """Write the PNG of an image and return its record; None for one without segments."""
        painted = self._painter.paint(labelled.annotations, labelled.asset)
        if painted is None:
            return None
        picture, segments = painted
        name = f"{image_id}.png"
        with self._target.create(f"{stem}/{name}") as stream:
            stream.write(picture)
        return dumps({"image_id": image_id, "file_name": name, "segments_info": [each for _, each in segments]})


class SegmentPainter:
    """Paints the masks of images as segments, a PNG of ids for each image."""

    def __init__(self, classes: Classes, context: Context, losses: LossReport) -> None:
        self._classes, self._context, self._losses = classes, context, losses

    def paint(
        self, annotations: Sequence[Annotation], asset: Asset
    ) -> tuple[bytes, list[tuple[Annotation, dict[str, Any]]]] | None:
        """Return the PNG of an image and the segment of each mask; None where none can be painted, which is told."""
        canvas, painted = _Canvas(), list[Annotation]()
        for annotation in annotations:
            try:
                self._paint(annotation, asset, canvas)
            except Unwritable as why:
                leave_out(annotation, self._losses, str(why))
            else:
                painted.append(annotation)
        if not painted:
            return None
        left = Counter(canvas.pixels)
        segments = [{**segment, "area": left[segment["id"]]} for segment in canvas.segments]
        return encode(canvas.picture()), list(zip(painted, segments, strict=True))

    def _paint(self, annotation: Annotation, asset: Asset, canvas: "_Canvas") -> None:
        body = annotation.body
        sides = sides_of(asset, self._context)
        if "mask" not in body:
            raise Unwritable("Panoptic COCO holds masks alone.")
        if sides is None or sides[0] * sides[1] * 3 > MAX_SAMPLE_BYTES:
            raise Unwritable("The sides of the image are not known, or it is too large for an id map.")
        mask, area = run_lengths(body["mask"], sides)
        if mask["size"] != [sides[1], sides[0]]:
            raise Unwritable("The mask has other sides than its image.")
        if not area:
            raise Unwritable("The mask is empty: a segment has pixels.")
        extra = body.get("extra") or {}
        number = canvas.free_id(extra.get("segment_id") if annotation.format == "coco" else None)
        if canvas.paint(number, mask):
            why = "A pixel of an id map has one segment: the later one hides the earlier one there."
            self._losses.tell("overlap", "mask", why, annotation.pointer)
        category_id = self._classes.find(body)
        if category_id is not None and (body["type"] == "segmentation") is not self._classes.is_stuff(category_id):
            why = "COCO tells masks of objects from those of classes by isthing of the class, which says otherwise."
            self._losses.tell("other_type", f"type.{body['type']}", why, annotation.pointer)
        if body.get("label") is None:
            self._losses.tell("class_made", "label", "COCO wants a class of each segment.", annotation.pointer)
        box = body.get("bbox_px") or mask_box({"encoding": "coco_rle", **mask})
        segment = {"id": number, "category_id": category_id, "bbox": box, "iscrowd": int(bool(body.get("iscrowd")))}
        canvas.segments.append(segment)
        tell_rest(annotation, _HELD, self._losses, "Panoptic COCO")
        self._losses.written += 1


class _Canvas:
    """The ids of an image, down its columns, and the segments painted so far."""

    def __init__(self) -> None:
        self.pixels, self.segments = array("I"), list[dict[str, Any]]()
        self._size, self._used = (0, 0), set[int]()

    def free_id(self, wanted: Any) -> int:
        """Return the id that a segment had where it is free, else the next."""
        key = key_of(wanted)
        if not isinstance(key, int) or not 0 < key <= MAX_ID or key in self._used:
            key = next(each for each in range(1, MAX_ID) if each not in self._used)
        self._used.add(key)
        return key

    def paint(self, number: int, mask: dict[str, Any]) -> bool:
        """Paint a mask; tell whether it hides another one."""
        height, width = mask["size"]
        self._size = (width, height)
        if not self.pixels:
            self.pixels = array("I", bytes(4 * width * height))
        position, is_hiding = 0, False
        for index, run in enumerate(rle.runs(mask["counts"], height * width)):
            if index % 2 and run:
                is_hiding = is_hiding or any(self.pixels[position : position + run])
                self.pixels[position : position + run] = array("I", [number]) * run
            position += run
        return is_hiding

    def picture(self) -> Picture:
        """Return the ids as colours, R + 256 G + 65536 B."""
        width, height = self._size
        return Picture(width, height, 3, b"".join(self._rows(width, height)))

    def _rows(self, width: int, height: int) -> Iterator[bytes]:
        for row in range(height):
            ids = self.pixels[row::height]
            colours = bytearray(3 * width)
            for place in range(3):
                colours[place::3] = bytes((each >> 8 * place) & 255 for each in ids)
            yield bytes(colours)
