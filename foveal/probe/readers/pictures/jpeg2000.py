"""JPEG 2000: JP2 and JPX boxes (ISO/IEC 15444-1, annex I) and raw codestreams (annex A)."""

from __future__ import annotations

import struct

from foveal.probe.containers.bmff import Box, body, boxes, children
from foveal.probe.errors import ProbeError, malformed, truncated
from foveal.probe.facts import Facts
from foveal.probe.metadata.exif import read_exif
from foveal.probe.metadata.icc import profile_name
from foveal.probe.metadata.xmp import read_xmp
from foveal.probe.picture_size import set_size
from foveal.probe.window import KIB, Window

_TILE_PART, _END, _WITHOUT_LENGTH = 0xFF90, 0xFFD9, range(0xFF30, 0xFF40)
_MAX_METADATA_BYTES = 64 * KIB
_EXIF = b"JpgTiffExif->JP2"
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_COLOURS = {16: "rgb", 17: "gray", 18: "ycbcr", 12: "cmyk", 14: "lab"}


def read(window: Window, facts: Facts) -> None:
    """Read the image header box, or the SIZ marker of a raw codestream."""
    facts.set_kind("image", "jpeg2000", "image/jp2")
    facts.codec = "jpeg2000"
    if window.read(0, 4) == b"\xff\x4f\xff\x51":
        facts.mime_type = "image/j2c"
        _read_siz(window, 2, facts)
        _check_end(window, 0, window.size)
        return
    _read_boxes(window, facts)
    if facts.stored_width is None:
        raise malformed("neither an image header nor a codestream")


def _read_boxes(window: Window, facts: Facts) -> None:
    """Read header, codestream and the metadata around it; garbage after a whole picture is ignored."""
    is_whole = False
    try:
        for box in boxes(window, 0, window.size):
            if box.kind == b"ftyp" and window.upto(box.body, 4) in (b"jpx ", b"jpm "):
                facts.mime_type = {b"jpx ": "image/jpx", b"jpm ": "image/jpm"}[window.read(box.body, 4)]
            elif box.kind == b"jp2h" and facts.stored_width is None:
                _read_header(window, box, facts)
            elif box.kind == b"jp2c":
                if facts.stored_width is None:
                    _read_siz(window, box.body + 2, facts)
                elif facts.mime_type == "image/jp2" and window.has(box.body + 2, 40):
                    _check_siz(window.read(box.body + 2, 40), facts)
                _check_end(window, box.body, box.end)
                is_whole = True
            elif box.kind == b"uuid" and box.size <= _MAX_METADATA_BYTES and window.can_plan(box.body, box.size):
                _read_metadata(window.read(box.body - 16, 16), window.read(box.body, box.size), facts)
            if facts.stored_width is not None and not window.can_plan(box.end, 8):
                return
        if facts.stored_width is not None and not is_whole:
            raise truncated("no codestream after its header")
    except ProbeError:
        if not is_whole:
            raise


def _read_metadata(uuid: bytes, data: bytes, facts: Facts) -> None:
    if uuid == _EXIF:
        read_exif(data, facts, with_orientation=False)
    elif uuid == _XMP:
        read_xmp(data, facts)


def _read_header(window: Window, header: Box, facts: Facts) -> None:
    found = children(window, header)
    if b"ihdr" not in found or found[b"ihdr"].size < 14:
        raise malformed("no image header box")
    height, width, channels, depth = struct.unpack_from(">IIHB", body(window, found[b"ihdr"], 14))
    set_size(facts, width, height)
    facts.num_channels = channels or None
    facts.bit_depth = (depth & 127) + 1 if depth != 255 else None
    if depth == 255 and b"bpcc" in found:
        facts.bit_depth = max((byte & 127) + 1 for byte in body(window, found[b"bpcc"], 64) or b"\0")
    if b"pclr" in found:
        palette = body(window, found[b"pclr"], 64)
        if len(palette) > 3:
            facts.num_channels, facts.bit_depth = palette[2], (palette[3] & 127) + 1
    if b"colr" in found:
        colour = body(window, found[b"colr"], 8192)
        if colour[:1] == b"\1" and len(colour) >= 7:
            facts.colour_space = _COLOURS.get(int.from_bytes(colour[3:7], "big"))
        elif colour[:1] in (b"\2", b"\3"):  # a profile, restricted or any
            facts.icc_profile = profile_name(colour[3:])
            facts.colour_space = {b"RGB ": "rgb", b"GRAY": "gray", b"CMYK": "cmyk"}.get(colour[19:23])
    facts.has_alpha = False
    if b"cdef" in found:
        definitions = body(window, found[b"cdef"], 512)
        kinds = [int.from_bytes(definitions[at + 2 : at + 4], "big") for at in range(2, len(definitions) - 5, 6)]
        facts.has_alpha = 1 in kinds or 2 in kinds


def _check_end(window: Window, start: int, end: int) -> None:
    """Raise ProbeError if a tile-part whose head is in memory, or the end of a whole codestream, is missing."""
    if window.is_whole and b"\xff\xd9" not in window.upto(start, end - start):
        raise truncated("a codestream without its end")
    offset = start + 2
    while offset + 12 <= end and window.has(offset, 12):
        marker, length, part = struct.unpack(">HH2xI2x", window.read(offset, 12))
        if marker == _END or (marker == _TILE_PART and part < 14):  # the last tile-part may leave its length out
            return
        offset += part if marker == _TILE_PART else 2 if marker in _WITHOUT_LENGTH else 2 + length
    if offset > end:
        raise truncated(f"a tile-part ends at {offset}, the codestream at {end}")


def _check_siz(data: bytes, facts: Facts) -> None:
    """Raise ProbeError unless the image header box states the size of the codestream (I.5.3.1)."""
    right, bottom, left, top = struct.unpack_from(">4I", data, 6)
    if (right - left, bottom - top) != (facts.stored_width, facts.stored_height):
        raise malformed("a header that states another size than its codestream")


def _read_siz(window: Window, offset: int, facts: Facts) -> None:
    data = window.read(offset, 40)
    if data[:2] != b"\xff\x51":
        raise malformed("a codestream without its size")
    right, bottom, left, top = struct.unpack_from(">4I", data, 6)
    set_size(facts, right - left, bottom - top)
    (channels,) = struct.unpack_from(">H", data, 38)
    if not 0 < channels <= 16384:
        raise malformed(f"{channels} components")
    facts.num_channels = channels
    facts.bit_depth = max((byte & 127) + 1 for byte in window.read(offset + 40, 3 * channels)[::3])
