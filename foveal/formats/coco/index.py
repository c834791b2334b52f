"""Index of a COCO file of any order of records: where each image and annotation stands, from one scan.

Records are found by the slot of their image: slots number the ids of images in the order in which the file first names
them. The index holds no text of images and annotations, 20 bytes an annotation and an entry of a dictionary an image.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final

import msgspec

from foveal.formats.items import ExternalId, FormatError
from foveal.formats.json_scan import Element, scan

RECORDS: Final = frozenset({"images", "annotations", "categories"})
MAX_CATEGORY_BYTES: Final = 64 * 2**20
NO_SLOT: Final = 2**32 - 1
"""Slot of a record that names no image."""


class _Image(msgspec.Struct):
    id: int | float | str | None = None


class _Annotation(msgspec.Struct):
    image_id: int | float | str | None = None


_IMAGE: Final = msgspec.json.Decoder(_Image)
_ANNOTATION: Final = msgspec.json.Decoder(_Annotation)


def key_of(value: Any) -> ExternalId | None:
    """Return an id as a key: an integer of 64 bits (also where it is written as `5.0`) or text; else None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str):
        return value
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


class Records:
    """Places of the records of one section, each with the slot of its image."""

    def __init__(self) -> None:
        self.offsets, self.lengths, self.slots = array("Q"), array("I"), array("I")

    def __len__(self) -> int:
        return len(self.offsets)

    def add(self, element: Element, slot: int) -> None:
        self.offsets.append(element.offset)
        self.lengths.append(len(element.raw))
        self.slots.append(slot)


class CocoIndex:
    """Places of all records of one file. Raises FormatError for a file that is not JSON or no COCO file.

    `members` are the names of the members of the top object; `is_results` says that the file is one list of records.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.images, self.annotations = Records(), Records()
        self.categories: list[Element] = []
        self.sections: dict[str, tuple[int, int, bool]] = {}
        """Beginning and end of the text of each other member, and whether these are the elements of an array."""
        self.members: list[str] = []
        self._slots: dict[ExternalId, int] = {}
        self._keys: list[ExternalId] | None = None
        self._category_bytes = 0
        for element in scan(stream, self.members):
            self._add(element)
        self.is_results = not self.members
        self._check()
        self.image_of_slot = array("I", [NO_SLOT]) * len(self._slots)
        self.repeated: set[int] = set()
        """Slots of ids that several images have."""
        for position, slot in enumerate(self.images.slots):
            if slot == NO_SLOT:
                continue
            if self.image_of_slot[slot] != NO_SLOT:
                self.repeated.add(slot)
            self.image_of_slot[slot] = position
        self._order, self._ends = self._by_slot()

    def ids(self) -> Iterator[ExternalId]:
        """Yield the ids of images by slot."""
        return iter(self._slots)

    def slot_of(self, key: ExternalId) -> int | None:
        return self._slots.get(key)

    def key_of_slot(self, slot: int) -> ExternalId:
        """Return the id of the image of a slot."""
        if self._keys is None:
            self._keys = list(self._slots)
        return self._keys[slot]

    def annotations_of(self, slot: int) -> Sequence[int]:
        """Return the positions of the annotations of an image, in the order of the file."""
        return self._order[self._ends[slot] : self._ends[slot + 1]]

    def without_image(self) -> Iterator[int]:
        """Yield the positions of annotations whose image is not there, or is one of several of its id."""
        for position, slot in enumerate(self.annotations.slots):
            if slot == NO_SLOT or self.image_of_slot[slot] == NO_SLOT or slot in self.repeated:
                yield position

    def _add(self, element: Element) -> None:
        if element.section == "images" and element.index is not None:
            self.images.add(element, self._slot(_IMAGE, "id", element.raw))
        elif element.section in ("annotations", "") and element.index is not None:
            self.annotations.add(element, self._slot(_ANNOTATION, "image_id", element.raw))
        elif element.section == "categories" and element.index is not None:
            self._category_bytes += len(element.raw)
            if self._category_bytes > MAX_CATEGORY_BYTES:
                raise FormatError("too_many_classes", f"The classes take more than {MAX_CATEGORY_BYTES} bytes.")
            self.categories.append(element)
        elif element.section in RECORDS:
            if element.raw != b"null":
                raise FormatError("not_coco", f'"{element.section}" is no list, as it is in a COCO file.')
        else:
            begin, _, _ = self.sections.get(element.section, (element.offset, 0, False))
            self.sections[element.section] = (begin, element.offset + len(element.raw), element.index is not None)

    def _slot(self, decoder: msgspec.json.Decoder[Any], member: str, raw: bytes) -> int:
        try:
            key = key_of(getattr(decoder.decode(raw), member))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return NO_SLOT
        return NO_SLOT if key is None else self._slots.setdefault(key, len(self._slots))

    def _check(self) -> None:
        twice = {name for name in self.members if self.members.count(name) > 1} if len(self.members) < 1000 else set()
        if twice:
            raise FormatError(
                "duplicate_key", f'"{min(twice)}" comes twice in the file, and only one is read: join them.'
            )
        if self.members and not RECORDS & set(self.members):
            raise FormatError("not_coco", "The file has no images, annotations or categories, as a COCO file has.")

    def _by_slot(self) -> tuple["array[int]", "array[int]"]:
        """Return the positions of annotations by slot (a counting sort), and where those of each slot begin."""
        slots = self.annotations.slots
        ends = array("I", [0]) * (len(self._slots) + 1)
        for slot in slots:
            if slot != NO_SLOT:
                ends[slot + 1] += 1
        for slot in range(len(self._slots)):
            ends[slot + 1] += ends[slot]
        places, order = array("I", ends), array("I", [0]) * ends[-1]
        for position, slot in enumerate(slots):
            if slot != NO_SLOT:
                order[places[slot]] = position
                places[slot] += 1
        return order, ends
