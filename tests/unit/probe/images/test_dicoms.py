"""pydicom agrees on every DICOM encoding, and nothing that identifies a person comes out."""

from __future__ import annotations

import io
import json

import pydicom
import pytest

from foveal.probe import MemorySource, ProbeError, Reason, probe
from tests.unit.probe.dicoms import SECRET, dicom, every_dicom


@pytest.mark.parametrize("name", every_dicom())
def test_picture_agrees_with_pydicom_when_the_encoding_is_any(name: str) -> None:
    data = every_dicom()[name]
    facts = probe(MemorySource(data))
    stated = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
    assert (facts.width, facts.height) == (stated.Columns, stated.Rows)
    assert (facts.bit_depth, facts.num_channels) == (stated.BitsStored, stated.SamplesPerPixel)
    assert facts.frame_count == int(stated.get("NumberOfFrames", 1))
    assert facts.dicom is not None
    assert facts.dicom["transfer_syntax_uid"] == stated.file_meta.TransferSyntaxUID
    assert facts.dicom["modality"] == stated.Modality
    assert facts.dicom["pixel_spacing_mm"] == [float(part) for part in stated.PixelSpacing]


@pytest.mark.parametrize("name", every_dicom())
def test_identifying_tags_stay_out_when_the_file_carries_them(name: str) -> None:
    shown = json.dumps(probe(MemorySource(every_dicom()[name])).document(), default=str)
    assert SECRET not in shown
    assert "19700101" not in shown
    assert "20240229" not in shown


def test_identifying_tags_stay_out_when_the_file_is_cut() -> None:
    data = every_dicom()["dicom-explicit"]
    for end in range(0, len(data), 7):
        try:
            shown = json.dumps(probe(MemorySource(data[:end])).document(), default=str)
        except ProbeError as error:
            shown = str(error) + json.dumps(error.facts.document() if error.facts else {}, default=str)
        assert SECRET not in shown


def test_picture_is_read_when_there_is_no_preamble() -> None:
    facts = probe(MemorySource(dicom(preamble=False)))
    assert (facts.format, facts.width, facts.height) == ("dicom", 20, 12)


def test_frame_rate_is_exact_when_frame_time_is_stated() -> None:
    facts = probe(MemorySource(every_dicom()["dicom-frames"]))
    assert facts.frame_rate is not None
    assert (facts.frame_rate.num, facts.frame_rate.den, facts.duration_seconds) == (25, 1, 0.2)


def test_program_in_the_preamble_is_active_content_when_the_rest_is_valid() -> None:
    data = b"MZ" + every_dicom()["dicom-explicit"][2:]
    with pytest.raises(ProbeError) as caught:
        probe(MemorySource(data))
    assert caught.value.reason is Reason.ACTIVE_CONTENT


def test_picture_is_read_when_an_icon_in_front_of_it_is_compressed_too() -> None:
    data = every_dicom()["dicom-jpeg"]
    at = data.rindex(b"\xe0\x7f\x10\0")
    fragments = b"\xfe\xff\0\xe0\0\0\0\0" + b"\xfe\xff\0\xe0\x04\0\0\0\xff\xd8\xff\xd9" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    icon = b"\x88\0\0\2SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff"
    icon += b"\x28\0\x10\0US\2\0\7\0" + b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff" + fragments
    icon += b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    facts = probe(MemorySource(data[:at] + icon + data[at:]))
    assert (facts.width, facts.height) == (20, 12)


def test_picture_is_read_when_a_sequence_of_unknown_type_is_implicit_inside_of_big_endian_data() -> None:
    data = every_dicom()["dicom-big"]
    at = data.rindex(b"\0\x28\0\2")
    sequence = b"\0\x21\x10\1UN\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff"
    sequence += b"\x28\0\x10\0\2\0\0\0\7\0" + b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    facts = probe(MemorySource(data[:at] + sequence + data[at:]))
    assert (facts.width, facts.height) == (20, 12)
