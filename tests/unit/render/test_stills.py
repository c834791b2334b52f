import pytest

from foveal.render.stills import shown_size


@pytest.mark.parametrize(
    ("facts", "size", "shown"),
    [
        ({}, (720, 576), (720, 576)),
        ({"pixel_aspect": {"num": 64, "den": 45}}, (720, 576), (1024, 576)),
        ({"pixel_aspect": {"num": 64, "den": 45}, "rotation": 90}, (576, 720), (576, 1024)),
        ({"pixel_aspect": {"num": 64, "den": 45}, "rotation": 180}, (720, 576), (1024, 576)),
    ],
    ids=["square", "PAL, wide", "turned to its side", "upside down"],
)
def test_an_overlay_has_the_shape_of_the_picture_when_its_pixels_are_not_square(
    facts: dict[str, object], size: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert shown_size({"media_type": "video", **facts}, size) == shown
