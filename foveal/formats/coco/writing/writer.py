"""Writer of COCO files: a file for each split, images first, the annotations spooled until all images are written.

Captions go to files of their own, since pycocotools wants a class of every record of a file that has classes; images
that nobody has looked at to a file without annotations. When one file is wanted, it holds all but captions beside
other annotations.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.files.target import Target
from foveal.formats.base.geometry.writing import leave_out, sides_of
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Asset, ExternalId
from foveal.formats.base.model.loss import LossReport
from foveal.formats.coco.records import BrokenRecord, parse
from foveal.formats.coco.writing.ids import Classes, Ids
from foveal.formats.coco.writing.lists import json_list, spooled
from foveal.formats.coco.writing.objects import Encoder, Object, id_of, objects_of, parts_of_objects
from foveal.formats.coco.writing.panoptic import write_panoptic
from foveal.formats.coco.writing.splicing import CannotSplice, splice

INSTANCES: Final = "instances"
CAPTIONS: Final = "captions"
IMAGE_INFO: Final = "image_info"
RESULTS: Final = "results"
PANOPTIC: Final = "panoptic"
OPTION_KIND: Final = "kind"
SPOOL_BYTES: Final = 1 << 22


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write a data set as COCO files; files that it came from go out with all that was not edited as it stood.

    Raises FormatError for an option that is not one of its choices.
    """
    kind = context.option(OPTION_KIND, (INSTANCES, RESULTS, PANOPTIC))
    if kind == PANOPTIC:
        write_panoptic(dataset, target, context, losses)
        return
    if kind is None and dataset.format == "coco" and dataset.source is not None:
        try:
            splice(dataset, dataset.source, target, context, losses)
            return
        except CannotSplice:
            pass
    _Writer(dataset, target, context, losses).write(is_results=kind == RESULTS)


@dataclass(slots=True)
class _File:
    """A file to write: what it holds, and the ids of its records. `split` is None where it holds all of them."""

    kind: str
    split: str | None
    is_only: bool
    images: Ids = field(default_factory=Ids)
    annotations: Ids = field(default_factory=Ids)

    def has_image(self, labelled: LabelledAsset) -> bool:
        return self.is_only or (labelled.asset.split == self.split and self.kind in _kinds(labelled))

    def has_object(self, found: Object) -> bool:
        return self.kind == RESULTS or found.is_caption is (self.kind == CAPTIONS)


def _kinds(labelled: LabelledAsset) -> set[str]:
    """Return the kinds of file in which an image stands."""
    if not labelled.asset.labelled and not labelled.annotations and not labelled.leftovers:
        return {IMAGE_INFO}
    kinds = {CAPTIONS if each.body["type"] == "caption" else INSTANCES for each in labelled.annotations}
    return kinds or {INSTANCES}


@dataclass(frozen=True, slots=True)
class _WantedIds:
    """Ids that records had in the files that they came from."""

    images: set[ExternalId] = field(default_factory=set)
    annotations: set[ExternalId] = field(default_factory=set)


class _Writer:
    def __init__(self, dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
        self._dataset, self._target, self._context, self._losses = dataset, target, context, losses
        self._is_coco = dataset.format == "coco"
        self._classes = Classes(dataset.labels(), dataset.format)
        self._encoder = Encoder(self._classes, context, losses)

    def write(self, *, is_results: bool) -> None:
        for leftover in self._dataset.leftovers():
            self._losses.tell("leftover", "record", "It was not imported, and names no image.", leftover.pointer)
        for file in self._files(is_results=is_results):
            name = f"annotations/{file.kind}{'_' + file.split if file.split else ''}.json"
            with self._target.create(self._target.name or name) as stream:
                if file.kind == RESULTS:
                    self._write_results(stream, file)
                else:
                    self._write_file(stream, file)

    def _files(self, *, is_results: bool) -> Sequence[_File]:
        """Return the files to write; announce the ids and classes of their records."""
        found = self._survey()
        kinds = {kind for _, kind in found}
        if not is_results and self._target.name is None and found:
            return [
                _File(kind, split, is_only=False, images=Ids(ids.images), annotations=Ids(ids.annotations))
                for (split, kind), ids in found.items()
            ]
        if is_results:
            kind = RESULTS
        elif kinds - {IMAGE_INFO}:
            kind = CAPTIONS if kinds - {IMAGE_INFO} == {CAPTIONS} else INSTANCES
        else:
            kind = IMAGE_INFO if kinds else INSTANCES
        images = Ids(each for ids in found.values() for each in ids.images)
        held = [ids for (_, of_kind), ids in found.items() if kind in (of_kind, RESULTS)]
        return [_File(kind, None, True, images, Ids(each for ids in held for each in ids.annotations))]

    def _survey(self) -> Mapping[tuple[str | None, str], _WantedIds]:
        """Return the wanted ids by split and kind of file, in the order of the assets; announce the classes."""
        found: dict[tuple[str | None, str], _WantedIds] = {}
        for labelled in self._dataset.heads():
            split = labelled.asset.split
            for kind in sorted(_kinds(labelled)):
                ids = found.setdefault((split, kind), _WantedIds())
                if self._is_coco and labelled.asset.external_id is not None:
                    ids.images.add(labelled.asset.external_id)
            for annotation in labelled.annotations:
                self._classes.want(annotation.body)
            for parts in parts_of_objects(labelled.annotations) if self._is_coco else ():
                if (key := id_of(parts)) is not None:
                    is_caption = all(part.body["type"] == "caption" for part in parts)
                    found[split, CAPTIONS if is_caption else INSTANCES].annotations.add(key)
        return found

    def _write_file(self, stream: IO[bytes], file: _File) -> None:
        stream.write(b"{")
        for name, text in self._sections():
            stream.write(f"{dumps(name)}: {text},\n".encode())
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
            stream.write(b'"images": [')
            add_image, add_annotation = json_list(stream), json_list(spool)
            for labelled, key in self._images(file):
                add_image(self._image(labelled.asset, key))
                for text in self._records(labelled, key, file):
                    add_annotation(text)
            stream.write(b"]")
            if file.kind != IMAGE_INFO:
                stream.write(b',\n"annotations": [')
                spooled(spool, stream)
                stream.write(b"]")
        if file.kind == INSTANCES:
            stream.write(b',\n"categories": [')
            add_category = json_list(stream)
            for text in self._classes.records():
                add_category(text)
            stream.write(b"]")
        stream.write(b"}\n")

    def _sections(self) -> Iterator[tuple[str, str]]:
        """Yield the members of the file before its images; pycocotools before 2.0.11 wants `info` and `licenses`."""
        found = {name: text for name, text in self._dataset.sections().items() if self._is_coco and "#" not in name}
        yield from sorted(({"info": "{}", "licenses": "[]"} | found).items())

    def _write_results(self, stream: IO[bytes], file: _File) -> None:
        stream.write(b"[")
        add = json_list(stream)
        for labelled, key in self._images(file):
            for each in objects_of(labelled.annotations):
                text = self._encoder.text(each, labelled.asset, key, None)
                if text is not None:
                    add(text)
        stream.write(b"]\n")

    def _images(self, file: _File) -> Iterator[tuple[LabelledAsset, ExternalId]]:
        for labelled in self._dataset.assets():
            if file.has_image(labelled):
                if file.is_only:
                    self._tell_of_one_file(labelled, file)
                yield labelled, file.images.give(labelled.asset.external_id if self._is_coco else None)

    def _tell_of_one_file(self, labelled: LabelledAsset, file: _File) -> None:
        asset = labelled.asset
        if asset.split is not None:
            self._losses.tell("no_place", "split", "One file has one split: name a folder.", asset.file_name)
        if file.kind != IMAGE_INFO and _kinds(labelled) == {IMAGE_INFO}:
            why = "An image without annotations counts as looked at: name a folder."
            self._losses.tell("no_place", "labelled", why, asset.file_name)

    def _records(self, labelled: LabelledAsset, key: ExternalId, file: _File) -> Iterator[str]:
        """Yield the records of an image, those that were not imported as they stood."""
        for each in objects_of(labelled.annotations):
            if file.has_object(each):
                text = self._encoder.text(each, labelled.asset, key, file.annotations)
                if text is not None:
                    yield text
            elif file.is_only:
                for part in each.parts:
                    leave_out(part, self._losses, "Captions need a file of their own: name a folder.")
        if file.kind != CAPTIONS:
            for leftover in labelled.leftovers:
                if self._is_coco and _is_record(leftover.record):
                    yield leftover.record
                else:
                    self._losses.tell("leftover", "record", "It was not imported.", leftover.pointer)

    def _image(self, asset: Asset, key: ExternalId) -> str:
        if self._is_coco and asset.record is not None and asset.external_id == key:
            return asset.record
        record: dict[str, Any] = {"id": key, "file_name": asset.file_name}
        sides = sides_of(asset, self._context)
        if sides is not None:
            record |= {"width": sides[0], "height": sides[1]}
        else:
            self._losses.tell("no_sides", "width", "The sides are not known: name them with --sizes.", asset.file_name)
        if asset.frame_count is not None:
            self._losses.tell("no_place", "frame_count", "COCO has images, no videos.", asset.file_name)
        if asset.extra and not self._is_coco:
            why = "Members of another format have no place in COCO."
            self._losses.tell("no_place", "asset.extra", why, asset.file_name)
        return dumps({**record, **(dict(asset.extra) if self._is_coco else {})} | record)


def _is_record(text: str) -> bool:
    try:
        parse(text.encode())
    except (BrokenRecord, UnicodeEncodeError):
        return False
    return True
