"""HEIF, HEIC and AVIF: the primary item, its properties and transformations (ISO/IEC 23008-12, MIAF)."""

from __future__ import annotations

import struct

from foveal.probe.containers.bmff import Box, body
from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import CleanAperture, Facts
from foveal.probe.metadata.exif import read_exif
from foveal.probe.metadata.icc import profile_name
from foveal.probe.metadata.xmp import read_xmp
from foveal.probe.orientation import FLIP, IDENTITY, MIRROR, QUARTER_LEFT, Matrix, compose, orientation_of
from foveal.probe.picture_size import set_size
from foveal.probe.readers.isobmff.items import Items, read_items
from foveal.probe.readers.isobmff.sample_entry import coded_picture, read_video_property
from foveal.probe.window import KIB, Window

_MAX_METADATA_BYTES = 64 * KIB
_MAX_PROFILE_BYTES = 8 * KIB
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1", b"urn:mpeg:avc:2015:auxid:1")
_CODECS = {b"hvc1": "hevc", b"hev1": "hevc", b"av01": "av1", b"avc1": "h264", b"jpeg": "jpeg", b"j2k1": "jpeg2000"}
_CODECS |= {b"vvc1": "vvc", b"unci": "rawvideo", b"mski": "mask"}
_TIFF_HEADERS = (b"II*\0", b"MM\0*")
_CONFIGS = (b"hvcC", b"av1C", b"avcC")
_NEEDED = {b"hvc1": b"hvcC", b"hev1": b"hvcC", b"av01": b"av1C", b"avc1": b"avcC"}


def read_image(window: Window, meta: Box, facts: Facts) -> None:
    """Set the facts of the primary item. EXIF's orientation is ignored in favour of `irot` and `imir`."""
    items = read_items(window, meta)
    if items.primary not in items.kinds:
        raise malformed("no primary item")
    shown = items.of(items.primary)
    _read_size(window, items, facts)
    _check_pixels(window, items)
    coded = items.primary if any(box.kind in _CONFIGS for box in shown) else _first_tile(items)
    kind = items.kinds.get(coded, items.kinds[items.primary])
    if kind in _NEEDED and _NEEDED[kind] not in [box.kind for box in items.of(coded)]:
        raise malformed("a coded item without what its decoder needs")
    facts.codec = _CODECS.get(kind)
    for box in (*items.of(coded), *shown):  # a grid may leave its colour to its tiles
        if box.kind == b"pixi":
            _read_pixel_information(body(window, box, 32), facts)
        elif box.kind == b"colr" and window.upto(box.body, 4) in (b"prof", b"rICC"):
            facts.icc_profile = profile_name(body(window, box, _MAX_PROFILE_BYTES)[4:])
        elif box.kind in (b"colr", b"pasp"):
            read_video_property(window, box, facts)
    _read_coding(window, items.of(coded), facts)
    _read_alpha(window, items, facts)
    _transform(window, shown, facts)
    _read_metadata(window, items, facts)


def _read_size(window: Window, items: Items, facts: Facts) -> None:
    for box in items.of(items.primary):
        if box.kind == b"ispe" and box.size >= 12:
            set_size(facts, *struct.unpack_from(">II", window.read(box.body + 4, 8)))
            return
    raise malformed("a primary item without its size")


def _check_pixels(window: Window, items: Items) -> None:
    """Raise ProbeError unless the primary item, or its source items, are within the object."""
    derived = [to for kind, source, to in items.references if kind == b"dimg" and source == items.primary]
    for item in {items.primary, *(item for to in derived for item in to)}:
        for method, offset, length in items.places.get(item, []):
            if method == 0 and offset + length > window.size:
                raise truncated(f"an item ends at {offset + length}, the object at {window.size}")


def _first_tile(items: Items) -> int:
    """Return the first item that the primary one is derived from (a grid's first tile), else itself."""
    item = items.primary
    for _ in range(8):
        sources = [to for kind, source, to in items.references if kind == b"dimg" and source == item and to]
        if not sources:
            break
        item = sources[0][0]
    return item


def _read_coding(window: Window, properties: list[Box], facts: Facts) -> None:
    """Set channels, depth and profile by the decoder configuration; the size stays that of the item."""
    for box in properties:
        if box.kind not in _CONFIGS:
            continue
        data = body(window, box, 8192)
        picture = coded_picture(box.kind, data)
        if picture is not None:
            coded = Facts()
            picture.fill(coded)
            facts.bit_depth, facts.codec_profile = coded.bit_depth, coded.codec_profile
            facts.num_channels = coded.num_channels
        elif box.kind == b"hvcC" and len(data) > 18:
            facts.bit_depth, facts.num_channels = 8 + (data[17] & 7), 1 if data[16] & 3 == 0 else 3
        elif box.kind == b"av1C" and len(data) >= 4:
            high, twelve, gray = data[2] & 0x40, data[2] & 0x20, data[2] & 0x10
            facts.bit_depth, facts.num_channels = 12 if high and twelve else 10 if high else 8, 1 if gray else 3
        facts.colour_space = {1: "gray", 3: "rgb"}.get(facts.num_channels or 0)


def _read_pixel_information(data: bytes, facts: Facts) -> None:
    if len(data) > 5 and 0 < data[4] <= 4 and len(data) >= 5 + data[4]:
        facts.num_channels, facts.bit_depth = data[4], max(data[5 : 5 + data[4]])
        facts.colour_space = "gray" if data[4] == 1 else "rgb"


def _read_alpha(window: Window, items: Items, facts: Facts) -> None:
    facts.has_alpha = False
    derived = [to for kind, source, to in items.references if kind == b"dimg" and source == items.primary]
    pictures = {items.primary, *(item for to in derived for item in to)}
    for kind, source, targets in items.references:
        if kind != b"auxl" or facts.has_alpha or pictures.isdisjoint(targets):
            continue
        kinds = [body(window, box, 128)[4:].split(b"\0")[0] for box in items.of(source) if box.kind == b"auxC"]
        if any(name in _ALPHA for name in kinds):
            facts.has_alpha = True
            facts.num_channels = facts.num_channels + 1 if facts.num_channels else None
        elif any(b"hdrgainmap" in name for name in kinds):
            facts.hdr_format = facts.hdr_format or "gain_map"
    if b"tmap" in items.kinds.values():
        facts.hdr_format = facts.hdr_format or "gain_map"


def _transform(window: Window, properties: list[Box], facts: Facts) -> None:
    """Crop, turn and mirror in the order in which the item lists them."""
    steps: list[Matrix] = []
    assert facts.stored_width is not None
    assert facts.stored_height is not None
    width, height = facts.stored_width, facts.stored_height
    for box in properties:
        if box.kind == b"clap" and box.size >= 32:
            aperture = _aperture(struct.unpack(">4IiIiI", window.read(box.body, 32)), width, height)
            if aperture is None:
                continue
            width, height = aperture.width, aperture.height
            if not steps:  # as MIAF has it; who turns first means another part of the stored pixels
                facts.clean_aperture = aperture
        elif box.kind == b"irot" and box.size >= 1:
            quarters = window.read(box.body, 1)[0] & 3
            steps += [QUARTER_LEFT] * quarters or [IDENTITY]
            width, height = (height, width) if quarters & 1 else (width, height)
        elif box.kind == b"imir" and box.size >= 1:
            steps.append(MIRROR if window.read(box.body, 1)[0] & 1 else FLIP)
    facts.width, facts.height = width, height
    if steps:
        facts.orientation = orientation_of(compose(steps))


def _aperture(clap: tuple[int, ...], width: int, height: int) -> CleanAperture | None:
    """Return the displayed part (ISO/IEC 14496-12, 12.1.4), in whole pixels and within the picture; None for all of it,
    and for none of it, which decoders refuse."""
    across, across_den, down, down_den, right, right_den, below, below_den = clap
    if not (across_den and down_den and right_den and below_den):
        return None
    left, end = _shown(across, across_den, right, right_den, width)
    top, bottom = _shown(down, down_den, below, below_den, height)
    if left >= end or top >= bottom or (end - left, bottom - top) == (width, height):
        return None
    return CleanAperture(left, top, end - left, bottom - top)


def _shown(size: int, size_den: int, offset: int, offset_den: int, whole: int) -> tuple[int, int]:
    """Return start and end of an aperture along one side; its offset is from centre to centre."""
    begin = (2 * offset * size_den + (whole * size_den - size) * offset_den) // (2 * size_den * offset_den)
    end = begin + (2 * size + size_den) // (2 * size_den)
    return max(0, begin), min(whole, end)


def _read_metadata(window: Window, items: Items, facts: Facts) -> None:
    """Read EXIF and XMP of the primary item in the order of their places: one request reaches neighbours."""
    described = [source for kind, source, to in items.references if kind == b"cdsc" and items.primary in to]
    for item in sorted(described, key=lambda item: items.places.get(item, [])):
        if items.kinds.get(item) == b"mime" and b"rdf+xml" in items.content_types.get(item, b""):
            read_xmp(_item_data(window, items, item), facts)
        elif items.kinds.get(item) == b"Exif":
            _read_exif(_item_data(window, items, item), facts)


def _read_exif(data: bytes, facts: Facts) -> None:
    if len(data) <= 4:
        return
    data = _tiff_block(data)
    stated = Facts()
    read_exif(data, stated)
    read_exif(data, facts, with_orientation=False)
    if stated.orientation is not None and facts.orientation is None:
        facts.orientation = 1  # no irot, no imir: shown as stored, whatever EXIF still says


def _tiff_block(data: bytes) -> bytes:
    """Return EXIF from its TIFF header on; some writers leave out the offset of the header."""
    begin = 4 + int.from_bytes(data[:4], "big")
    if data[begin : begin + 4] in _TIFF_HEADERS or data[begin : begin + 4] == b"Exif":
        return data[begin:]
    found = [at for header in _TIFF_HEADERS if (at := data.find(header, 0, 32)) >= 0]
    return data[min(found) :] if found else b""


def _item_data(window: Window, items: Items, item: int) -> bytes:
    """Return the first bytes of an item; none if they would take an unplanned request."""
    parts = []
    for method, offset, length in items.places.get(item, []):
        if method == 1 and items.data_start is not None:
            offset += items.data_start
        elif method != 0:
            return b""
        if offset + length > window.size:
            raise truncated("an item that ends after the object")
        length = min(length, _MAX_METADATA_BYTES)  # metadata stands first; thumbnails follow
        if not window.can_plan(offset, length):
            break
        parts.append(window.read(offset, length))
        if sum(map(len, parts)) >= _MAX_METADATA_BYTES:
            break
    return b"".join(parts)
