"""Source files of CVAT with some of their images and tracks replaced; every other byte stays, e-mails excepted.

Each image and track of a file is a piece with the text before it. New pieces come behind the last one.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Final, NamedTuple

from foveal.formats.base.files.source import Source
from foveal.formats.base.files.xml_scan import encoding_of, scan
from foveal.formats.cvat.meta import E_MAIL, Meta, meta_of
from foveal.formats.cvat.writing.declarations import with_labels

_POINTER: Final = re.compile(r"(?:(?P<file>.*)#)?/annotations/(?P<kind>image|track)\[(?P<number>\d{1,9})\]", re.DOTALL)
PIECES: Final = ("image", "track")
_BLOCK: Final = 1 << 20


class Place(NamedTuple):
    """An image or a track of a file: its number among those of its kind, from 1."""

    file: str
    kind: str
    number: int


class Pieces:
    """The images or the tracks of a file, by their number from 1, as arrays: a file has hundreds of thousands."""

    def __init__(self) -> None:
        self._order, self._gap, self._start, self._end, self._shapes = (array("Q") for _ in range(5))

    def add(self, piece: "Piece") -> None:
        columns = (self._order, self._gap, self._start, self._end, self._shapes)
        for column, value in zip(columns, piece, strict=True):
            column.append(value)

    def __getitem__(self, number: int) -> "Piece":
        at = number - 1
        return Piece(self._order[at], self._gap[at], self._start[at], self._end[at], self._shapes[at])

    def __len__(self) -> int:
        return len(self._order)


class Piece(NamedTuple):
    """A part of a file: its order, the byte where the text before it begins, its own first byte, the byte behind it.

    `shapes` counts the elements in it.
    """

    order: int
    gap: int
    start: int
    end: int
    shapes: int


@dataclass(slots=True)
class Layout:
    """The parts of a file: up to `first` its head, from `last` on its end, its images and tracks between them."""

    file: str
    encoding: str
    meta: Meta = field(default_factory=Meta)
    meta_bytes: tuple[int, int] | None = None
    first: int = 0
    last: int = 0
    count: int = 0
    pieces: dict[str, Pieces] = field(default_factory=lambda: {kind: Pieces() for kind in PIECES})

    def piece(self, place: Place) -> Piece:
        return self.pieces[place.kind][place.number]


def place_of(pointer: str | None, default: str | None) -> Place | None:
    """Return the image or the track of a pointer; `default` is the file of a source of one file."""
    found = _POINTER.match(pointer or "")
    file = found and (found["file"] or default)
    return Place(file, found["kind"], int(found["number"])) if found and file else None


def layout_of(source: Source, file: str) -> Layout:
    """Return where the parts of a file lie. Raises FormatError for a file that is not XML."""
    with source.open(file) as stream:
        found = Layout(file, encoding_of(stream.read(_BLOCK)))
    with source.open(file) as stream:
        for element in scan(stream):
            if element.name in PIECES:
                gap = found.last or element.offset
                found.first = found.first if found.count else gap
                found.pieces[element.name].add(
                    Piece(found.count, gap, element.offset, element.end, len(element.children))
                )
                found.count += 1
                found.last = element.end
            elif not found.count:
                found.first = found.last = element.end
                if element.name == "meta":
                    found.meta, found.meta_bytes = meta_of(element, ""), (element.offset, element.end)
    return found


class Store:
    """A file on disk for the sources and for new text, in which any part is at hand at once; even of an archive."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._size = 0

    def copy(self, source: Source, name: str) -> int:
        """Copy a file of a source; return where it begins."""
        start = self._size
        with source.open(name) as stream:
            while block := stream.read(_BLOCK):
                self.put(block)
        return start

    def put(self, content: bytes) -> int:
        """Keep some bytes; return where they begin."""
        start = self._size
        self._file.seek(start)
        self._file.write(content)
        self._size += len(content)
        return start

    def read(self, start: int, size: int) -> Iterator[bytes]:
        """Yield bytes in blocks."""
        self._file.seek(start)
        while size > 0 and (block := self._file.read(min(size, _BLOCK))):
            size -= len(block)
            yield block

    def close(self) -> None:
        self._file.close()


class SplicedFile:
    """A file that is put together of its own parts and of new text; each of its pieces comes once, in its place."""

    def __init__(self, source: Source, layout: Layout, store: Store) -> None:
        self.layout, self.is_changed, self._store = layout, False, store
        self._base = store.copy(source, layout.file)
        self._size = source.size(layout.file)
        self._taken = bytearray(layout.count)
        self._order, self._start, self._length = array("Q"), array("Q"), array("Q")

    def keep(self, place: Place) -> None:
        """Take an image or a track as it stands, with the text before it, unless it is there already."""
        piece = self.layout.piece(place)
        if not self._taken[piece.order]:
            self._add(piece.order, self._base + piece.gap, piece.end - piece.gap)

    def replace(self, place: Place, text: str) -> None:
        """Put a text in the place of an image or a track."""
        piece = self.layout.piece(place)
        self._add(piece.order, self._base + piece.gap, piece.start - piece.gap)
        self._put(piece.order, text)

    def append(self, text: str) -> None:
        """Put a new image or track behind all others."""
        self._put(self.layout.count, f"\n  {text}")

    def write(self, out: IO[bytes], labels: Sequence[str]) -> None:
        """Write the file; `labels` are elements to declare besides those of its meta."""
        head = b"".join(self._store.read(self._base, self.layout.first))
        out.write(self._head(head, labels))
        for at in sorted(range(len(self._order)), key=self._order.__getitem__):
            out.writelines(self._store.read(self._start[at], self._length[at]))
        last = self.layout.last
        out.writelines(self._store.read(self._base + last, self._size - last))

    def _head(self, head: bytes, labels: Sequence[str]) -> bytes:
        if self.layout.meta_bytes is None:
            return head
        start, end = self.layout.meta_bytes
        meta = E_MAIL.sub("", head[start:end].decode(self.layout.encoding))
        return head[:start] + self._bytes(with_labels(meta, labels)) + head[end:]

    def _bytes(self, text: str) -> bytes:
        return text.encode(self.layout.encoding, "xmlcharrefreplace")

    def _put(self, order: int, text: str) -> None:
        self.is_changed = True
        content = self._bytes(text)
        self._add(order, self._store.put(content), len(content))

    def _add(self, order: int, start: int, length: int) -> None:
        if order < len(self._taken):
            self._taken[order] = True
        self._order.append(order)
        self._start.append(start)
        self._length.append(length)


def pieces_of(pointers: Iterable[str], default: str | None) -> Iterator[Place]:
    """Yield the images and tracks of pointers, each once."""
    yield from dict.fromkeys(place for pointer in pointers if (place := place_of(pointer, default)))
