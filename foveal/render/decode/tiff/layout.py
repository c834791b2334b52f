"""The stored form of a TIFF page, from its image file directory (TIFF 6.0, section 2; BigTIFF)."""

import struct
from typing import IO, Any, Final, Literal, NamedTuple

import numpy as np

from foveal.errors import Unrenderable

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
OFFSETS, ORIENTATION, SAMPLES, ROWS, COUNTS, PLANAR, PREDICTOR = 273, 274, 277, 278, 279, 284, 317
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS = 322, 323, 324, 325
EXTRA_SAMPLES, FORMAT, PROFILE, NO_DATA = 338, 339, 34675, 42113
SIZES: Final = {1: "B", 2: "s", 3: "H", 4: "I", 6: "b", 7: "s", 8: "h", 9: "i", 11: "f", 12: "d", 16: "Q", 18: "Q"}
MAX_TAGS: Final = 4_096
MAX_VALUES: Final = 4_000_000
LOSSLESS: Final = frozenset({1, 5, 8, 32773, 32946, 50000})
GRAYS, RGB = (0, 1), 2
SAMPLES_APART: Final = 2
UNSIGNED, SIGNED, FLOATING = 1, 2, 3
KINDS: Final = {UNSIGNED: "u", SIGNED: "i", FLOATING: "f"}

Order = Literal["<", ">"]
Tags = dict[int, tuple[Any, ...]]


class Layout(NamedTuple):
    """The stored form of a page."""

    order: Order
    width: int
    height: int
    bands: int
    kind: np.dtype[Any]
    is_apart: bool
    tags: Tags

    def one(self, tag: int, default: int) -> int:
        return int(self.tags.get(tag, (default,))[0])

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def shown_bands(self) -> int:
        return 3 if self.bands >= 3 else 1

    @property
    def is_tiled(self) -> bool:
        return TILE_OFFSETS in self.tags

    @property
    def is_plain(self) -> bool:
        """Return whether rows can be read where they are."""
        return self.one(COMPRESSION, 1) == 1 and not self.is_tiled

    @property
    def strip_rows(self) -> int:
        return max(1, min(self.one(ROWS, self.height), self.height))

    @property
    def block(self) -> tuple[int, int]:
        """Return width and height of what is decompressed at once."""
        if self.is_tiled:
            return max(1, self.one(TILE_WIDTH, 0)), max(1, self.one(TILE_HEIGHT, 0))
        return self.width, 1 if self.is_plain else self.strip_rows

    @property
    def no_data(self) -> float | None:
        try:
            return float(self.tags[NO_DATA][0].rstrip(b"\0 "))
        except (KeyError, ValueError):
            return None


def layout_of(source: IO[bytes], page: int) -> Layout | None:
    """Return the layout of a page that Pillow does not show as it is, None for any other file.

    Those are: several bands of 16 bits and more, samples with a value for no data, big-endian BigTIFF. Raises
    Unrenderable for a page that does not exist, struct.error and ValueError for damage.
    """
    source.seek(0)
    head = source.read(16)
    order: Order = "<" if head[:2] == b"II" else ">"
    if head[:2] not in (b"II", b"MM") or len(head) < 16:
        return None
    version = struct.unpack_from(order + "H", head, 2)[0]
    if version not in (42, 43):
        return None
    is_big = version == 43
    at = struct.unpack_from(order + ("Q" if is_big else "I"), head, 8 if is_big else 4)[0]
    tags: Tags = {}
    for _ in range(page + 1):
        tags, at = _directory(source, at, order, is_big=is_big)
    bits = tags.get(BITS, (1,))
    bands, depth_bits = int(tags.get(SAMPLES, (1,))[0]), int(bits[0])
    kind = KINDS.get(int(tags.get(FORMAT, (UNSIGNED,))[0]))
    is_deep = depth_bits >= 16 and (bands > 1 or NO_DATA in tags)
    if not (is_deep or (is_big and order == ">")):
        return None
    is_known = kind is not None and depth_bits in ((8, 16, 32, 64) if kind != "f" else (16, 32, 64))
    photometric = int(tags.get(PHOTOMETRIC, (1,))[0])
    if not is_known or len(set(bits)) != 1 or photometric not in (*GRAYS, RGB):
        return None
    if int(tags.get(COMPRESSION, (1,))[0]) not in LOSSLESS or int(tags.get(FILL_ORDER, (1,))[0]) != 1:
        return None
    is_apart = bands > 1 and int(tags.get(PLANAR, (1,))[0]) == SAMPLES_APART
    width, height = int(tags[WIDTH][0]), int(tags[HEIGHT][0])
    return Layout(order, width, height, bands, np.dtype(f"{order}{kind}{depth_bits // 8}"), is_apart, tags)


def _directory(source: IO[bytes], at: int, order: Order, *, is_big: bool) -> tuple[Tags, int]:
    """Return the tags of an image file directory and the offset of the next one."""
    if not at:
        raise Unrenderable("The TIFF has no such page.")
    source.seek(at)
    count_type, entry = ("Q", order + "HHQ8s") if is_big else ("H", order + "HHI4s")
    count = struct.unpack(order + count_type, source.read(struct.calcsize(order + count_type)))[0]
    size = struct.calcsize(entry)
    if count > MAX_TAGS:
        raise Unrenderable("The TIFF has too many tags.")
    body = source.read(count * size)
    following = struct.unpack(order + ("Q" if is_big else "I"), source.read(8 if is_big else 4))[0]
    tags: Tags = {}
    for tag, kind, number, value in struct.iter_unpack(entry, body):
        letter = SIZES.get(kind)
        length = number * struct.calcsize(letter or "B")
        if letter is None or number > MAX_VALUES:
            continue
        if length > len(value):
            source.seek(struct.unpack(order + ("Q" if is_big else "I"), value)[0])
            value = source.read(length)
        tags[tag] = struct.unpack(f"{order}{number}{letter}", value[:length])
    return tags, following
