"""Excerpt of a TIFF: a file of the tiles or strips alone that a part of a picture needs, of the level that suffices.

So a part of a picture of any size takes the memory of that part. Only samples of 8 bits and less: the contrast of
deeper ones depends on the whole picture.
"""

import io
from collections.abc import Callable, Iterator
from typing import IO, Any, Final, NamedTuple

from PIL import Image, TiffImagePlugin

from foveal.render.decode import orientation
from foveal.render.decode.tiff import layout as tiff

MAX_BYTES: Final = 128 * 1024 * 1024
"""Of the tiles of an excerpt, as they are stored."""
MAX_PAGES: Final = 64
MAX_ASPECT_DEVIATION: Final = 0.02
_SUBFILE, _REDUCED = 254, 1
_KEPT: Final = (
    *(tiff.BITS, tiff.COMPRESSION, tiff.PHOTOMETRIC, tiff.FILL_ORDER, tiff.ORIENTATION, tiff.SAMPLES, tiff.PREDICTOR),
    *(tiff.EXTRA_SAMPLES, tiff.FORMAT, tiff.PROFILE),
    *(320, 332, 347, 529, 530, 531, 532),  # colour map, inks, JPEG tables, YCbCr
)
_SHALLOW: Final = 8
_HEADER_BYTES: Final = 8

Box = tuple[float, float, float, float]
Sides = tuple[int, int]


class Excerpt(NamedTuple):
    """A TIFF of one page, and the part of it, relative and as displayed, that was asked for."""

    file: IO[bytes]
    box: Box


class _Page(NamedTuple):
    size: Sides
    block: Sides
    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    tags: Any


def of(source: IO[bytes], box: Box, fit: Callable[[Sides, int], Sides]) -> Excerpt | None:
    """Return the excerpt for a part `(left, top, right, bottom)`, relative to the displayed picture.

    `fit` gives the size that a part of a size, stored in an orientation, is shown in. None for a TIFF that has to be
    decoded as a whole, and for other files. Raises Pillow's errors for damage.
    """
    source.seek(0)
    if source.read(4) not in (b"II*\0", b"MM\0*", b"II+\0"):
        return None
    with Image.open(source, formats=("TIFF",)) as opened:
        pages = list(_pages(opened))
    if not pages:
        return None
    turn = orientation.known(pages[0].tags.get(tiff.ORIENTATION))
    corners = [orientation.stored(corner, turn) for corner in (box[:2], box[2:])]
    (left, right), (top, bottom) = (sorted(each) for each in zip(*corners, strict=True))
    width, height = pages[0].size
    shown = fit((max(1, round((right - left) * width)), max(1, round((bottom - top) * height))), turn)
    sharp = [page for page in pages if round((right - left) * page.size[0]) >= shown[0]]
    page = min(sharp or pages[:1], key=lambda each: each.size)
    return _cut(source, page, turn, (left, top, right, bottom))


def _pages(opened: Any) -> Iterator[_Page]:
    """Yield the picture and its levels; nothing for a file that has to be decoded as a whole."""
    whole = 0, 0
    for number in range(MAX_PAGES):
        try:
            opened.seek(number)
        except EOFError:
            return
        page = _page(opened.tag_v2)
        if number == 0:
            if page is None:
                return
            whole = page.size
            yield page
            continue
        if page and is_level(opened.tag_v2, whole):
            yield page


def is_level(tags: Any, whole: Sides) -> bool:
    """Tell whether a page is a smaller level of a picture of such sides (TIFF 6.0, NewSubfileType), as it is stored."""
    width, height = int(tags.get(tiff.WIDTH, 0)), int(tags.get(tiff.HEIGHT, 0))
    if not (tags.get(_SUBFILE, 0) & _REDUCED and width > 0 < height):
        return False
    return abs(width / height / (whole[0] / whole[1]) - 1) < MAX_ASPECT_DEVIATION


def _page(tags: Any) -> _Page | None:
    width, height = int(tags.get(tiff.WIDTH, 0)), int(tags.get(tiff.HEIGHT, 0))
    is_tiled = tiff.TILE_OFFSETS in tags
    offsets = tags.get(tiff.TILE_OFFSETS if is_tiled else tiff.OFFSETS) or ()
    counts = tags.get(tiff.TILE_COUNTS if is_tiled else tiff.COUNTS) or ()
    block = int(tags.get(tiff.TILE_WIDTH, width)), int(tags.get(tiff.TILE_HEIGHT, tags.get(tiff.ROWS, height)))
    if not (width > 0 < height and block[0] > 0 < block[1]):
        return None
    blocks = -(-width // block[0]) * -(-height // block[1])
    is_shallow = all(bits <= _SHALLOW for bits in tags.get(tiff.BITS, (1,)))
    is_together = tags.get(tiff.PLANAR, 1) != tiff.SAMPLES_APART
    if not (is_shallow and is_together and len(offsets) == len(counts) == blocks > 1 and min(counts) > 0):
        return None
    return _Page((width, height), block, tuple(offsets), tuple(counts), tags)


def _cut(source: IO[bytes], page: _Page, turn: int, part: Box) -> Excerpt | None:
    (width, height), (across, down) = page.size, page.block
    first = int(part[0] * width + 1e-6) // across, int(part[1] * height + 1e-6) // down
    last = -(-int(-(-(part[2] * width - 1e-6) // 1)) // across), -(-int(-(-(part[3] * height - 1e-6) // 1)) // down)
    in_row = -(-width // across)
    chosen = [row * in_row + column for row in range(first[1], last[1]) for column in range(first[0], last[0])]
    if not chosen or sum(page.counts[each] for each in chosen) > MAX_BYTES:
        return None
    left, top = first[0] * across, first[1] * down
    size = min(width, last[0] * across) - left, min(height, last[1] * down) - top
    pieces = []
    for each in chosen:
        source.seek(page.offsets[each])
        pieces.append(source.read(page.counts[each]))
    corners = [
        orientation.displayed(((x * width - left) / size[0], (y * height - top) / size[1]), turn)
        for x, y in (part[:2], part[2:])
    ]
    (x0, x1), (y0, y1) = (sorted(each) for each in zip(*corners, strict=True))
    return Excerpt(_written(page, size, pieces), (x0, y0, x1, y1))


def _written(page: _Page, size: Sides, pieces: list[bytes]) -> IO[bytes]:
    is_tiled = tiff.TILE_OFFSETS in page.tags
    directory: Any = TiffImagePlugin.ImageFileDirectory_v2(prefix=page.tags.prefix)
    for tag in _KEPT:
        if tag in page.tags:
            directory.tagtype[tag] = page.tags.tagtype[tag]
            directory[tag] = page.tags[tag]
    directory[tiff.WIDTH], directory[tiff.HEIGHT] = size
    if is_tiled:
        directory[tiff.TILE_WIDTH], directory[tiff.TILE_HEIGHT] = page.block
    else:
        directory[tiff.ROWS] = page.block[1]
    places, lengths = (tiff.TILE_OFFSETS, tiff.TILE_COUNTS) if is_tiled else (tiff.OFFSETS, tiff.COUNTS)
    for tag in (places, lengths):
        directory.tagtype[tag] = 4  # LONG, whatever the numbers are, so that the length is known before them
    directory[lengths] = [len(each) for each in pieces]
    directory[places] = [0] * len(pieces)
    # Pillow adds the end of the directory to the offsets of strips, and to no others.
    begin = _HEADER_BYTES + len(directory.tobytes(_HEADER_BYTES)) if is_tiled else 0
    offsets = []
    for piece in pieces:
        offsets.append(begin)
        begin += len(piece)
    directory[places] = offsets
    file = io.BytesIO()
    directory.save(file)
    file.write(b"".join(pieces))
    file.seek(0)
    return file
