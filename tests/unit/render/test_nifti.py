"""Slices of NIfTI volumes: the middle one, in contrast, whatever the type of its voxels and however it is packed."""

import gzip
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from foveal.derivatives.recipes import Recipe
from foveal.errors import Unrenderable
from foveal.probe import MemorySource, probe
from foveal.render.decode import nifti
from foveal.render.decode import picture as stills
from tests.unit.probe import other_pictures

Grid = np.ndarray[Any, Any]
SIDES = (60, 40, 3, 2)
NUMBERS = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}


def volume(kind: int = 4, *, order: str = "<", wide: bool = False, colours: int = 0) -> bytes:
    """A volume whose slice at a time has a brightness of its own: in the middle one a ramp from left to right."""
    voxel = np.dtype(order + NUMBERS.get(kind, "u1"))
    cells = np.zeros((*reversed(SIDES), *([colours] if colours else [])), voxel)
    ramp = np.linspace(0, 118, SIDES[0])
    cells[0, 1] = ramp[:, None] if colours else ramp
    cells[1, 1, :20] = 100
    head = other_pictures.nifti(SIDES, kind, 8 * voxel.itemsize * (colours or 1), order=order, wide=wide)
    return head[: len(head) - cells.nbytes] + cells.tobytes()


def shown(data: bytes, width: int = 60, frame: int | None = None) -> Image.Image:
    asset = probe(MemorySource(data)).document()
    return stills.whole(asset, io.BytesIO(data), Recipe("rendition", "thumbnail", width, "png", frame=frame))


@pytest.mark.parametrize("wide", [False, True], ids=["first version", "second version"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", NUMBERS)
def test_middle_slice_is_shown_from_dark_to_bright(kind: int, order: str, wide: bool) -> None:
    image = shown(volume(kind, order=order, wide=wide))
    assert (image.mode, image.size) == ("L", SIDES[:2])
    row = np.asarray(image)[20].astype(int)
    assert (row[0], row[-1]) == (0, 255)
    assert (np.diff(row) >= 0).all()
    assert abs(row[30] - 128) < 6


@pytest.mark.parametrize(("kind", "colours", "mode"), [(128, 3, "RGB"), (2304, 4, "RGBA")])
def test_colours_of_a_volume_are_shown_as_they_are(kind: int, colours: int, mode: str) -> None:
    image = shown(volume(kind, colours=colours))
    assert image.mode == mode
    assert image.getpixel((59, 20)) == (118,) * colours


def test_packed_volume_has_the_same_picture_whatever_its_members() -> None:
    data = volume()
    parts = gzip.compress(data[:5000]) + gzip.compress(data[5000:])
    expected = shown(data).tobytes()
    assert shown(gzip.compress(data)).tobytes() == expected
    assert shown(parts).tobytes() == expected


def test_point_in_time_is_the_frame() -> None:
    second = np.asarray(shown(volume(), frame=1))
    assert (second[5, 5], second[35, 5]) == (255, 0)
    with pytest.raises(Unrenderable, match="point in time"):
        shown(volume(), frame=2)


def test_crop_of_a_volume_is_that_part_of_its_slice() -> None:
    data = volume()
    asset = probe(MemorySource(data)).document()
    recipe = Recipe("crop", "crop", 60, "png", annotation_id="a")
    part = stills.part(asset, io.BytesIO(data), recipe, (0.5, 0.0, 1.0, 0.5))
    assert part.size == (30, 20)
    assert np.asarray(part).min() > 120


def test_scale_that_is_negative_turns_bright_and_dark() -> None:
    data = bytearray(volume())
    data[112:116] = np.float32(-1).tobytes()
    row = np.asarray(shown(bytes(data)))[20]
    assert (row[0], row[-1]) == (255, 0)


@pytest.mark.parametrize("kind", [1, 32, 1536], ids=["bits", "complex", "128 bits"])
def test_type_without_a_picture_is_refused(kind: int) -> None:
    with pytest.raises(Unrenderable, match="type of number"):
        nifti.picture(io.BytesIO(other_pictures.nifti(SIDES, kind, 64)))


def test_volume_is_refused_when_it_ends_before_its_middle_slice() -> None:
    packed = gzip.compress(volume()[:5000])
    with pytest.raises(Unrenderable, match="ends before"):
        nifti.picture(io.BytesIO(packed))
    noise = volume()[:352] + np.random.default_rng(1).bytes(60 * 40 * 3 * 2 * 2)
    with pytest.raises(Unrenderable, match="ends before"):
        nifti.picture(io.BytesIO(gzip.compress(noise)[:6000]))


def test_slice_that_lies_too_far_into_a_packed_volume_is_refused_before_it_is_inflated() -> None:
    header = bytearray(other_pictures.nifti((4000, 4000, 1, 1))[:352])
    header[46:48] = np.int16(200).tobytes()  # slices
    with pytest.raises(Unrenderable, match="too far"):
        nifti.picture(io.BytesIO(gzip.compress(bytes(header))))


def test_slice_that_is_too_large_is_refused() -> None:
    header = other_pictures.nifti((9000, 9000, 1, 1))[:352]
    with pytest.raises(Unrenderable, match="too large"):
        nifti.picture(io.BytesIO(header))


@pytest.mark.parametrize("cut", [0, 10, 60, 120])
def test_damaged_header_is_refused(cut: int) -> None:
    with pytest.raises(Unrenderable):
        nifti.picture(io.BytesIO(volume()[:cut]))
