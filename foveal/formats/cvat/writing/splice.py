"""Source files of CVAT with some of their images and tracks replaced; every other byte stays, e-mails excepted.

Each image and track of a file is a piece with the text before it. New pieces come behind the last one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Final, NamedTuple

from foveal.formats.cvat.meta import E_MAIL, Meta, meta_of
from foveal.formats.source import Source
from foveal.formats.xml_scan import encoding_of, scan

_POINTER: Final = re.compile(r"(?:(?P<file>.*)#)?/annotations/(?P<kind>image|track)\[(?P<number>\d{1,9})\]", re.DOTALL)
PIECES: Final = ("image", "track")
_BLOCK: Final = 1 << 20


class Place(NamedTuple):
    """An image or a track of a file: its number among those of its kind, from 1."""

    file: str
    kind: str
    number: int


@dataclass(slots=True)
class Layout:
    """The parts of a file: where its images and tracks lie, and what it says of itself."""

    file: str
    encoding: str
    meta: Meta
    meta_bytes: tuple[int, int] | None
    first: int
    pieces: dict[tuple[str, int], "Piece"] = field(default_factory=dict)


class Piece(NamedTuple):
    """A part of a file: its order, the byte where the text before it begins, its own first byte, the byte behind it."""

    order: int
    gap: int
    start: int
    end: int
    shapes: int


def place_of(pointer: str | None, default: str | None) -> Place | None:
    """Return the image or the track of a pointer; `default` is the file of a source of one file."""
    found = _POINTER.match(pointer or "")
    file = found and (found["file"] or default)
    return Place(file, found["kind"], int(found["number"])) if found and file else None


def layout_of(source: Source, file: str) -> Layout:
    """Return where the parts of a file lie. Raises FormatError for a file that is not XML."""
    with source.open(file) as stream:
        encoding = encoding_of(stream.read(_BLOCK))
    found = Layout(file, encoding, Meta(), None, 0)
    numbers = dict.fromkeys(PIECES, 0)
    behind: int | None = None
    with source.open(file) as stream:
        for element in scan(stream):
            if element.name in PIECES:
                numbers[element.name] += 1
                gap = element.offset if behind is None else behind
                if not found.pieces:
                    found.first = gap
                shapes = len(element.children)
                place = (element.name, numbers[element.name])
                found.pieces[place] = Piece(len(found.pieces), gap, element.offset, element.end, shapes)
                behind = element.end
            elif not found.pieces:
                behind = found.first = element.end
                if element.name == "meta":
                    found.meta, found.meta_bytes = meta_of(element, ""), (element.offset, element.end)
    return found


class SplicedFile:
    """A file that is put together: pieces in any order, each once, kept on disk until all are there."""

    def __init__(self, source: Source, layout: Layout) -> None:
        self.layout, self.is_changed = layout, False
        self._source = source
        self._pieces: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed in `write`
        self._places: list[tuple[int, int, int]] = []
        self._orders: set[int] = set()

    def keep(self, place: Place) -> None:
        """Take an image or a track as it stands, with the text before it, unless it is there already."""
        piece = self.layout.pieces[place.kind, place.number]
        if piece.order in self._orders:
            return
        with self._source.open(self.layout.file) as stream:
            stream.seek(piece.gap)
            self._add(piece.order, stream.read(piece.end - piece.gap))

    def replace(self, place: Place, text: str) -> None:
        """Put a text in the place of an image or a track."""
        self.is_changed = True
        piece = self.layout.pieces[place.kind, place.number]
        with self._source.open(self.layout.file) as stream:
            stream.seek(piece.gap)
            gap = stream.read(piece.start - piece.gap)
        self._add(piece.order, gap + self._bytes(text))

    def append(self, text: str) -> None:
        """Put a new image or track behind all others."""
        self.is_changed = True
        self._add(len(self.layout.pieces) + len(self._places), self._bytes(f"\n  {text}"))

    def write(self, out: IO[bytes], labels: Iterable[str]) -> None:
        """Write the file; `labels` are elements to declare besides those of its meta."""
        with self._source.open(self.layout.file) as stream, self._pieces:
            head = stream.read(self.layout.first)
            out.write(self._head(head, list(labels)))
            for _, start, size in sorted(self._places):
                self._pieces.seek(start)
                out.write(self._pieces.read(size))
            stream.seek(max((piece.end for piece in self.layout.pieces.values()), default=self.layout.first))
            for block in iter(lambda: stream.read(_BLOCK), b""):
                out.write(block)

    def _head(self, head: bytes, labels: list[str]) -> bytes:
        if self.layout.meta_bytes is None:
            return head
        start, end = self.layout.meta_bytes
        meta = E_MAIL.sub("", head[start:end].decode(self.layout.encoding))
        before, closing, after = meta.rpartition("</labels>")
        if labels and closing:
            inserted = "".join(f"  {each}\n      " for each in labels)
            meta = f"{before}{inserted}{closing}{after}"
        return head[:start] + self._bytes(meta) + head[end:]

    def _bytes(self, text: str) -> bytes:
        return text.encode(self.layout.encoding, "xmlcharrefreplace")

    def _add(self, order: int, content: bytes) -> None:
        start = self._pieces.seek(0, 2)
        self._pieces.write(content)
        self._places.append((order, start, len(content)))
        self._orders.add(order)


def pieces_of(pointers: Iterable[str], default: str | None) -> Iterator[Place]:
    """Yield the images and tracks of pointers, each once."""
    yield from dict.fromkeys(place for pointer in pointers if (place := place_of(pointer, default)))
