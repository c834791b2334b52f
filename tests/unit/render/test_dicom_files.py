"""DICOM objects are read by elements: whatever their header, and no more than one frame of them."""

import io
import zlib
from typing import IO, Any, cast

import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
)

from foveal.errors import Unrenderable
from foveal.render.decode import dicom, dicom_file
from foveal.render.decode.ranged_file import BLOCK_BYTES, RangedFile
from tests.unit.render.pictures import saved
from tests.unit.render.test_dicom import RAMP, file_of, shown

PREAMBLE = 128 + len("DICM")
WINDOW = {"WindowCenter": 2000, "WindowWidth": 4000}


def parts_of(source: io.BytesIO) -> tuple[bytes, bytes]:
    """The file meta information and the data set."""
    data = source.getvalue()[PREAMBLE:]
    end = 12 + int.from_bytes(data[8:12], "little")
    return data[:end], data[end:]


@pytest.mark.parametrize("has_meta", [True, False])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_dicom_is_shown_when_it_has_no_preamble_or_no_meta_information(syntax: Any, has_meta: bool) -> None:
    whole = file_of(RAMP, syntax, **WINDOW)
    meta, dataset = parts_of(whole)
    assert (shown(io.BytesIO(meta * has_meta + dataset)) == shown(whole)).all()


def test_palette_is_applied_when_pixels_are_its_indexes() -> None:
    colours = [(230, 20, 20), (20, 200, 20), (20, 20, 220), (245, 245, 245)]
    tags: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for number, name in enumerate(("Red", "Green", "Blue")):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [len(colours), 0, 16]
        entries = np.array([colour[number] * 257 for colour in colours], np.uint16)
        tags[f"{name}PaletteColorLookupTableData"] = entries.tobytes()
    found = shown(file_of(np.array([[0, 1], [2, 3]], np.uint8), **tags))
    assert [tuple(pixel) for row in found for pixel in row] == colours


def deflated(frame: np.ndarray[Any, Any], behind: int) -> io.BytesIO:
    """A deflated data set with so many zeros in an element behind its pixels."""
    _, dataset = parts_of(file_of(frame, **WINDOW))
    meta, _ = parts_of(file_of(frame, DeflatedExplicitVRLittleEndian, **WINDOW))
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    padding = b"\xfc\xff\xfc\xffOB\0\0" + behind.to_bytes(4, "little")
    packed = packer.compress(dataset + padding) + packer.compress(bytes(behind)) + packer.flush()
    return io.BytesIO(bytes(128) + b"DICM" + meta + packed)


def test_deflated_dicom_is_shown_and_inflated_no_further_than_a_frame_may_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dicom_file, "MAX_INFLATED_BYTES", 3 * dicom_file.INFLATED_AT_ONCE)
    source = deflated(RAMP, 32 * dicom_file.INFLATED_AT_ONCE)
    inflated = dicom_file.opened(source).pixels
    assert inflated.seek(0, io.SEEK_END) <= 4 * dicom_file.INFLATED_AT_ONCE
    assert (shown(source) == shown(file_of(RAMP, **WINDOW))).all()


SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"


@pytest.mark.parametrize(
    "boxes",
    [
        bytes(4) + b"ftypjp2 " + bytes(40),
        b"\0\0\0\7ftypjp2 " + bytes(40),
        b"\0\0\0\x14ftypjp2 \0\0\0\0jp2 " + bytes(4),
        b"\0\0\0\x14ftypjp2 \0\0\0\0jp2 ",
        b"\xff\xff\xff\xffftypjp2 " + bytes(40),
        b"",
    ],
    ids=[
        "no length",
        "shorter than its header",
        "four bytes behind",
        "no codestream",
        "longer than the frame",
        "nothing",
    ],
)
def test_dicom_is_refused_when_a_box_of_its_jpeg_2000_frame_has_no_end(boxes: bytes) -> None:
    with pytest.raises(Unrenderable, match="box without an end"):
        dicom.picture(file_of(RAMP, JPEG2000Lossless, PixelData=encapsulate([SIGNATURE + boxes])), 320)


def test_dicom_is_shown_when_its_frame_is_a_jp2_file() -> None:
    pixels = (RAMP // 16).astype(np.uint8)
    frame = saved(Image.fromarray(pixels), "JPEG2000", irreversible=False).getvalue()
    assert frame.startswith(SIGNATURE)
    assert (
        shown(file_of(pixels, JPEG2000Lossless, PixelData=encapsulate([frame]), **WINDOW))
        == shown(file_of(pixels, **WINDOW))
    ).all()


def test_one_frame_of_many_is_read() -> None:
    frames = np.zeros((40, 512, 512), np.uint8)
    frames[30, :256] = 255
    data = file_of(frames, WindowCenter=128, WindowWidth=256, ICCProfile=bytes(8 * BLOCK_BYTES)).getvalue()
    reads: list[int] = []

    def read_range(offset: int, length: int) -> bytes:
        reads.append(length)
        return data[offset : offset + length]

    picture = dicom.picture(cast(IO[bytes], RangedFile(read_range, len(data))), 64, 30)
    assert (picture.getpixel((5, 5)), picture.getpixel((5, 60))) == (255, 0)
    assert sum(reads) <= 3 * BLOCK_BYTES < len(data) / 4


def test_dicom_is_refused_when_its_compressed_data_set_is_damaged() -> None:
    meta, _ = parts_of(file_of(RAMP, DeflatedExplicitVRLittleEndian))
    with pytest.raises(Unrenderable):
        dicom.picture(io.BytesIO(bytes(128) + b"DICM" + meta + b"\xff" * 100), 64)


def test_dicom_is_refused_when_its_meta_information_is_damaged() -> None:
    data = bytearray(file_of(RAMP).getvalue())
    data[PREAMBLE + 6] = 3  # the length of the group's length
    with pytest.raises(Unrenderable):
        dicom.picture(io.BytesIO(bytes(data)), 320)


def test_dicom_is_refused_when_a_table_of_offsets_is_cut_off() -> None:
    source = file_of(RAMP, JPEG2000Lossless, PixelData=encapsulate([bytes(64)]))
    data = bytearray(source.getvalue())
    table = data.index(b"\xfe\xff\x00\xe0")
    data[table + 4 : table + 8] = (40_000_000).to_bytes(4, "little")
    with pytest.raises(Unrenderable):
        dicom.picture(io.BytesIO(bytes(data)), 320)
