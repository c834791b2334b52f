import io
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.pixels import apply_voi_lut
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from foveal.errors import Unrenderable
from foveal.render.decode import dicom

RAMP = np.tile(np.arange(0, 4096, 16, dtype=np.uint16), (8, 1))


def file_of(pixels: np.ndarray[Any, Any], syntax: Any = ExplicitVRLittleEndian, **tags: Any) -> io.BytesIO:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    frames = pixels.shape[0] if pixels.ndim == 3 and pixels.shape[2] != 3 else None
    dataset.Rows, dataset.Columns = pixels.shape[1:3] if frames else pixels.shape[:2]
    dataset.SamplesPerPixel = 3 if pixels.ndim == 3 and not frames else 1
    dataset.PhotometricInterpretation = "RGB" if dataset.SamplesPerPixel == 3 else "MONOCHROME2"
    if frames:
        dataset.NumberOfFrames = frames
    if dataset.SamplesPerPixel == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = pixels.dtype.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    for name, value in tags.items():
        setattr(dataset, name, value)
    output = io.BytesIO()
    dataset.save_as(output, enforce_file_format=True)
    output.seek(0)
    return output


def shown(source: io.BytesIO) -> np.ndarray[Any, Any]:
    return np.asarray(dicom.picture(source, 10_000)).astype(int)


def by_the_standard(values: np.ndarray[Any, Any], centre: float, width: float) -> np.ndarray[Any, Any]:
    """PS3.3 C.11.2.1.2.1, as it is written there."""
    result = ((values - (centre - 0.5)) / (width - 1) + 0.5) * 255
    result[values <= centre - 0.5 - (width - 1) / 2] = 0
    result[values > centre - 0.5 + (width - 1) / 2] = 255
    return result


def test_window_decides_what_is_dark_and_what_is_bright() -> None:
    values = RAMP.astype(float) - 1024
    found = shown(file_of(RAMP, WindowCenter=40, WindowWidth=400, RescaleSlope=1, RescaleIntercept=-1024))
    assert np.abs(found - by_the_standard(values, 40, 400)).max() <= 1


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("centre", "width"), [(2000, 4000), (300, 77), (4000, 20)])
def test_function_of_the_window_is_that_of_pydicom(function: str, centre: int, width: int) -> None:
    source = file_of(RAMP, WindowCenter=centre, WindowWidth=width, VOILUTFunction=function)
    dataset = pydicom.dcmread(source)
    with np.errstate(over="ignore"):  # of pydicom's exponential far below the window
        expected = apply_voi_lut(dataset.pixel_array, dataset) / 65_535 * 255
    assert np.abs(shown(source) - expected).max() <= 0.501


def test_unknown_function_of_a_window_is_taken_for_linear() -> None:
    tags = {"WindowCenter": 2000, "WindowWidth": 4000}
    assert (shown(file_of(RAMP, VOILUTFunction="CUBIC", **tags)) == shown(file_of(RAMP, **tags))).all()


def test_first_of_several_windows_is_used() -> None:
    one = shown(file_of(RAMP, WindowCenter=[500, 9], WindowWidth=[1000, 9], RescaleSlope=1, RescaleIntercept=0))
    assert np.abs(one - by_the_standard(RAMP.astype(float), 500, 1000)).max() <= 1


def test_brightness_is_inverted_when_zero_means_white() -> None:
    tags = {"WindowCenter": 2000, "WindowWidth": 4000}
    plain = shown(file_of(RAMP, **tags))
    assert (shown(file_of(RAMP, PhotometricInterpretation="MONOCHROME1", **tags)) == 255 - plain).all()


def test_whole_range_is_used_when_there_is_no_window() -> None:
    found = shown(file_of(RAMP))
    assert found[0, 0] == 0
    assert found[0, -1] == 255
    assert abs(found[0, 128] - 128) <= 3


def test_negative_values_are_shown() -> None:
    signed = RAMP.astype(np.int16) - 2048
    assert np.abs(shown(file_of(signed)) - shown(file_of(RAMP))).max() <= 1


def test_colours_stay() -> None:
    pixels = np.zeros((4, 5, 3), np.uint8)
    pixels[:, :] = (200, 30, 90)
    assert (shown(file_of(pixels)) == (200, 30, 90)).all()


def test_first_frame_is_shown_when_there_are_several() -> None:
    frames = np.zeros((3, 8, 8), np.uint8)
    frames[0, :4] = 255
    assert shown(file_of(frames, WindowCenter=128, WindowWidth=256))[0, 0] == 255


def test_dicom_frame_is_shown_when_it_exists_and_refused_when_not() -> None:
    frames = np.zeros((3, 8, 8), np.uint8)
    frames[2, 4:] = 255
    window = {"WindowCenter": 128, "WindowWidth": 256}
    third = np.asarray(dicom.picture(file_of(frames, **window), 8, 2))
    assert (third[0, 0], third[7, 0]) == (0, 255)
    with pytest.raises(Unrenderable):
        dicom.picture(file_of(frames, **window), 8, 3)


def macros(window: tuple[float, float, str] | None = None, rescale: tuple[float, float] | None = None) -> Dataset:
    """Return functional groups of an enhanced object with a window and a rescaling (PS3.3 C.7.6.16.2)."""
    group = Dataset()
    if window:
        group.FrameVOILUTSequence = [Dataset()]
        stated = group.FrameVOILUTSequence[0]
        stated.WindowCenter, stated.WindowWidth, stated.VOILUTFunction = window
    if rescale:
        group.PixelValueTransformationSequence = [Dataset()]
        stated = group.PixelValueTransformationSequence[0]
        stated.RescaleSlope, stated.RescaleIntercept = rescale
    return group


def enhanced(pixels: np.ndarray[Any, Any], shared: Dataset, frames: list[Dataset]) -> io.BytesIO:
    return file_of(pixels, SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=frames)


@pytest.mark.parametrize(
    ("shared", "frames"),
    [
        (macros((40, 400, "LINEAR"), (1, -1024)), [Dataset(), Dataset()]),
        (Dataset(), [macros((40, 400, "SIGMOID"), (1, -1024)), macros((600, 1600, "LINEAR"), (2, -2000))]),
        (macros(rescale=(1, -1024)), [macros((40, 400, "LINEAR")), macros((600, 1600, "LINEAR_EXACT"))]),
        (macros((40, 400, "LINEAR"), (1, -1024)), [Dataset(), macros((600, 1600, "LINEAR"), (2, -2000))]),
    ],
    ids=["shared", "per frame", "both", "shared but for one"],
)
def test_frame_of_an_enhanced_object_is_shown_as_its_functional_groups_say(
    shared: Dataset, frames: list[Dataset]
) -> None:
    series = np.stack([RAMP, RAMP[::-1] // 2])
    source = enhanced(series, shared, frames)
    for number, own in enumerate(frames):
        sequences = [sequence for group in (shared, own) for sequence in group]
        plain = file_of(series[number], **{each.keyword: each.value for found in sequences for each in found.value[0]})
        found = np.asarray(dicom.picture(source, 10_000, number))
        assert (found == np.asarray(dicom.picture(plain, 10_000))).all()
        assert found.min() < found.max()


@pytest.mark.parametrize("frames", [[], [Dataset()]], ids=["none", "fewer than frames"])
def test_frame_without_functional_groups_has_the_shared_ones(frames: list[Dataset]) -> None:
    source = enhanced(np.stack([RAMP, RAMP]), macros((40, 400, "LINEAR"), (1, -1024)), frames)
    _, header = dicom.decoded(source, 1)
    assert dicom.window_of(header) == dicom.VoiWindow(40, 400)


@pytest.mark.parametrize(
    "source",
    [
        io.BytesIO(b""),
        io.BytesIO(b"\0" * 128 + b"DICM"),
        file_of(RAMP, Rows=60_000, Columns=60_000),
        file_of(RAMP, PixelData=b"\0\0"),
    ],
    ids=["empty", "no pixels", "bomb", "too few pixels"],
)
def test_dicom_without_pixels_is_refused(source: io.BytesIO) -> None:
    with pytest.raises(Unrenderable):
        dicom.picture(source, 320)
