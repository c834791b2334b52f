"""DICOM files (PS3.10, PS3.5): the picture and tags that do not identify a person.

What may identify a person is passed over by its length and never held: names, ids, dates, places,
operators, serial numbers, unique identifiers of studies and instances (PS3.15, annex E, is the guide).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

from foveal.probe.clean_text import clean_text
from foveal.probe.errors import ProbeError, Reason, active_content, hostile, malformed, not_media, truncated
from foveal.probe.facts import Facts, Fraction, bounded_count
from foveal.probe.picture_size import set_size
from foveal.probe.window import KIB, Window

_EXPLICIT, _IMPLICIT, _BIG, _DEFLATED = (
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)
_LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_VRS = _LONG_VRS | set(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_MAX_ELEMENTS = 20_000
_MAX_DEPTH = 32
_MAX_VALUE_BYTES = 256
_MAX_INFLATED_BYTES = 512 * KIB

_TEXTS = {
    0x00080016: "sop_class_uid", 0x00080060: "modality", 0x00080070: "manufacturer", 0x00081090: "model_name",
    0x00180015: "body_part_examined", 0x00185101: "view_position", 0x00200060: "laterality",
    0x00280004: "photometric_interpretation", 0x00282110: "lossy_image_compression",
}  # fmt: skip
_NUMBERS = {
    0x00280002: "samples_per_pixel", 0x00280006: "planar_configuration", 0x00280010: "rows", 0x00280011: "columns",
    0x00280100: "bits_allocated", 0x00280101: "bits_stored", 0x00280102: "high_bit", 0x00280103: "pixel_representation",
}  # fmt: skip
_DECIMALS = {
    0x00180050: "slice_thickness_mm", 0x00180060: "peak_kilovoltage", 0x00180087: "magnetic_field_strength_tesla",
    0x00180088: "spacing_between_slices_mm", 0x00181164: "imager_pixel_spacing_mm", 0x00280030: "pixel_spacing_mm",
    0x00281050: "window_center", 0x00281051: "window_width", 0x00281052: "rescale_intercept",
    0x00281053: "rescale_slope",
}  # fmt: skip
_FRAMES, _IMAGE_TYPE, _FRAME_TIME, _CINE_RATE = 0x00280008, 0x00080008, 0x00181063, 0x00180040
_ASPECT = 0x00280034
_KEPT = frozenset({*_TEXTS, *_NUMBERS, *_DECIMALS, _FRAMES, _IMAGE_TYPE, _FRAME_TIME, _CINE_RATE, _ASPECT})
_COLOURS = {
    "MONOCHROME1": "gray", "MONOCHROME2": "gray", "RGB": "rgb", "PALETTE COLOR": "rgb", "YBR_FULL": "rgb",
    "YBR_FULL_422": "rgb", "YBR_PARTIAL_420": "rgb", "YBR_PARTIAL_422": "rgb", "YBR_ICT": "rgb", "YBR_RCT": "rgb",
}  # fmt: skip
_VIDEO_SYNTAXES = {
    "100": "mpeg2video", "101": "mpeg2video", "102": "h264", "103": "h264", "104": "h264", "105": "h264",
    "106": "h264", "107": "hevc", "108": "hevc",
}  # fmt: skip
_STILL_SYNTAXES = {
    "50": "jpeg", "51": "jpeg", "57": "jpeg_lossless", "70": "jpeg_lossless", "80": "jpeg_ls", "81": "jpeg_ls",
    "90": "jpeg2000", "91": "jpeg2000", "92": "jpeg2000", "93": "jpeg2000", "110": "jpegxl", "111": "jpegxl",
    "112": "jpegxl", "201": "jpeg2000", "202": "jpeg2000", "203": "jpeg2000",
}  # fmt: skip
_ACTIVE = (b"<", b"MZ", b"\x7fELF", b"#!", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe")

Read = Callable[[int, int], bytes]


class _Walk:
    """Walks the elements of a data set and holds the values of the selected ones only."""

    def __init__(self, read: Read, size: int, order: str, *, explicit: bool) -> None:
        self._read = read
        self._size = size
        self._order = order
        self._explicit = explicit
        self._count = 0
        self._unknown_depth: int | None = None
        self.values: dict[int, bytes] = {}
        self.pixels_end: int | None = None
        self.fragments: int | None = None
        """Offset of the first fragment of encapsulated pixels."""

    def run(self, offset: int, *, last_group: int | None = None) -> int:
        """Walk from `offset` to the pixels, or past `last_group`. Returns the offset where it stopped."""
        depth = 0
        while offset + 8 <= self._size:
            self._count += 1
            if self._count > _MAX_ELEMENTS:
                raise hostile(f"more than {_MAX_ELEMENTS} elements")
            tag, vr, length, body = self._element(offset)
            if last_group is not None and tag >> 16 > last_group:
                return offset
            if tag in (_ITEM_END, _SEQUENCE_END):
                depth = max(0, depth - 1)
                if depth == self._unknown_depth:
                    self._unknown_depth = None
                offset = body
            elif tag == _ITEM:
                if length == _UNDEFINED:
                    depth += 1
                offset = body if length == _UNDEFINED else body + length
            elif tag in _PIXEL_TAGS and depth == 0:
                self.pixels_end, self.fragments = (None, body) if length == _UNDEFINED else (body + length, None)
                return offset
            elif length == _UNDEFINED:
                if vr not in (b"SQ", b"UN", b"") and tag not in _PIXEL_TAGS:  # an icon's pixels are a sequence too
                    raise malformed("an element of undefined length that is no sequence")
                if vr == b"UN" and self._unknown_depth is None:
                    self._unknown_depth = depth
                depth += 1
                offset = body
            else:
                if body + length > self._size:
                    raise truncated(f"an element ends at {body + length}, the object at {self._size}")
                if depth == 0 and (tag in _KEPT or tag >> 16 == 2) and length <= _MAX_VALUE_BYTES:
                    self.values.setdefault(tag, self._read(body, length))
                offset = body + length
            if depth > _MAX_DEPTH:
                raise hostile(f"sequences nested more than {_MAX_DEPTH} deep")
        if offset < self._size or depth:
            raise truncated("it ends inside of an element or sequence")
        return offset

    def _element(self, offset: int) -> tuple[int, bytes, int, int]:
        """Return tag, value representation, length and offset of the value."""
        head = self._read(offset, 12)
        # What has no known type and no length is implicit and little-endian, whatever surrounds it (PS3.5, 6.2.2).
        order, explicit = (self._order, self._explicit) if self._unknown_depth is None else ("<", False)
        group, number, vr, length = struct.unpack_from(order + "HH2sH", head)
        tag = group << 16 | number
        if explicit and tag not in (_ITEM, _ITEM_END, _SEQUENCE_END):
            if vr in _LONG_VRS:
                if len(head) < 12:
                    raise truncated("an element that ends early")
                return tag, vr, struct.unpack_from(order + "I", head, 8)[0], offset + 12
            if vr in _VRS or (vr.isalpha() and vr.isupper()):
                return tag, vr, length, offset + 8
        # Some writers fall back to implicit inside of explicit data, for private elements mostly.
        return tag, b"", struct.unpack_from(order + "I", head, 4)[0], offset + 8


def read(window: Window, facts: Facts) -> None:
    """Read the file meta information, then the data set in its transfer syntax, up to the pixels."""
    facts.set_kind("image", "dicom", "application/dicom")
    has_preamble = window.upto(128, 4) == b"DICM"
    if has_preamble and window.read(0, 128).lstrip().startswith(_ACTIVE):
        raise active_content("a program or page in the preamble")
    offset = 132 if has_preamble else 0
    syntax = ""
    if window.upto(offset, 2) == b"\x02\x00":
        meta = _Walk(window.upto, window.size, "<", explicit=_is_explicit(window.upto(offset + 4, 2)))
        offset = meta.run(offset, last_group=2)
        syntax = clean_text(meta.values.get(0x00020010, b"")) or ""
    order, explicit = _encoding(window, offset, syntax)
    read_bytes: Read = window.upto
    size = window.size
    if syntax == _DEFLATED:
        data, is_whole = _inflate(window, offset)
        size = len(data)
        read_bytes, offset = (lambda at, length: data[at : at + length]), 0
    walk = _Walk(read_bytes, size, order, explicit=explicit)
    try:
        walk.run(offset)
    except ProbeError as error:
        if not (syntax == _DEFLATED and not is_whole and error.reason is Reason.TRUNCATED):
            raise
    _fill(walk.values, order, syntax, facts)
    if walk.pixels_end is not None and walk.pixels_end > size and not (syntax == _DEFLATED and not is_whole):
        raise truncated(f"its pixels end at {walk.pixels_end}, the object at {size}")
    if walk.fragments is not None and syntax != _DEFLATED:
        _check_fragments(window, walk.fragments)


def _check_fragments(window: Window, offset: int) -> None:
    """Raise ProbeError if a fragment whose header is in memory is incomplete (PS3.5, annex A.4)."""
    while offset < window.size and window.has(offset, 8):
        number, length = struct.unpack("<2xHI", window.read(offset, 8))
        if number != _ITEM & 0xFFFF:
            return
        offset += 8 + length
    if offset > window.size:
        raise truncated(f"a fragment of its pixels ends at {offset}, the object at {window.size}")


def _is_explicit(vr: bytes) -> bool:
    return vr in _VRS


def _encoding(window: Window, offset: int, syntax: str) -> tuple[str, bool]:
    """Return byte order and explicitness of the transfer syntax, unless the first element contradicts them."""
    head = window.upto(offset, 8)
    if syntax == _BIG:
        return ">", True
    if syntax in (_IMPLICIT, "") and len(head) == 8:
        order = ">" if head[0] == 0 and head[1] != 0 else "<"
        return order, _is_explicit(head[4:6])
    if syntax == _DEFLATED:
        return "<", True
    return "<", len(head) < 8 or _is_explicit(head[4:6])


def _inflate(window: Window, offset: int) -> tuple[bytes, bool]:
    """Return the first half megabyte of a deflated data set, and whether it is complete."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    room = _MAX_INFLATED_BYTES
    while room > 0 and not inflater.eof:
        piece = inflater.unconsumed_tail or window.upto(offset, 16 * KIB)
        if not piece:
            raise truncated("deflated data that ends early")
        if not inflater.unconsumed_tail:
            offset += len(piece)
        try:
            parts.append(inflater.decompress(piece, room))
        except zlib.error:
            raise malformed("deflated data that cannot be inflated") from None
        room -= len(parts[-1])
    return b"".join(parts), inflater.eof


def _fill(values: dict[int, bytes], order: str, syntax: str, facts: Facts) -> None:
    kept: dict[str, Any] = {"transfer_syntax_uid": syntax} if syntax else {}
    for tag, name in _TEXTS.items():
        kept[name] = clean_text(values.get(tag, b""))
    for tag, name in _NUMBERS.items():
        data = values.get(tag, b"")
        kept[name] = struct.unpack_from(order + "H", data)[0] if len(data) >= 2 else None
    for tag, name in _DECIMALS.items():
        numbers = _decimals(values.get(tag, b""))
        kept[name] = (numbers[0] if len(numbers) == 1 else numbers) if numbers else None
    image_type = clean_text(values.get(_IMAGE_TYPE, b""))
    kept["image_type"] = image_type.split("\\")[:4] if image_type else None
    facts.dicom = {name: value for name, value in kept.items() if value is not None} or None
    rows, columns = kept["rows"], kept["columns"]
    if not rows or not columns:
        raise not_media("a DICOM object without a picture")
    set_size(facts, columns, rows)
    _fill_picture(kept, values, facts)
    _fill_frames(values, syntax, facts)


def _fill_picture(kept: dict[str, Any], values: dict[int, bytes], facts: Facts) -> None:
    photometric = kept["photometric_interpretation"] or ""
    facts.colour_space = _COLOURS.get(photometric)
    facts.bit_depth = kept["bits_stored"] or kept["bits_allocated"]
    facts.num_channels = 3 if photometric == "PALETTE COLOR" else kept["samples_per_pixel"]
    facts.has_alpha = photometric == "ARGB"
    facts.camera.make, facts.camera.model = kept["manufacturer"], kept["model_name"]
    aspect = _decimals(values.get(_ASPECT, b""))
    if len(aspect) == 2 and all(part.is_integer() for part in aspect):
        facts.pixel_aspect = Fraction.of(int(aspect[1]), int(aspect[0]))  # given as vertical\horizontal


def _fill_frames(values: dict[int, bytes], syntax: str, facts: Facts) -> None:
    stated = _decimals(values.get(_FRAMES, b""))
    facts.frame_count = bounded_count(int(stated[0])) if stated else 1  # PS3.3, C.7.6.6: one where absent
    facts.is_animated = (facts.frame_count or 1) > 1
    number = syntax.rpartition(".")[2] if syntax.startswith("1.2.840.10008.1.2.4.") else ""
    if number in _VIDEO_SYNTAXES:
        facts.set_kind("video", "dicom", "application/dicom")
        facts.codec = _VIDEO_SYNTAXES[number]
    else:
        facts.codec = _STILL_SYNTAXES.get(number) or ("rle" if syntax == "1.2.840.10008.1.2.5" else "raw")
    frame_time = _decimals(values.get(_FRAME_TIME, b""))
    if facts.is_animated and frame_time and frame_time[0] > 0:
        microseconds = round(frame_time[0] * 1000)
        facts.frame_rate = Fraction.of(1_000_000, microseconds)
        facts.duration_seconds = round((facts.frame_count or 0) * frame_time[0] / 1000, 6)


def _decimals(data: bytes) -> list[float]:
    """Parse decimal or integer strings; the first one that is not a finite number ends the list."""
    numbers: list[float] = []
    for part in (clean_text(data) or "").split("\\"):
        try:
            number = float(part)
        except ValueError:
            break
        if not abs(number) < 2**53:
            break
        numbers.append(number)
    return numbers
