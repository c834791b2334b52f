"""TIFF and BigTIFF, with GeoTIFF keys, pyramids, and raw files of cameras (TIFF 6.0)."""

from __future__ import annotations

from foveal.probe.containers.ifd import Directory
from foveal.probe.errors import malformed
from foveal.probe.facts import Facts
from foveal.probe.metadata.exif import read_main
from foveal.probe.metadata.icc import profile_name
from foveal.probe.picture_size import set_size
from foveal.probe.readers.tiff.geo import georeference
from foveal.probe.readers.tiff.layout import (
    BITS,
    COMPRESSION,
    EXTRA_SAMPLES,
    HEIGHT,
    MASK,
    ORIENTATION,
    PHOTOMETRIC,
    PROFILE,
    REDUCED,
    SAMPLES,
    WIDTH,
    Tiff,
    subfile,
)
from foveal.probe.readers.tiff.pyramid import MAX_LEVELS, is_level, pyramid, size_of, vendor_of
from foveal.probe.readers.tiff.raw import kind_of, set_raw
from foveal.probe.readers.tiff.strips import check_pixels
from foveal.probe.window import Window

_MAX_PROFILE_BYTES = 8192
_COLOURS = {0: "gray", 1: "gray", 2: "rgb", 3: "rgb", 4: "gray", 5: "cmyk", 6: "rgb", 8: "lab", 32803: "cfa"}
_CODECS = {
    1: "raw", 2: "ccitt_rle", 3: "ccitt_t4", 4: "ccitt_t6", 5: "lzw", 6: "jpeg", 7: "jpeg", 8: "deflate",
    32773: "packbits", 32946: "deflate", 34712: "jpeg2000", 33003: "jpeg2000", 33005: "jpeg2000",
    34925: "lzma", 50000: "zstd", 50001: "webp", 50002: "jpegxl", 34887: "lerc",
}  # fmt: skip


def read(window: Window, facts: Facts) -> None:
    """Read the first full picture; set `page_count` if the chain of directories is within the plan."""
    facts.set_kind("image", "tiff", "image/tiff")
    tiff = Tiff.open(window)
    directory = tiff.directory(tiff.first)
    picture = _full_picture(tiff, directory)
    kind = kind_of(window.upto(0, 12), directory, picture)
    if kind != "rw2":  # which states its size in tags of its own
        _read_picture(picture, facts)
        check_pixels(window, picture, facts)
    read_main(directory, facts, tiff.read, tiff.order)
    if picture is not directory and (turned := picture.number(ORIENTATION)) and 1 <= turned <= 8:
        facts.orientation = turned
    if kind is not None:
        set_raw(tiff, kind, directory, facts)
    facts.geotiff = georeference(directory)
    _read_profile(window, picture, facts)
    if kind is None or kind == "dng":
        with window.scope(window.size):  # directories tend to stand together at the end
            _read_chain(tiff, directory, facts)
    facts.is_animated = False


def _full_picture(tiff: Tiff, directory: Directory) -> Directory:
    """Return the directory itself, or for a raw file's thumbnail the first full picture among its children."""
    if not subfile(directory) & REDUCED:
        return directory
    return next((child for child in tiff.children(directory) if not subfile(child) & REDUCED), directory)


def _read_picture(directory: Directory, facts: Facts) -> None:
    width, height = directory.number(WIDTH), directory.number(HEIGHT)
    if width is None or height is None:
        raise malformed("a picture without its size")
    set_size(facts, width, height)
    photometric = directory.number(PHOTOMETRIC)
    samples = directory.number(SAMPLES) or (3 if photometric in (2, 6) else 1)
    bits = directory.numbers(BITS) or (1,)
    extra = directory.numbers(EXTRA_SAMPLES)
    facts.num_channels, facts.bit_depth = min(samples, 65535), min(max(bits), 65535)
    if photometric == 3:
        facts.num_channels, facts.bit_depth = samples + 2, 8
    facts.colour_space = _COLOURS.get(photometric) if photometric is not None else None
    facts.has_alpha = any(kind in (1, 2) for kind in extra)
    compression = directory.number(COMPRESSION) or 1
    facts.codec = _CODECS.get(compression)


def _read_profile(window: Window, directory: Directory, facts: Facts) -> None:
    """Return the name of the ICC profile, from its first bytes."""
    entry = directory.entries.get(PROFILE)
    if entry is not None and window.can_plan(entry.offset, length := min(entry.size, _MAX_PROFILE_BYTES)):
        facts.icc_profile = profile_name(window.upto(entry.offset, length))


def _read_chain(tiff: Tiff, first: Directory, facts: Facts) -> None:
    """Count the pages (without thumbnails, masks and levels) if the last directory is within the plan; set the pyramid.

    A whole slide is one page: its label and its overview are none.
    """
    vendor = vendor_of(first)
    is_slide = vendor in ("aperio", "hamamatsu")
    children = tiff.children(first) if facts.format == "tiff" else ()
    levels = {size_of(child) for child in children if is_level(child, vendor)}
    pages, is_complete = 0 if subfile(first) & (REDUCED | MASK) else 1, True
    for directory in tiff.following(first):
        if directory is None:
            is_complete = False
        elif is_level(directory, vendor):
            if len(levels) < MAX_LEVELS:  # no more directories than that are remembered
                levels.add(size_of(directory))
        elif not is_slide and not subfile(directory) & (REDUCED | MASK):
            pages += 1
    if facts.format == "tiff":
        facts.pyramid = pyramid(first, levels, vendor)
    facts.page_count = max(1, pages) if is_complete or is_slide else None
