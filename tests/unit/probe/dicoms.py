"""DICOM files in every encoding, written by pydicom, with a name in them that must not come out."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

SECRET = "Canary^Patient"
ROWS, COLUMNS = 12, 20


def dicom(syntax: Any = ExplicitVRLittleEndian, *, frames: int | None = None, preamble: bool = True) -> bytes:
    """One CT picture; encapsulated where the syntax is a compressed one."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    data = Dataset()
    if preamble:
        data.preamble = bytes(128)
    data.file_meta = meta
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.PatientName, data.PatientID, data.PatientBirthDate = SECRET, SECRET, "19700101"
    data.InstitutionName, data.StudyDate, data.Modality = SECRET, "20240229", "CT"
    data.Manufacturer, data.ManufacturerModelName = "Foveal Optics", "Scanner"
    data.PixelSpacing, data.SliceThickness = ["0.5", "0.5"], "1.25"
    nested = Dataset()
    nested.PatientName, nested.Rows = SECRET, 999
    data.RequestAttributesSequence = [nested]
    data.Rows, data.Columns, data.SamplesPerPixel = ROWS, COLUMNS, 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    if frames:
        data.NumberOfFrames = frames
        data.FrameTime = "40"
    pixels = bytes(ROWS * COLUMNS * 2 * (frames or 1))
    compressed = getattr(syntax, "is_compressed", False) and syntax != DeflatedExplicitVRLittleEndian
    data.PixelData = encapsulate([b"\xff\xd8\xff\xd9"] * (frames or 1)) if compressed else pixels
    data["PixelData"].VR = "OB" if compressed else "OW"
    out = io.BytesIO()
    pydicom.dcmwrite(out, data, enforce_file_format=preamble)
    return out.getvalue()


@cache
def every_dicom() -> dict[str, bytes]:
    """One file for each encoding."""
    return {
        "dicom-explicit": dicom(),
        "dicom-implicit": dicom(ImplicitVRLittleEndian),
        "dicom-big": dicom(ExplicitVRBigEndian),
        "dicom-deflated": dicom(DeflatedExplicitVRLittleEndian),
        "dicom-jpeg": dicom(JPEGBaseline8Bit),
        "dicom-frames": dicom(frames=5),
    }
