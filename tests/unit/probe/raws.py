"""The smallest raw files of each camera format, written field by field, and whole slides."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.unit.probe.pictures import picture, saved
from tests.unit.probe.test_hostile import box

Ifd = Mapping[int, Any]
"""Values by tag: integers are LONG, bytes ASCII or UNDEFINED, floats RATIONAL, directories sub-directories."""

JPEG = saved(picture(size=(160, 120)), "jpeg")
SENSOR = bytes(256)
_EXIF: Ifd = {
    0x829A: 0.004, 0x829D: 2.8, 0x8827: 400, 0x9003: b"2024:02:29 23:59:58\0", 0x9011: b"+01:00\0", 0x920A: 35.0,
}  # fmt: skip
_GPS: Ifd = {1: b"N\0", 2: (48, 1, 51, 1, 30, 1), 3: b"E\0", 4: (2, 1, 17, 1, 42, 1)}


def tiff(*directories: Ifd, magic: bytes = b"II*\0", lead: bytes = b"") -> bytes:
    """A little-endian TIFF of chained directories; `lead` follows the header."""
    out = bytearray(magic + struct.pack("<I", 8 + len(lead)) + lead)
    for index, directory in enumerate(directories):
        _write(out, directory, is_last=index == len(directories) - 1)
    return bytes(out)


def _write(out: bytearray, directory: Ifd, *, is_last: bool) -> int:
    """Append a directory and its values; return its offset. The next directory of the chain follows at once."""
    begin, step = len(out), 12
    out += struct.pack("<H", len(directory)) + bytes(step * len(directory) + 4)
    for place, (tag, value) in enumerate(sorted(directory.items())):
        kind, count, data = _coded(out, tag, value)
        if len(data) > 4:
            at = len(out)
            out += data + b"\0" * (len(data) & 1)
            data = struct.pack("<I", at)
        struct.pack_into("<HHI", out, begin + 2 + step * place, tag, kind, count)
        out[begin + 10 + step * place : begin + 14 + step * place] = data.ljust(4, b"\0")
    struct.pack_into("<I", out, begin + 2 + step * len(directory), 0 if is_last else len(out))
    return begin


def _coded(out: bytearray, tag: int, value: Any) -> tuple[int, int, bytes]:
    if isinstance(value, Mapping):
        return 4, 1, struct.pack("<I", _write(out, value, is_last=True))
    if isinstance(value, bytes):
        return (7 if tag in (0x2E, 0x927C) else 2), len(value), value
    if isinstance(value, float):
        return 5, 1, struct.pack("<II", round(value * 10_000), 10_000)
    if isinstance(value, int):
        return 4, 1, struct.pack("<I", value)
    if value and isinstance(value[0], Mapping):
        offsets = [_write(out, each, is_last=True) for each in value if isinstance(each, Mapping)]
        return 4, len(offsets), struct.pack(f"<{len(offsets)}I", *offsets)
    numbers = [each for each in value if isinstance(each, int)]
    if tag in (2, 4):
        return 5, len(numbers) // 2, struct.pack(f"<{len(numbers)}I", *numbers)
    return 4, len(numbers), struct.pack(f"<{len(numbers)}I", *numbers)


def _main(make: bytes, model: bytes, orientation: int = 6) -> dict[int, Any]:
    return {0x10F: make + b"\0", 0x110: model + b"\0", 0x112: orientation, 0x8769: _EXIF, 0x8825: _GPS}


def _sensor(width: int, height: int) -> dict[int, Any]:
    coding = {254: 0, 256: width, 257: height, 258: 14, 259: 7, 262: 32803, 277: 1, 278: height}
    return coding | {273: _SENSOR_AT, 279: len(SENSOR)}


# JPEG and sensor data stand in front of the directories, so that their places are known.
JPEG_AT, _SENSOR_AT = 16, 16 + len(JPEG)
_LEAD = bytes(8) + JPEG + SENSOR
_JPEG: Ifd = {513: JPEG_AT, 514: len(JPEG)}
_JPEG_STRIP: Ifd = {254: 1, 256: 160, 257: 120, 259: 7, 262: 6, 273: JPEG_AT, 279: len(JPEG)}
_THUMBNAIL: Ifd = {254: 1, 256: 160, 257: 120, 258: 8, 259: 1, 262: 2, 273: _SENSOR_AT, 277: 3, 278: 120, 279: 64}


def canon_cr2() -> bytes:
    exif = {**_EXIF, 0xA002: 5184, 0xA003: 3456}
    first = {**_main(b"Canon", b"EOS Test"), 256: 1600, 257: 1200, 259: 6, 273: JPEG_AT, 279: len(JPEG), 0x8769: exif}
    lossless = {259: 6, 273: _SENSOR_AT, 279: len(SENSOR)}
    return tiff(first, _JPEG, lossless, lead=b"CR\2\0" + _LEAD[4:])


def phase_one_iiq() -> bytes:
    exif = {**_EXIF, 0xA002: 7320, 0xA003: 5484}
    thumbnail = {**_THUMBNAIL, **_main(b"Phase One", b"Credo 40"), 256: 1, 257: 1, 0x8769: exif}
    return tiff(thumbnail, _JPEG, lead=b"IIIICwaR" + _LEAD[8:])


def nikon_nef() -> bytes:
    raw = _sensor(4288, 2844) | {259: 34713}
    return tiff({**_THUMBNAIL, **_main(b"NIKON CORPORATION", b"NIKON D90"), 330: [{254: 1, **_JPEG}, raw]}, lead=_LEAD)


def sony_arw() -> bytes:
    raw = _sensor(6048, 4024) | {259: 32767}
    return tiff({254: 1, 259: 6, **_main(b"SONY", b"ILCE-7M3"), **_JPEG, 330: [raw]}, _JPEG, lead=_LEAD)


def olympus_orf() -> bytes:
    camera = struct.pack("<HHHIIHHIII", 2, 0x101, 4, 1, 60, 0x102, 4, 1, len(JPEG), 0)
    note = b"OLYMPUS\0II\3\0" + struct.pack("<HHHIII", 1, 0x2020, 13, 1, 30, 0) + camera + JPEG
    first = _sensor(4640, 3472) | _main(b"OLYMPUS CORPORATION", b"E-M10") | {0x8769: {**_EXIF, 0x927C: note}}
    return tiff(first, magic=b"IIRO", lead=_LEAD)


def panasonic_rw2() -> bytes:
    first = {**_main(b"Panasonic", b"DMC-GH4"), 2: 4832, 3: 3528, 4: 8, 5: 12, 6: 3464, 7: 4620, 0x0A: 12, 0x2E: JPEG}
    return tiff(first, magic=b"IIU\0", lead=_LEAD)


def dng() -> bytes:
    raw = _sensor(4032, 3024)
    first = {**_THUMBNAIL, **_main(b"Google", b"Pixel"), 50706: b"\1\4\0\0", 330: [raw, _JPEG_STRIP]}
    return tiff(first, lead=_LEAD)


def fujifilm_raf() -> bytes:
    block = tiff(_main(b"FUJIFILM", b"X-T4"))
    segment = b"Exif\0\0" + block
    jpeg = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + JPEG[2:]
    sizes = struct.pack(">IHHHHHHHH", 2, 0x100, 4, 4182, 6384, 0x111, 4, 4160, 6240)
    at = 148 + len(jpeg)
    header = b"FUJIFILMCCD-RAW 0201FF119505X-T4".ljust(84, b"\0")
    header += struct.pack(">6I", 148, len(jpeg), at, len(sizes), at + len(sizes), len(SENSOR))
    return header.ljust(148, b"\0") + jpeg + sizes + SENSOR


def canon_cr3() -> bytes:
    main = {256: 6000, 257: 4000, 0x10F: b"Canon\0", 0x110: b"EOS R\0", 0x112: 8}
    boxed = box(b"CMT1", tiff(main)) + box(b"CMT2", tiff(_EXIF)) + box(b"CMT4", tiff(_GPS))
    metadata = box(b"uuid", bytes.fromhex("85c0b687820f11e08111f4ce462b6a48") + boxed)
    ftyp = box(b"ftyp", b"crx \0\0\0\1crx isom")

    def moov(at: int) -> bytes:
        entry = box(b"CRAW", bytes(82) + box(b"JPEG", bytes(4)))
        table = box(b"stsd", struct.pack(">II", 0, 1) + entry) + box(b"stsz", struct.pack(">III", 0, len(JPEG), 1))
        table += box(b"co64", struct.pack(">IIQ", 0, 1, at))
        return box(b"moov", metadata + box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table)))))

    at = len(ftyp) + len(moov(0)) + 8
    return ftyp + moov(at) + box(b"mdat", JPEG + SENSOR)


@cache
def every_raw() -> dict[str, bytes]:
    """One file for each format of a camera."""
    return {
        "cr2": canon_cr2(), "nef": nikon_nef(), "arw": sony_arw(), "orf": olympus_orf(), "rw2": panasonic_rw2(),
        "dng": dng(), "raf": fujifilm_raf(), "cr3": canon_cr3(), "iiq": phase_one_iiq(),
    }  # fmt: skip


def _tiled(width: int, height: int, **more: Any) -> dict[int, Any]:
    stated: dict[int, Any] = {256: width, 257: height, 258: 8, 259: 7, 262: 6, 277: 3, 322: 240, 323: 256}
    return stated | {324: _SENSOR_AT, 325: 64} | {int(tag[1:]): value for tag, value in more.items()}


def aperio_svs() -> bytes:
    text = b"Aperio Image Library v11.2.1\r\n46000x32914 JPEG/RGB Q=30|AppMag = 20|MPP = 0.4990|User = x\0"
    plain: Ifd = {256: 574, 257: 768, 258: 8, 259: 7, 262: 6, 273: _SENSOR_AT, 277: 3, 278: 768, 279: 64}
    label, macro = ({**plain, 254: kind} for kind in (1, 9))
    return tiff(
        _tiled(46000, 32914, t270=text), plain, _tiled(11500, 8228), _tiled(2875, 2057), label, macro, lead=_LEAD
    )


def hamamatsu_ndpi() -> bytes:
    def level(width: int, height: int, lens: float) -> Ifd:
        plain: Ifd = {256: width, 257: height, 258: 8, 259: 7, 262: 6, 273: _SENSOR_AT, 277: 3, 279: 64, 282: 22000.0}
        return {**plain, 296: 3, 65420: 1, **({65421: lens} if lens else {})}

    return tiff(level(51200, 38144, 20.0), level(12800, 9536, 5.0), level(1191, 408, 0.0), lead=_LEAD)


def ome_tiff() -> bytes:
    text = (
        b'<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image>'
        b'<Pixels SizeX="4096" SizeY="2048" SizeZ="3" SizeC="1" SizeT="1" PhysicalSizeX="325" PhysicalSizeXUnit="nm"/>'
        b"</Image></OME>\0"
    )
    halves = [{**_tiled(4096 >> n, 2048 >> n), 254: 1} for n in (1, 2)]
    return tiff(_tiled(4096, 2048, t270=text, t330=halves), _tiled(4096, 2048), _tiled(4096, 2048), lead=_LEAD)


@cache
def every_slide() -> dict[str, bytes]:
    """One file for each kind of pyramid."""
    overview = {**_tiled(500, 250), 254: 1}
    return {
        "svs": aperio_svs(), "ndpi": hamamatsu_ndpi(), "ome": ome_tiff(),
        "geotiff": tiff(_tiled(1000, 500), overview, lead=_LEAD),
    }  # fmt: skip
