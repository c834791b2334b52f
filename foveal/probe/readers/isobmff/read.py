"""ISO base media files: distinguishes movies from pictures and finds the box that describes them."""

from __future__ import annotations

import struct

from foveal.probe.containers.bmff import Box, boxes
from foveal.probe.errors import ProbeError, Reason, malformed, truncated
from foveal.probe.facts import Facts
from foveal.probe.window import Window

_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
_AVIF = (b"avif", b"avis", b"avio")
_SEQUENCES = (b"avis", b"hevc", b"hevx", b"hevm", b"hevs", b"msf1")
_HEIF = (b"mif1", b"mif2", b"miaf", b"heif", *_HEIC, *_AVIF, b"msf1", b"MiHE", b"MiAn", b"MiAB", b"jpeg", b"avci")
_MAX_BRANDS_BYTES = 4096


def read(window: Window, facts: Facts) -> None:
    """Detect the kind by its brands, then read the `moov` or `meta` box at any position."""
    first = next(boxes(window, 0, window.size))
    brands = _brands(window, first)
    _set_kind(brands, facts)
    is_raw = facts.format == "cr3"
    moov, meta, is_incomplete = _find(window, want_meta=facts.media_type == "image" and not is_raw)
    if is_raw:
        from foveal.probe.readers.isobmff.cr3 import read_cr3

        if moov is None:
            raise is_incomplete or malformed("no moov box")
        read_cr3(window, moov, facts)
        return
    if facts.media_type == "image":
        _read_picture(window, moov, meta, brands, facts)
        return
    if moov is None:
        raise is_incomplete or malformed("no moov box")
    from foveal.probe.readers.isobmff.movie import read_movie

    read_movie(window, moov, facts)
    is_first = first.kind == b"ftyp" and moov.start == first.end
    _check_next(window, moov, is_media_expected=is_first and bool(facts.frame_count))


def _brands(window: Window, first: Box) -> list[bytes]:
    """Return the major and the compatible brands; none for QuickTime files that predate brands."""
    if first.kind != b"ftyp":
        return []
    data = window.read(first.body, min(first.size, _MAX_BRANDS_BYTES))
    if len(data) < 8:
        raise malformed("a file type box that is too short")
    return [data[:4], *(data[at : at + 4] for at in range(8, len(data) - 3, 4))]


def _set_kind(brands: list[bytes], facts: Facts) -> None:
    major = brands[0] if brands else b"qt  "
    if major in _HEIF:
        if any(brand in _AVIF for brand in brands):
            facts.set_kind("image", "avif", "image/avif")
        elif any(brand in _HEIC for brand in brands):
            facts.set_kind("image", "heic", "image/heic")
        else:
            facts.set_kind("image", "heif", "image/heif")
    elif major == b"crx ":
        facts.set_kind("image", "cr3", "image/x-canon-cr3")
    elif major == b"qt  ":
        facts.set_kind("video", "mov", "video/quicktime")
    elif major[:3] in (b"3gp", b"3gr", b"3gs", b"3ge", b"3gg"):
        facts.set_kind("video", "3gp", "video/3gpp")
    elif major[:3] == b"3g2":
        facts.set_kind("video", "3g2", "video/3gpp2")
    elif major[:3] == b"M4V":
        facts.set_kind("video", "m4v", "video/x-m4v")
    else:
        facts.set_kind("video", "mp4", "video/mp4")


def _find(window: Window, *, want_meta: bool) -> tuple[Box | None, Box | None, ProbeError | None]:
    """Return the movie and meta boxes, and the error if the traversal stopped early."""
    moov: Box | None = None
    meta: Box | None = None
    offset = 0
    try:
        for box in boxes(window, 0, window.size):
            offset = box.end
            if box.kind == b"moov" and moov is None:
                moov = box
            elif box.kind == b"moof" and moov is None:
                raise malformed("a fragment without the movie box that must come before it")
            elif box.kind == b"meta" and meta is None:
                meta = box
            if moov is not None and not want_meta:
                break
            if want_meta and meta is not None and not window.has(box.end, 8):
                break
        if moov is None and 0 < window.size - offset < 8:
            raise truncated("it ends within the head of a box")
    except ProbeError as error:
        if moov is None and meta is None:
            return None, None, error
        if error.reason is Reason.TRUNCATED and _is_media_data(window, offset):
            raise
    return moov, meta, None


def _is_media_data(window: Window, offset: int) -> bool:
    """Return whether the truncated box is media data and not garbage after a complete file."""
    return window.upto(offset + 4, 4) in (b"mdat", b"moov", b"meta", b"idat")


def _check_next(window: Window, moov: Box, *, is_media_expected: bool) -> None:
    """Raise ProbeError if media data after the movie box is incomplete, as after a truncated upload."""
    offset = moov.end
    while window.can_plan(offset, 16) and (head := window.upto(offset, 16)):
        if len(head) < 8:
            break
        size, kind = struct.unpack_from(">I4s", head)
        if kind not in (b"mdat", b"free", b"wide", b"skip", b"uuid"):
            return
        is_media_expected = is_media_expected and kind != b"mdat"
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack_from(">Q", head, 8)
        if size < 8:
            return
        if offset + size > window.size:
            raise truncated(f"media data ends at {offset + size}, the object at {window.size}")
        offset += size
    if is_media_expected and window.size - offset < 8:
        raise truncated(f"the object ends at {window.size} without its media data")


def _read_picture(window: Window, moov: Box | None, meta: Box | None, brands: list[bytes], facts: Facts) -> None:
    if meta is None and moov is None:
        raise malformed("neither a meta nor a moov box")
    facts.is_animated = moov is not None and any(brand in _SEQUENCES for brand in brands)
    if moov is not None and (facts.is_animated or meta is None):
        from foveal.probe.readers.isobmff.movie import read_movie

        facts.is_animated = True
        read_movie(window, moov, facts, require_video=meta is None)
        facts.audio = None
    if meta is not None:
        from foveal.probe.readers.isobmff.heif import read_image

        is_described = facts.stored_width is not None
        try:
            read_image(window, meta, facts)
        except ProbeError as error:
            # A sequence describes itself in its track; the still that may stand for it can be left out.
            if not is_described or error.reason is not Reason.MALFORMED:
                raise
    if facts.format == "heif" and facts.codec in ("hevc", "av1"):
        facts.set_kind("image", *{"hevc": ("heic", "image/heic"), "av1": ("avif", "image/avif")}[facts.codec])
