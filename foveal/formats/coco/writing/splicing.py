"""COCO files that go out as they came, byte for byte, but for the records that were edited, added or taken away."""

import shutil
from collections.abc import Iterator, Mapping, Sequence

from foveal.formats.base.files.source import Source
from foveal.formats.base.files.target import Target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset, ExternalId
from foveal.formats.base.model.loss import LossReport
from foveal.formats.coco.file import CocoFile
from foveal.formats.coco.files import coco_files, seekable, split_of
from foveal.formats.coco.images import read_image
from foveal.formats.coco.index import key_of
from foveal.formats.coco.panoptic import id_map_name
from foveal.formats.coco.records import BrokenRecord, parse
from foveal.formats.coco.writing.edits import Edit, copy_edited, edits_of_list
from foveal.formats.coco.writing.ids import Classes, Ids
from foveal.formats.coco.writing.objects import Encoder, objects_of
from foveal.formats.coco.writing.panoptic import SegmentPainter
from foveal.formats.coco.writing.panoptic_edits import PanopticEdits


class CannotSplice(Exception):
    """A data set that is not that of its source any more: its files are to be written anew."""


def splice(dataset: Dataset, source: Source, target: Target, context: Context, losses: LossReport) -> None:
    """Write the COCO files of the source with the edits of the data set.

    Raises CannotSplice before anything is written.
    """
    names = coco_files(source)
    if target.name is not None and len(names) != 1:
        raise CannotSplice
    found: list[tuple[str, Sequence[Edit], Mapping[str, bytes | None]]] = []
    id_maps: dict[str, Sequence[str]] = {}
    told, known, added = LossReport(), set[tuple[str | None, str]](), set[tuple[str, str]]()
    for name in names:
        with seekable(source, name) as stream:
            file = CocoFile(source, name, stream, split_of(name), context)
            edits = _FileEdits(file, dataset, source, context, told, [each for each in names if each != name])
            known |= edits.run(added)
            found.append((name, edits.edits(), edits.pictures()))
            id_maps[name] = list(_id_maps(source, file))
    for labelled in dataset.assets():
        if (labelled.asset.split, labelled.asset.file_name) not in known:
            raise CannotSplice
        told.written += len(labelled.annotations) if labelled.is_unedited else 0
    losses.join(told)
    for name, file_edits, pictures in found:
        with seekable(source, name) as given, target.create(target.name or name) as copy:
            copy_edited(given, copy, file_edits)
        for each in id_maps[name]:
            _write_id_map(source, target, each, pictures, losses)


class _KeptIds(Ids):
    """Ids of the annotations of a file: all stay as they are; a new one is the next that is free."""

    def __init__(self, file: CocoFile) -> None:
        super().__init__()
        self._file, self._is_read = file, False

    def take(self, key: ExternalId | None) -> bool:
        self.want(key)
        return True

    def give(self, key: ExternalId | None) -> ExternalId:
        if key is not None:
            return key
        if not self._is_read:
            self._is_read = True
            for each in _ids(self._file):
                self.want(each)
        return super().give(None)


class _FileEdits:
    """Edits of one file, collected asset by asset."""

    def __init__(
        self,
        file: CocoFile,
        dataset: Dataset,
        source: Source,
        context: Context,
        losses: LossReport,
        others: Sequence[str],
    ) -> None:
        self._file, self._dataset, self._losses = file, dataset, losses
        self._others = tuple(f"{each}#" for each in others)
        self._labels = [category.label for category in file.categories]
        self._classes = Classes(self._labels, "coco")
        self._encoder = Encoder(self._classes, context, losses)
        self._panoptic = PanopticEdits(source, file.name, SegmentPainter(self._classes, context, losses), losses)
        self._ids = _KeptIds(file)
        self._annotations: dict[int, bytes | None] = {}
        self._images: dict[int, bytes | None] = {}
        self._added: list[bytes] = []

    def run(self, added: set[tuple[str, str]]) -> set[tuple[str | None, str]]:
        """Collect the edits of all assets, and return the split and name of each that the file has.

        `added` are the assets and pointers of new annotations that a file has already.
        """
        slots = self._slots()
        seen: set[int] = set()
        known: set[tuple[str | None, str]] = set()
        for labelled in self._dataset.assets():
            key = (labelled.asset.split, labelled.asset.file_name)
            if not self._file.index.is_results and labelled.asset.split != self._file.split:
                continue
            found = slots.get(self._name_in_file(labelled.asset), ())
            if found:
                known.add(key)
                seen.update(found)
                if not labelled.is_unedited:
                    self._edit(labelled, found, added)
        for slot in {each for group in slots.values() for each in group} - seen:
            self._remove(slot)
        return known

    def edits(self) -> Sequence[Edit]:
        """Return the edits in the order of their places. Raises CannotSplice for records of an empty list."""
        index = self._file.index
        new_classes = self._classes.records()[len(self._labels) :]
        starts, lengths = [each.offset for each in index.categories], [len(each.raw) for each in index.categories]
        return sorted(
            [
                *self._edits(index.annotations.offsets, index.annotations.lengths, self._annotations, self._added),
                *self._edits(index.images.offsets, index.images.lengths, self._images, []),
                *self._edits(starts, lengths, {}, [text.encode() for text in new_classes]),
            ]
        )

    def pictures(self) -> Mapping[str, bytes | None]:
        """Return the PNGs of segments that changed by name, None for one that is gone."""
        return self._panoptic.pictures

    def _name_in_file(self, asset: Asset) -> str:
        """Return the name that an asset had in its file: it may have been matched to an asset of another name."""
        if asset.record is None or self._file.index.is_results:
            return asset.file_name
        try:
            return read_image(asset.record.encode(), "", None, labelled=True).file_name
        except (BrokenRecord, UnicodeEncodeError):
            return asset.file_name

    def _slots(self) -> Mapping[str, Sequence[int]]:
        if not self._file.index.is_results:
            return self._file.slots_by_name()
        found = {}
        for labelled in self._dataset.assets():
            key = labelled.asset.external_id
            slot = None if key is None else self._file.index.slot_of(key)
            if slot is not None:
                found[labelled.asset.file_name] = (slot,)
        return found

    def _edit(self, labelled: LabelledAsset, slots: Sequence[int], added: set[tuple[str, str]]) -> None:
        waiting: dict[str, list[Annotation]] = {}
        for annotation in labelled.annotations:
            waiting.setdefault(annotation.pointer, []).append(annotation)
        told = {leftover.pointer for leftover in labelled.leftovers}
        image_id: ExternalId | None = None
        for slot in slots:
            image_id = self._file.index.key_of_slot(slot)
            for position in self._file.index.annotations_of(slot):
                record = self._file.annotation(position)
                parts = waiting.pop(record.pointer, [])
                is_panoptic = b"segments_info" in record.raw and record.pointer not in told
                if is_panoptic and "segments_info" in (members := parse(record.raw)):
                    added_here = self._new(waiting, labelled.asset, added)
                    new = [each for pointer in added_here for each in waiting.pop(pointer)]
                    for each in (*parts, *new):
                        self._classes.want(each.body, self._dataset.labels())
                    text = self._panoptic.record(record.raw, members, parts, new, labelled.asset)
                    if text != record.raw:
                        self._annotations[position] = text
                elif parts:
                    self._replace(position, record.raw, parts, labelled.asset, image_id)
                elif record.pointer not in told:
                    self._annotations[position] = None
        if image_id is not None:
            for pointer in self._new(waiting, labelled.asset, added):
                self._add(waiting[pointer], labelled.asset, image_id)

    def _new(
        self, waiting: Mapping[str, Sequence[Annotation]], asset: Asset, added: set[tuple[str, str]]
    ) -> Sequence[str]:
        """Return the pointers of annotations that are in no file of the source, and were not added to one before."""
        found = [
            pointer
            for pointer in waiting
            if not pointer.startswith(self._others) and (asset.file_name, pointer) not in added
        ]
        added.update((asset.file_name, pointer) for pointer in found)
        return found

    def _replace(
        self, position: int, raw: bytes, parts: Sequence[Annotation], asset: Asset, image_id: ExternalId
    ) -> None:
        first, *others = self._texts(parts, asset, image_id)
        if first is None or first != raw:
            self._annotations[position] = first
        self._added += [text for text in others if text is not None]

    def _add(self, parts: Sequence[Annotation], asset: Asset, image_id: ExternalId) -> None:
        self._added += [text for text in self._texts(parts, asset, image_id) if text is not None]

    def _texts(self, parts: Sequence[Annotation], asset: Asset, image_id: ExternalId) -> list[bytes | None]:
        for part in parts:
            self._classes.want(part.body, self._dataset.labels())
        ids = None if self._file.index.is_results else self._ids
        texts = [self._encoder.text(each, asset, image_id, ids) for each in objects_of(parts)]
        return [None if text is None else text.encode() for text in texts]

    def _remove(self, slot: int) -> None:
        self._annotations |= dict.fromkeys(self._file.index.annotations_of(slot))
        if not self._file.index.is_results:
            self._images[self._file.index.image_of_slot[slot]] = None

    def _edits(
        self,
        starts: Sequence[int],
        lengths: Sequence[int],
        changes: Mapping[int, bytes | None],
        added: Sequence[bytes],
    ) -> Sequence[Edit]:
        if not changes and not added:
            return ()
        if not starts:
            raise CannotSplice
        separator = b",\n"
        if len(starts) > 1:
            before = starts[-2] + lengths[-2]
            separator = self._file.bytes_at(before, starts[-1] - before)
        return edits_of_list(starts, lengths, changes, added, separator)


def _ids(file: CocoFile) -> Iterator[ExternalId | None]:
    for position in range(len(file.index.annotations)):
        try:
            yield key_of(parse(file.annotation(position).raw).get("id"))
        except BrokenRecord:
            continue


def _id_maps(source: Source, file: CocoFile) -> Iterator[str]:
    """Yield the names of the PNGs of a panoptic file."""
    for position in range(len(file.index.annotations)):
        try:
            members = parse(file.annotation(position).raw)
            if "segments_info" not in members:
                return
            yield id_map_name(source.around(), file.name, members.get("file_name"))
        except BrokenRecord:
            continue


def _write_id_map(
    source: Source, target: Target, name: str, pictures: Mapping[str, bytes | None], losses: LossReport
) -> None:
    """Write a PNG of segments as it came, or as it was painted anew."""
    if target.name is not None:
        losses.tell("no_place", "id_map", "The PNGs of segments need a folder: name one.", name)
        return
    changed = pictures.get(name)
    if changed is not None:
        with target.create(name) as copy:
            copy.write(changed)
    elif name not in pictures:
        with source.around().open(name) as picture, target.create(name) as copy:
            shutil.copyfileobj(picture, copy)
