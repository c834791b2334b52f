"""Index of a COCO file of any order of records: where each image and annotation stands, from one scan.

Records are found by the slot of their image: slots number the ids of images in the order in which the file first names
them. The index holds no text of images and annotations, 16 bytes an annotation and an entry of a dictionary an image.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final

import msgspec

from foveal.formats.base.files.json_scan import Element, scan
from foveal.formats.base.model.items import ExternalId, FormatError

RECORDS: Final = frozenset({"images", "annotations", "categories"})
_HEAD_BYTES: Final = 4096
MAX_CATEGORY_BYTES: Final = 64 * 2**20
NO_SLOT: Final = 2**32 - 1
"""Slot of a record that names no image."""


_END: Final = 2**32 - 1


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
    """Places of the records of one section."""

    def __init__(self) -> None:
        self.offsets, self.lengths = array("Q"), array("I")

    def __len__(self) -> int:
        return len(self.offsets)

    def add(self, element: Element) -> None:
        self.offsets.append(element.offset)
        self.lengths.append(len(element.raw))


class Chains:
    """Positions of annotations by slot, as chains that lead from the last of a slot back to its first."""

    def __init__(self) -> None:
        self._before, self._last, self._last_without = array("I"), array("I"), _END

    def add(self, slot: int) -> None:
        """Add the next position to a slot, which may be NO_SLOT."""
        position = len(self._before)
        if slot == NO_SLOT:
            self._before.append(self._last_without)
            self._last_without = position
            return
        while len(self._last) <= slot:
            self._last.append(_END)
        self._before.append(self._last[slot])
        self._last[slot] = position

    def positions(self, slot: int) -> list[int]:
        """Return the positions of a slot, or of NO_SLOT, in the order of the file."""
        position = self._last_without if slot == NO_SLOT else self._last[slot] if slot < len(self._last) else _END
        found = []
        while position != _END:
            found.append(position)
            position = self._before[position]
        found.reverse()
        return found


class CocoIndex:
    """Places of all records of one file. Raises FormatError for a file that is not JSON or no COCO file.

    `members` are the names of the members of the top object; `is_results` says that the file is one list of records.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.images, self.annotations = Records(), Records()
        self.image_slots = array("I")
        self._chains = Chains()
        self.categories: list[Element] = []
        self.sections: dict[str, tuple[int, int, bool]] = {}
        """Beginning and end of the text of each other member, and whether these are the elements of an array."""
        self.members: list[str] = []
        self._slots: dict[ExternalId, int] = {}
        self._keys: list[ExternalId] | None = None
        self._category_bytes = 0
        for element in scan(stream, self.members):
            self._add(element)
        stream.seek(0)
        self.is_results = stream.read(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")
        self._check()
        self.image_of_slot = array("I", [NO_SLOT]) * len(self._slots)
        self.repeated: set[int] = set()
        """Slots of ids that several images have."""
        for position, slot in enumerate(self.image_slots):
            if slot == NO_SLOT:
                continue
            if self.image_of_slot[slot] != NO_SLOT:
                self.repeated.add(slot)
            self.image_of_slot[slot] = position

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
        return self._chains.positions(slot)

    def without_image_id(self) -> Sequence[int]:
        """Return the positions of annotations that name no image."""
        return self._chains.positions(NO_SLOT)

    def without_image(self) -> Sequence[int]:
        """Return the positions of annotations whose image is not there, or is one of several of its id."""
        lost = [slot for slot, image in enumerate(self.image_of_slot) if image == NO_SLOT or slot in self.repeated]
        return sorted(position for slot in (*lost, NO_SLOT) for position in self._chains.positions(slot))

    def _add(self, element: Element) -> None:
        if element.section == "images" and element.index is not None:
            self.images.add(element)
            self.image_slots.append(self._slot(_IMAGE, "id", element.raw))
        elif element.section in ("annotations", "") and element.index is not None:
            self.annotations.add(element)
            self._chains.add(self._slot(_ANNOTATION, "image_id", element.raw))
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
        twice = [name for name, count in Counter(self.members).items() if count > 1]
        if twice:
            raise FormatError(
                "duplicate_key", f'"{min(twice)}" comes twice in the file, and only one is read: join them.'
            )
        if not self.is_results and not RECORDS & set(self.members):
            raise FormatError("not_coco", "The file has no images, annotations or categories, as a COCO file has.")
