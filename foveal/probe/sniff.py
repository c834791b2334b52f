"""Format detection by the first bytes, and comparison with the declared type."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module

from foveal.probe.containers.packets import packet_layout
from foveal.probe.errors import ProbeError, Reason
from foveal.probe.facts import Facts
from foveal.probe.window import Window

Reader = Callable[[Window, Facts], None]

HEAD_BYTES = 4096
_MOVIE_KINDS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"sidx", b"moof", b"meta")
# Six bytes at least, so that compressed pixels do not pass for markup: by chance in one of ten million first blocks.
_MARKUP = re.compile(
    rb"<(?=[!?%bhis])(?:(?:!doctype\s+html|html|head|body|script|iframe)[\s/>]"
    rb"|\?php\s|%@\s*(?:page|import|include|language)\b)",
    re.IGNORECASE,
)


def find_reader(window: Window) -> str | None:
    """Return the name of the reader module for the object's signature; None if it is unknown."""
    head = window.upto(0, HEAD_BYTES)
    if head[128:132] == b"DICM":
        return "medical.dicom"  # first, since its preamble may be another format's header
    for signature, module in _SIGNATURES:
        if head.startswith(signature):
            return module
    if _is_movie(head, window.size):
        return "isobmff.read"
    if head[:4] == b"RIFF":
        return {b"WEBP": "pictures.webp", b"AVI ": "movies.avi"}.get(head[8:12])
    if _is_icon(head, window.size):
        return "pictures.ico"
    for pattern, module in _PATTERNS:
        if pattern.match(head):
            return module
    if head[:2] in _NIFTI_STARTS and _is_nifti(head):
        return "medical.nifti"
    if _is_svg(head):
        return "pictures.svg"
    if packet_layout(head) is not None:
        return "movies.mpegts"
    return None


def load(module: str) -> Reader:
    """Import and return the reader: a cold start loads only the formats that occur."""
    reader: Reader = import_module(f"foveal.probe.readers.{module}").read
    return reader


def find_markup(window: Window) -> str | None:
    """Return markup in the first block that a browser or server might execute if it took the object for a page."""
    found = _MARKUP.search(window.upto(0, window.reach(0)))
    return found[0].rstrip().decode("latin-1").lower() if found else None


_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "pictures.jpeg"),
    (b"\x89PNG\r\n\x1a\n", "pictures.png"),
    (b"GIF87a", "pictures.gif"),
    (b"GIF89a", "pictures.gif"),
    (b"II*\x00", "tiff.read"),
    (b"MM\x00*", "tiff.read"),
    (b"II+\x00", "tiff.read"),
    (b"MM\x00+", "tiff.read"),
    (b"IIRO", "tiff.read"),
    (b"IIRS", "tiff.read"),
    (b"MMOR", "tiff.read"),
    (b"IIU\x00", "tiff.read"),
    (b"FUJIFILMCCD-RAW ", "tiff.raf"),
    (b"\x1a\x45\xdf\xa3", "movies.matroska"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "pictures.jpeg2000"),
    (b"\xff\x4f\xff\x51", "pictures.jpeg2000"),
    (b"8BPS", "pictures.psd"),
    (b"\x76\x2f\x31\x01", "pictures.openexr"),
    (b"#?RADIANCE", "pictures.radiance"),
    (b"#?RGBE", "pictures.radiance"),
    (b"qoif", "pictures.qoi"),
    (b"FLV\x01", "movies.flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "movies.asf"),
    (b"\x00\x00\x01\xba", "movies.mpegps"),
    (b"OggS\x00", "movies.ogg"),
    (b"\xff\x0a", "pictures.jpegxl"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "pictures.jpegxl"),
)


_NIFTI_STARTS = (b"\x5c\x01", b"\x1c\x02", b"\0\0", b"\x1f\x8b")
_PATTERNS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), module)
    for pattern, module in (
        # Words may begin with these two letters: the reserved fields or the size of the next header confirm them.
        (rb"BM.{4}(?:\0{4}|.{8}(?:[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0))", "pictures.bmp"),
        (rb"P[1-6Ff](?:\s|#[^\n\r]*[\n\r])+\d|P7\n(?:#|WIDTH|HEIGHT|DEPTH|MAXVAL|TUPLTYPE)", "pictures.netpbm"),
        # A data set without preamble begins with group 0002 or 0008.
        (rb"[\x02\x08]\x00[\x00-\x20]\x00|\x00[\x02\x08]\x00[\x00-\x20]", "medical.dicom"),
    )
)


def _is_movie(head: bytes, size: int) -> bool:
    """Return whether a box that begins movies stands first; text that begins likewise states a size past its end."""
    kind, length = head[4:8], int.from_bytes(head[:4], "big")
    return kind in _MOVIE_KINDS and (kind in (b"ftyp", b"moov", b"mdat") or length <= size)


def _is_icon(head: bytes, size: int) -> bool:
    """Return whether an icon or cursor begins; the first entry of a cursor leads past its table, in TGA it does not."""
    if head[:4] not in (b"\0\0\1\0", b"\0\0\2\0") or head[4:6] in (b"", b"\0\0"):
        return False
    if head[2] == 1 or len(head) < 22:
        return True
    end = 6 + 16 * int.from_bytes(head[4:6], "little")
    length, offset = (int.from_bytes(head[at : at + 4], "little") for at in (14, 18))
    return offset == end or end < offset <= size - length


def _is_nifti(head: bytes) -> bool:
    from foveal.probe.readers.medical.nifti import header_of

    return header_of(head) is not None


def _is_svg(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "replace").encode("utf-8", "replace")
    text = text.lstrip()
    return text.startswith(b"<") and re.search(rb"<(?:[A-Za-z_][\w.-]*:)?svg[\s>/]", text) is not None


_ANY = frozenset({
    "", "application/octet-stream", "binary/octet-stream", "application/binary", "application/unknown",
    "application/x-www-form-urlencoded",
})  # fmt: skip
_MOVIES = frozenset({"mp4", "mov", "m4v", "3gp", "3g2"})
_ALIASES: dict[str, frozenset[str]] = {
    "application/dicom": frozenset({"dicom"}),
    "application/gzip": frozenset({"nifti"}),
    "application/x-gzip": frozenset({"nifti"}),
    "image/dicom": frozenset({"dicom"}),
    "image/dicom-rle": frozenset({"dicom"}),
    "application/mp4": _MOVIES,
    "application/x-matroska": frozenset({"mkv", "webm"}),
    "application/ogg": frozenset({"ogg"}),
    "application/vnd.ms-asf": frozenset({"asf", "wmv"}),
    "image/vnd.adobe.photoshop": frozenset({"psd", "psb"}),
    "application/photoshop": frozenset({"psd", "psb"}),
    "application/x-photoshop": frozenset({"psd", "psb"}),
    "image/svg+xml": frozenset({"svg"}),
    "image/svg": frozenset({"svg"}),
    "text/xml": frozenset({"svg"}),
    "application/xml": frozenset({"svg"}),
}


def check_declared(declared: str | None, facts: Facts) -> None:
    """Raise ProbeError (`mismatch`) if the declared type belongs to another family than the bytes."""
    if not is_of_declared_family(declared, facts):
        shown = re.sub(r"[^a-z0-9.+/-]", "?", _essence(declared))[:80]
        raise ProbeError(Reason.MISMATCH, f"declared as {shown}, found {facts.mime_type}", facts)


def is_of_declared_family(declared: str | None, facts: Facts) -> bool:
    """Return whether the declared type and the bytes belong to the same family.

    Within a family the bytes win silently: `image/jpg`, PNG named `image/jpeg`, QuickTime brands in
    `video/mp4`. SVG is a family of its own, since it can carry script: it must be declared as SVG. So is
    DICOM. A type that says nothing (`application/octet-stream`) is compared with nothing.
    """
    essence = _essence(declared)
    if essence in _ANY:
        return True
    if essence in _ALIASES:
        return facts.format in _ALIASES[essence]
    if facts.format in ("svg", "dicom"):
        return False
    return essence.partition("/")[0] == facts.media_type


def _essence(declared: str | None) -> str:
    return (declared or "").partition(";")[0].strip().lower()
