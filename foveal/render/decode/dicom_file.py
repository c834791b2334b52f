"""DICOM objects by elements: the header of the pixels, and where they begin; nothing else is held.

Files without preamble, data sets without file meta information (the transfer syntax is then recognised from the first
element), and deflated data sets, of which no more is inflated than a frame may take.
"""

import io
import zlib
from typing import IO, Any, Final, Literal, NamedTuple

from pydicom import uid
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.filereader import _read_file_meta_info, read_dataset, read_preamble
from pydicom.pixels import as_pixel_options

from foveal.errors import Unrenderable

MAX_INFLATED_BYTES: Final = 272 * 1024 * 1024
INFLATED_AT_ONCE: Final = 1024 * 1024
PIXELS: Final = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}
EXTENDED_OFFSETS: Final = (0x7FE00001, 0x7FE00002)
ICC_PROFILE: Final = 0x00282000
SHARED_GROUPS: Final = 0x52009229
FRAMES_GROUPS: Final = 0x52009230
TAGS: Final = [
    *(tag for tag in DicomDictionary if tag >> 16 == 0x0028 and tag != ICC_PROFILE),
    *EXTENDED_OFFSETS,
    *(SHARED_GROUPS, FRAMES_GROUPS),
]
"""The elements that are held: the group of the image but for its profile, the table of its frames, their groups."""
GREY_MACROS: Final = ("PixelValueTransformationSequence", "FrameVOILUTSequence")
LONG_HEADER_BYTES: Final = 12
SHORT_HEADER_BYTES: Final = 8
SIGNATURE_BOX: Final = b"\0\0\0\x0cjP  "
CODESTREAM_BOX: Final = b"jp2c"


class DicomFile(NamedTuple):
    """The header of the pixels, their transfer syntax, and a file positioned at the first byte of their value."""

    dataset: Dataset
    transfer_syntax: uid.UID
    pixels: IO[bytes]
    options: dict[str, Any]
    """Arguments of pydicom's decoder."""


def opened(source: IO[bytes]) -> DicomFile:
    """Read an object up to its pixels. Raises Unrenderable where there are none; pydicom's errors for damage."""
    source.seek(0)
    file: Any = source
    read_preamble(file, force=True)
    syntax = _read_file_meta_info(file).get("TransferSyntaxUID")
    if syntax is None:
        syntax = _recognised(file)
    elif syntax == uid.DeflatedExplicitVRLittleEndian:
        file, syntax = _inflated(file), uid.ExplicitVRLittleEndian
    syntax = uid.UID(syntax)
    dataset = read_dataset(
        file,
        is_implicit_VR=syntax.is_implicit_VR,
        is_little_endian=syntax.is_little_endian,
        stop_when=lambda tag, _vr, _length: tag in PIXELS,
        specific_tags=list(TAGS),
    )
    order: Literal["little", "big"] = "little" if syntax.is_little_endian else "big"
    header = file.read(SHORT_HEADER_BYTES if syntax.is_implicit_VR else LONG_HEADER_BYTES)
    tag = int.from_bytes(header[:2], order) << 16 | int.from_bytes(header[2:4], order)
    if tag not in PIXELS or "Rows" not in dataset:
        raise Unrenderable("The DICOM object holds no pixels.")
    options = as_pixel_options(dataset, transfer_syntax_uid=syntax, pixel_keyword=PIXELS[tag])
    if not syntax.is_implicit_VR:
        options["pixel_vr"] = header[4:6].decode("ascii")
    return DicomFile(dataset, syntax, file, options)


def take_groups(dataset: Dataset, frame: int) -> None:
    """Put the rescaling and the window of a frame of an enhanced object into its header.

    Those of all frames stand in the shared functional groups, those of one in its item of the per-frame groups (PS3.3
    C.7.6.16.2.9 and C.7.6.16.2.10).
    """
    for group in (*_item(dataset, SHARED_GROUPS, 0), *_item(dataset, FRAMES_GROUPS, frame)):
        for name in GREY_MACROS:
            for macro in list(group.get(name) or ())[:1]:
                dataset.update(macro)


def _item(dataset: Dataset, tag: int, index: int) -> list[Dataset]:
    """Return one item of a sequence, or nothing where it has none."""
    return list(dataset[tag].value or ())[index : index + 1] if tag in dataset else []


def require_sound_boxes(file: DicomFile, frame: int) -> None:
    """Raise Unrenderable for a JP2 frame with a box that ends before it begins, at which pydicom reads for ever.

    Lengths by ISO/IEC 15444-1, I.4: at least the 8 bytes of the header; 0 up to the end, 1 for 64 bits.
    """
    start = file.pixels.tell()
    count, offsets = int(file.options.get("number_of_frames") or 1), file.options.get("extended_offsets")
    data = get_frame(file.pixels, frame, number_of_frames=count, extended_offsets=offsets)
    file.pixels.seek(start)
    at = 0
    while data.startswith(SIGNATURE_BOX) and data[at + 4 : at + 8] != CODESTREAM_BOX:
        length = int.from_bytes(data[at : at + 4], "big")
        if length < SHORT_HEADER_BYTES or at + length + SHORT_HEADER_BYTES > len(data):
            raise Unrenderable("The JPEG 2000 frame has a box without an end.")
        at += length


def _recognised(file: IO[bytes]) -> uid.UID:
    """Return the transfer syntax of a data set, from its first element: its group, and letters where a type may be."""
    start = file.tell()
    head = file.read(SHORT_HEADER_BYTES)
    file.seek(start)
    is_explicit = head[4:6].isalpha() and head[4:6].isupper()
    if head[:1] == b"\0" and head[1:2] != b"\0":
        return uid.ExplicitVRBigEndian
    return uid.ExplicitVRLittleEndian if is_explicit else uid.ImplicitVRLittleEndian


def _inflated(file: IO[bytes]) -> IO[bytes]:
    """Return the data set behind the file meta information, as much of it as a frame may take (PS3.5, A.5)."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    output = io.BytesIO()
    while output.tell() < MAX_INFLATED_BYTES and not inflater.eof:
        data = inflater.unconsumed_tail or file.read(INFLATED_AT_ONCE)
        if not data:
            break
        output.write(inflater.decompress(data, INFLATED_AT_ONCE))
    output.seek(0)
    return output
