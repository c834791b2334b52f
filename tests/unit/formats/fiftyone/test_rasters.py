"""Rasters of FiftyOne: masks within boxes."""

import pytest

from foveal.formats.base.files.json_records import BadRecord
from foveal.formats.fiftyone.npy import Array
from foveal.formats.fiftyone.rasters import box_mask


def test_mask_in_a_box_beyond_the_doubles_is_refused() -> None:
    mask = Array("u1", (1, 1), b"\x01")
    with pytest.raises(BadRecord, match="no image has pixels"):
        box_mask(mask, [0.1, 0.1, 0.2, 1e308], (640, 480))
