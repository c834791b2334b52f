"""Raw files of cameras are shown by their embedded JPEG, turned as their own header says."""

import io

import pytest

from foveal.derivatives.recipes import Recipe
from foveal.probe import MemorySource, probe
from foveal.render.decode import picture as stills
from tests.unit.probe.raws import JPEG, every_raw


@pytest.mark.parametrize("name", every_raw())
def test_rendition_of_a_raw_file_is_its_embedded_jpeg(name: str) -> None:
    data = every_raw()[name]
    picture = stills.whole(probe(MemorySource(data)).document(), io.BytesIO(data), Recipe("rendition", "x", 400, "png"))
    assert picture.size == (120, 160), "turned by a quarter"
    stored = stills.whole({"media_type": "image"}, io.BytesIO(JPEG), Recipe("rendition", "x", 400, "png"))
    turns = {6: 270, 8: 90}[probe(MemorySource(data)).orientation or 0]
    assert picture.tobytes() == stored.rotate(turns, expand=True).tobytes()
