"""One COCO file, read at any place: its classes, images, annotations."""

import io
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from foveal.formats.base.files.source import MAX_TEXT_BYTES, Source, pointer
from foveal.formats.base.files.temporary_database import Firsts
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, Item, NotImported, Section
from foveal.formats.coco.annotations import Reading, Sides, read_annotation
from foveal.formats.coco.classes import Categories, Category
from foveal.formats.coco.images import read_image
from foveal.formats.coco.index import NO_SLOT, CocoIndex, Records, key_of
from foveal.formats.coco.panoptic import read_segments
from foveal.formats.coco.records import BrokenRecord, is_json, parse, text_of

MAX_WORD: Final = 256
MAX_WARNINGS: Final = 1000
"""Warnings of one code that are told one by one: a file of results may have millions of scores out of range."""


@dataclass(frozen=True, slots=True)
class Record:
    """The text of a record, and where it stands."""

    raw: bytes
    pointer: str


class CocoFile:
    """One COCO file: its index and its bytes. Raises FormatError for a file that is none."""

    def __init__(self, source: Source, name: str, stream: BinaryIO, split: str | None, context: Context) -> None:
        self.name, self.split = name, split
        self._source, self._context = source, context
        self.index = CocoIndex(stream)
        self._stream: Any = getattr(stream, "raw", stream)
        self._prefix = pointer(source, name, "")
        self.categories = Categories(self.index.categories, self._prefix)
        self.is_labelled = self.index.is_results or "annotations" in self.index.members
        self.layer = "predictions" if self.index.is_results else "ground_truth"
        self._ids = Firsts()
        self._warned: Counter[str] = Counter()

    def sections(self) -> Iterator[Item]:
        """Yield the members of the file that are neither images, annotations nor categories, as their text."""
        for name, (begin, end, is_array) in self.index.sections.items():
            if end - begin > MAX_TEXT_BYTES:
                yield FileWarning("section_too_large", f'"{name}" is larger than {MAX_TEXT_BYTES} bytes.', self.name)
                continue
            raw = self.bytes_at(begin, end - begin)
            text = b"[" + raw + b"]" if is_array else raw
            if not is_json(text) or not is_json(json.dumps(name).encode()):
                yield FileWarning("section_not_read", f"{name!r} is not read: it is not JSON.", self.name)
                continue
            yield Section(name if not self._prefix else f"{self.name}#{name}", text.decode())

    def slots_by_name(self) -> Mapping[str, Sequence[int]]:
        """Return the slots of the images of each name."""
        found: dict[str, tuple[int, ...]] = {}
        for asset, slot in self.assets():
            if isinstance(asset, Asset):
                found[asset.file_name] = (*found.get(asset.file_name, ()), slot)
        return found

    def assets(self) -> Iterator[tuple[Asset | FileWarning, int]]:
        """Yield the images as assets, with their slots; a warning for one that is not read."""
        told: set[int] = set()
        for position, slot in enumerate(self.index.image_slots):
            place = self.image(position)
            try:
                asset = read_image(place.raw, place.pointer, self.split, labelled=self.is_labelled)
            except BrokenRecord as broken:
                if slot != NO_SLOT:
                    self.index.image_of_slot[slot] = NO_SLOT
                yield FileWarning("image_not_read", f"The image is not read: {broken}.", place.pointer), slot
                continue
            if slot in self.index.repeated and slot not in told:
                told.add(slot)
                message = f"Several images have the id {asset.external_id!r}."
                yield FileWarning("duplicate_image", message, place.pointer), slot
            yield asset, slot

    def annotations(self, asset: Asset, slot: int) -> Iterator[Item]:
        """Yield the annotations of an image."""
        if slot != NO_SLOT and slot not in self.index.repeated:
            for position in self.index.annotations_of(slot):
                yield from self.items_of(self.annotation(position), asset)

    def without_image(self) -> Iterator[Item]:
        """Yield the annotations whose image is not there."""
        for position in self.index.without_image():
            record = self.annotation(position)
            yield NotImported(record.pointer, self.why_no_image(record.raw), text_of(record.raw))

    def more_warnings(self) -> Iterator[FileWarning]:
        """Yield how many more records have a finding than were told one by one."""
        for code, count in sorted(self._warned.items()):
            if count > MAX_WARNINGS:
                message = f"{count - MAX_WARNINGS} more records have this finding."
                yield FileWarning(code, message, self.name)

    def image(self, position: int) -> Record:
        """Return the record of an image by its position in the file."""
        return self._record(self.index.images, "/images/", position)

    def annotation(self, position: int) -> Record:
        """Return the record of an annotation by its position in the file."""
        return self._record(self.index.annotations, "/" if self.index.is_results else "/annotations/", position)

    def items_of(self, record: Record, asset: Asset) -> Iterator[Item]:
        """Yield the annotations of one record, or why there is none."""
        try:
            members = parse(record.raw)
            yield from self._duplicates(members, record)
            if isinstance(members.get("segments_info"), list):
                reading = read_segments(
                    self._source.around(), self.name, members, self._sides(asset), self.category_of, self.layer
                )
            else:
                instance_id = record.pointer[-MAX_WORD:]
                reading = self._single(members, asset, instance_id)
        except BrokenRecord as broken:
            yield NotImported(record.pointer, str(broken), text_of(record.raw), asset.file_name)
            return
        yield from self._warnings(reading, record)
        text = text_of(record.raw)
        yield from (Annotation(asset.file_name, body, record.pointer, text, "coco") for body in reading.bodies)

    def category_of(self, members: Mapping[str, Any]) -> Category | None:
        """Return the class that a record names; None where it names none. Raises BrokenRecord."""
        given = members.get("category_id")
        if given is None:
            return None
        key = key_of(given)
        if key is None:
            raise BrokenRecord("its category_id is no id")
        if self.index.is_results:
            return self.categories.find_or_make(key)
        found = self.categories.find(key)
        if found is None and "caption" not in members:
            raise BrokenRecord(f"no class has its category_id {given!r}")
        return found

    def bytes_at(self, offset: int, length: int) -> bytes:
        """Return bytes of the file; with one system call for a file on disk, since each lets other threads go first."""
        if isinstance(self._stream, io.FileIO) and hasattr(os, "pread"):
            return os.pread(self._stream.fileno(), length, offset)
        self._stream.seek(offset)
        found: bytes = self._stream.read(length)
        return found

    def _warnings(self, reading: Reading, record: Record) -> Iterator[FileWarning]:
        for code, message in reading.warnings:
            self._warned[code] += 1
            if self._warned[code] <= MAX_WARNINGS:
                yield FileWarning(code, message, record.pointer)

    def _single(self, members: Mapping[str, Any], asset: Asset, instance_id: str) -> Reading:
        return read_annotation(members, self.category_of(members), self._sides(asset), self.layer, instance_id)

    def _sides(self, asset: Asset) -> Sides | None:
        """Return the sides that a mask of an asset must have: as the file states them, else those of the image."""
        if asset.width and asset.height:
            return asset.width, asset.height
        facts = self._context.facts_of(asset.file_name)
        return (facts.width, facts.height) if facts and facts.orientation < 5 else None

    def _record(self, records: Records, place: str, position: int) -> Record:
        raw = self.bytes_at(records.offsets[position], records.lengths[position])
        return Record(raw, f"{self._prefix}{place}{position}")

    def _duplicates(self, members: Mapping[str, Any], record: Record) -> Iterator[FileWarning]:
        key = key_of(members.get("id"))
        if key is None:
            return
        if self._ids.add(key) is not None:
            yield FileWarning("duplicate_annotation", f"Several annotations have the id {key!r}.", record.pointer)

    def why_no_image(self, raw: bytes) -> str:
        """Return why an annotation has no image."""
        try:
            key = key_of(parse(raw).get("image_id"))
        except BrokenRecord as broken:
            return str(broken)
        if key is None:
            return "it names no image: its image_id is no id"
        slot = self.index.slot_of(key)
        if slot is not None and slot in self.index.repeated:
            return f"several images have its image_id {key!r}"
        return f"no image that can be read has its image_id {key!r}"
