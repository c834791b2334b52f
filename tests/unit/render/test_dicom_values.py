"""The values of a grey DICOM frame, held against pydicom's modality LUT."""

import io
import json
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, pixel_array

from foveal.derivatives.recipes import Renditions, requested
from foveal.errors import Unprocessable, Unrenderable
from foveal.render import pixels
from foveal.render.decode import dicom_values
from foveal.render.drawing import Drawing
from tests.unit.render.test_dicom import RAMP, file_of

Numbers = np.ndarray[Any, Any]
RENDITIONS = Renditions.from_json(
    '{"thumbnail": {"width": 32, "format": "webp"}, "preview": {"width": 64, "format": "jpeg"}}'
)
GREY = {"format": "dicom", "media_type": "image", "colour_space": "gray"}
SERIES = np.arange(5 * 8 * 7, dtype=np.uint16).reshape(5, 8, 7) ** 2
EVERY = np.arange(65_536, dtype=np.uint16).reshape(256, 256)


def read(source: io.BytesIO, width: int = 10_000, frame: int = 0) -> tuple[Numbers, dict[str, Any]]:
    """Return the values that the file's samples and scale give, and its scale."""
    picture = Image.open(io.BytesIO(dicom_values.png(source, width, frame)))
    assert picture.mode == "I;16"
    told = json.loads(picture.info[dicom_values.KEYWORD])
    return told["intercept"] + told["slope"] * np.asarray(picture).astype(float), told


def by_pydicom(source: io.BytesIO) -> Numbers:
    source.seek(0)
    dataset = pydicom.dcmread(source)
    values: Numbers = apply_modality_lut(pixel_array(dataset), dataset)
    return values


@pytest.mark.parametrize(
    "source",
    [
        file_of(RAMP, RescaleSlope=1, RescaleIntercept=-1024),
        file_of(RAMP.astype(np.int16) - 2048, RescaleSlope=2.5, RescaleIntercept=7),
        file_of(RAMP.astype(np.int16) - 2048),
        file_of(EVERY),
        file_of((EVERY.astype(np.int32) - 32_768).astype(np.int16), RescaleSlope="-0.5", RescaleIntercept="3"),
        file_of(RAMP.astype(np.uint8)),
        file_of(np.full((4, 4), 9, np.uint16)),
        file_of(RAMP.astype(np.uint32) + 3_000_000_000),
    ],
    ids=["ct", "signed", "no rescale", "all of 16 bits", "negative slope", "8 bits", "one value", "32 bits"],
)
def test_values_are_those_of_pydicom(source: io.BytesIO) -> None:
    expected = by_pydicom(source)
    assert (read(source)[0] == expected).all()


def test_values_are_those_of_a_modality_table() -> None:
    table = Dataset()
    table.LUTDescriptor, table.ModalityLUTType = [256, 0, 16], "US"
    table.add_new("LUTData", "OW", np.array([entry * 256 + entry % 7 for entry in range(256)], np.uint16).tobytes())
    source = file_of(RAMP.astype(np.uint8), ModalityLUTSequence=[table])
    expected = by_pydicom(source)
    assert expected.max() > 60_000
    assert (read(source)[0] == expected).all()


def test_values_go_to_the_nearest_step_when_they_span_more_than_16_bits() -> None:
    wide = np.linspace(0, 4_000_000_000, 4096).astype(np.uint32).reshape(64, 64)
    source = file_of(wide)
    found, told = read(source)
    assert np.abs(found - by_pydicom(source)).max() <= told["slope"] / 2 * 1.000_001


def test_values_are_means_when_there_are_more_pixels_than_asked_for() -> None:
    found, _ = read(file_of(EVERY, RescaleSlope=1, RescaleIntercept=-1024), 128)
    means = EVERY.astype(float).reshape(128, 2, 128, 2).mean(axis=(1, 3)) - 1024
    assert found.shape == (128, 128)
    assert np.abs(found - means).max() <= 0.5


def test_scale_tells_window_and_inversion() -> None:
    told = read(file_of(RAMP, WindowCenter=[40, 9], WindowWidth=[400, 9], PhotometricInterpretation="MONOCHROME1"))[1]
    assert (told["window"], told["is_inverted"]) == ({"center": 40, "width": 400, "function": "LINEAR"}, True)
    assert read(file_of(RAMP))[1] == {"slope": 1, "intercept": 0, "is_inverted": False, "window": None}


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_scale_tells_the_function_of_the_window(function: str) -> None:
    told = read(file_of(RAMP, WindowCenter=40, WindowWidth=400, VOILUTFunction=function))[1]
    assert told["window"] == {"center": 40, "width": 400, "function": function}


@pytest.mark.parametrize("frame", [0, 1, 4])
def test_values_of_a_frame_are_those_of_pydicom(frame: int) -> None:
    source = file_of(SERIES, RescaleSlope=2, RescaleIntercept=-1024)
    expected = by_pydicom(source)[frame]
    assert (read(source, frame=frame)[0] == expected).all()


def test_frame_is_an_option_of_values_and_renditions_and_the_first_one_is_the_picture_itself() -> None:
    series = {**GREY, "frame_count": 5}
    for variant in ("values", "preview"):
        plain, first, third = (
            requested(series, RENDITIONS, {"variant": variant, **query})
            for query in ({}, {"frame": "0"}, {"frame": "2"})
        )
        assert plain == first
        assert (third.frame, third.is_on_request, third.shows_asset) == (2, True, False)
        assert third.name != plain.name
        with pytest.raises(Unprocessable, match="no frame 5"):
            requested(series, RENDITIONS, {"variant": variant, "frame": "5"})
    recipe = requested(series, RENDITIONS, {"variant": "values", "frame": "2"})
    drawn = Image.open(io.BytesIO(pixels.draw(Drawing(series, recipe), file_of(SERIES))))
    assert (np.asarray(drawn) == SERIES[2] - SERIES[2].min()).all()


@pytest.mark.parametrize(
    "source",
    [file_of(np.zeros((4, 5, 3), np.uint8)), io.BytesIO(b"\0" * 128 + b"DICM"), file_of(RAMP, PixelData=b"\0\0")],
    ids=["colours", "no pixels", "too few pixels"],
)
def test_values_are_refused_when_there_are_none(source: io.BytesIO) -> None:
    with pytest.raises(Unrenderable):
        dicom_values.png(source, 320)


def test_variant_of_values_is_as_wide_as_the_widest_rendition() -> None:
    recipe = requested(GREY, RENDITIONS, {"variant": "values"})
    assert (recipe.kind, recipe.width, recipe.content_type) == ("values", 64, "image/png")
    assert Image.open(io.BytesIO(pixels.draw(Drawing(GREY, recipe), file_of(RAMP)))).size == (64, 2)


@pytest.mark.parametrize(
    "changes", [{"format": "png"}, {"media_type": "video"}, {"colour_space": "rgb"}, {"colour_space": None}]
)
def test_variant_of_values_is_refused_for_other_assets(changes: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable, match="grey DICOM"):
        requested({**GREY, **changes}, RENDITIONS, {"variant": "values"})
