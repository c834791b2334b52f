"""Raw files of cameras that are TIFF: Canon CR2, Nikon NEF, Sony ARW, Olympus ORF, Panasonic RW2, Pentax, Samsung, DNG.

Sources: exiftool's tag tables (exiftool.org/TagNames), and DNG 1.6. The size is that of the whole picture as the
camera develops it where the file states it, and the embedded JPEG is found for viewers that develop nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from foveal.probe.containers.ifd import Directory
from foveal.probe.errors import ProbeError, Reason
from foveal.probe.facts import MIN_PREVIEW_BYTES, Facts, Preview
from foveal.probe.picture_size import set_size
from foveal.probe.readers.tiff.layout import (
    COMPRESSION,
    DNG,
    EXIF,
    JPEG_BYTES,
    JPEG_OFFSET,
    PHOTOMETRIC,
    REDUCED,
    STRIP_BYTES,
    STRIP_OFFSETS,
    Tiff,
    subfile,
)

_KINDS = {
    "cr2": "image/x-canon-cr2",
    "nef": "image/x-nikon-nef",
    "arw": "image/x-sony-arw",
    "orf": "image/x-olympus-orf",
    "rw2": "image/x-panasonic-rw2",
    "pef": "image/x-pentax-pef",
    "srw": "image/x-samsung-srw",
    "iiq": "image/x-phaseone-iiq",
    "dng": "image/x-adobe-dng",
}
_BY_MAKE = {b"NIKON": "nef", b"SONY": "arw", b"PENTAX": "pef", b"RICOH": "pef", b"SAMSUNG": "srw", b"OLYMPUS": "orf"}
_FILTER_ARRAY = 32803
_SENSOR_CODINGS = frozenset({32767, 32769, 32770, 34713, 65535})
_MAKE, _MAKER_NOTE, _EXIF_WIDTH, _EXIF_HEIGHT = 271, 0x927C, 0xA002, 0xA003
_PANASONIC_BORDERS, _PANASONIC_JPEG, _PANASONIC_BITS = (4, 5, 6, 7), 0x2E, 0x0A
_PANASONIC_ISO = 0x17
_OLYMPUS_CAMERA, _OLYMPUS_PREVIEW, _OLYMPUS_PREVIEW_BYTES = 0x2020, 0x0101, 0x0102
_MAX_DIRECTORIES = 8
_MAX_ENTRIES = 4096
"""Of all directories in which an embedded JPEG is searched, up to the one that passes it; cameras write hundreds."""
_JPEG_CODINGS, _YCBCR = (6, 7), 6


def kind_of(head: bytes, directory: Directory, picture: Directory) -> str | None:
    """Return the kind by the magic number, DNG's own tag, or maker and coding of the full picture; None for TIFF."""
    if head[8:11] == b"CR\x02":
        return "cr2"
    if head[:4] in (b"IIRO", b"IIRS", b"MMOR"):
        return "orf"
    if head[:4] == b"IIU\0":
        return "rw2"
    if head[8:12] in (b"IIII", b"MMMM"):
        return "iiq"
    if DNG in directory.entries:
        return "dng"
    is_raw = picture.number(PHOTOMETRIC) == _FILTER_ARRAY or picture.number(COMPRESSION) in _SENSOR_CODINGS
    make = (directory.raw(_MAKE) or b"").lstrip().upper()
    return next((kind for name, kind in _BY_MAKE.items() if make.startswith(name)), None) if is_raw else None


def set_raw(tiff: Tiff, kind: str, directory: Directory, facts: Facts) -> None:
    """Set kind, embedded preview and colour space, and the size where the picture's directory does not state it."""
    facts.set_kind("image", kind, _KINDS[kind])
    exif = _exif(tiff, directory)
    if kind in ("cr2", "iiq") and exif is not None:
        width, height = exif.number(_EXIF_WIDTH), exif.number(_EXIF_HEIGHT)
        if width and height:
            set_size(facts, width, height)
    if kind == "rw2":
        _read_panasonic(directory, facts)
    if kind != "dng":
        facts.num_channels, facts.colour_space, facts.has_alpha = 1, "cfa", False
    if kind == "cr2":
        facts.bit_depth, facts.codec = None, "jpeg_lossless"
    try:
        facts.preview = _preview(tiff, kind, directory, exif)
    except ProbeError as error:
        if error.reason not in (Reason.MALFORMED, Reason.TRUNCATED):
            raise


def _exif(tiff: Tiff, directory: Directory) -> Directory | None:
    offset = directory.number(EXIF)
    try:
        return tiff.directory(offset) if offset and tiff.window.can_plan(offset, 8) else None
    except ProbeError as error:
        if error.reason not in (Reason.MALFORMED, Reason.TRUNCATED):
            raise
        return None


def _read_panasonic(directory: Directory, facts: Facts) -> None:
    """Set the size by the borders of the picture on the sensor, which stand in place of width and height."""
    top, left, bottom, right = (directory.number(tag) or 0 for tag in _PANASONIC_BORDERS)
    set_size(facts, right - left, bottom - top)
    facts.bit_depth, facts.codec = directory.number(_PANASONIC_BITS), "raw"
    facts.camera.iso = facts.camera.iso or directory.number(_PANASONIC_ISO)


def _preview(tiff: Tiff, kind: str, directory: Directory, exif: Directory | None) -> Preview | None:
    """Return the longest embedded JPEG that lies within the object."""
    places = list(_embedded(tiff, kind, directory))
    if kind == "orf" and exif is not None and (place := _olympus_preview(tiff, exif)):
        places.append(place)
    whole = [(size, at) for at, size in places if size >= MIN_PREVIEW_BYTES and 8 <= at <= tiff.window.size - size]
    return Preview(max(whole)[1], max(whole)[0]) if whole else None


def _embedded(tiff: Tiff, kind: str, first: Directory) -> Iterator[tuple[int, int]]:
    """Yield (offset, length) of each JPEG that a directory of the file states."""
    if (entry := first.entries.get(_PANASONIC_JPEG)) and kind == "rw2":
        yield entry.offset, entry.size
    following = itertools.islice(tiff.following(first), _MAX_DIRECTORIES)
    chain = [first, *(directory for directory in following if directory is not None)]
    entries = 0
    for directory in itertools.chain(chain, (child for each in chain for child in tiff.children(each))):
        entries += directory.count
        if entries > _MAX_ENTRIES:
            return
        if (offset := directory.number(JPEG_OFFSET)) and (size := directory.number(JPEG_BYTES)):
            yield offset, size
        offsets, sizes = directory.numbers(STRIP_OFFSETS), directory.numbers(STRIP_BYTES)
        is_jpeg = directory.number(COMPRESSION) in _JPEG_CODINGS and len(offsets) == len(sizes) == 1
        is_first = kind == "cr2" and directory is first
        if is_jpeg and (is_first or directory.number(PHOTOMETRIC) == _YCBCR or subfile(directory) & REDUCED):
            yield offsets[0], sizes[0]


def _olympus_preview(tiff: Tiff, exif: Directory) -> tuple[int, int] | None:
    """Return the preview that the camera settings in the maker's note state, relative to the note."""
    note = exif.entries.get(_MAKER_NOTE)
    if note is None:
        return None
    head = tiff.read(note.offset, 12)
    if head[:10] not in (b"OLYMPUS\0II", b"OM SYSTEM\0"):
        return None
    start = 12 if head.startswith(b"OLYMPUS") else 16

    def read(offset: int, length: int) -> bytes:
        return tiff.read(note.offset + offset, length)

    settings = Directory(read, "<", start).entries.get(_OLYMPUS_CAMERA)
    if settings is None:
        return None
    inline = Directory(read, "<", start).number(_OLYMPUS_CAMERA) if settings.type in (4, 13) else settings.offset
    camera = Directory(read, "<", inline or 0)
    offset, size = camera.number(_OLYMPUS_PREVIEW), camera.number(_OLYMPUS_PREVIEW_BYTES)
    return (note.offset + offset, size) if offset and size else None
