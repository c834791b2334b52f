"""Captions burned into pictures: of any size, of any number, in more scripts than one."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from foveal.render.draw import captions
from foveal.render.draw.colours import colour_of
from foveal.render.draw.shapes import MAX_CAPTION_CHARACTERS, Shape, Style, shapes

GREY = (128, 128, 128)


def boxes(count: int, label: str = "ship") -> list[dict[str, Any]]:
    chance = np.random.default_rng(count)
    found = []
    for number in range(count):
        x, y, width, height = chance.uniform(0, 0.85, 2).tolist() + chance.uniform(0.02, 0.15, 2).tolist()
        found.append({"_id": str(number), "type": "detection", "label": label, "bbox": [x, y, width, height]})
    return found


def written(annotations: list[dict[str, Any]], size: tuple[int, int]) -> np.ndarray[Any, Any]:
    canvas = Image.new("RGB", size, GREY)
    captions.write(canvas, shapes(annotations, size, Style()))
    return np.asarray(canvas).astype(int)


def touched(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray((pixels != np.array(GREY)).any(axis=2))


@pytest.mark.parametrize("size", [(160, 107), (320, 213), (213, 320), (1280, 853), (4000, 2667)])
def test_letters_are_black_or_white_on_the_labels_colour_and_high_enough_to_be_read(size: tuple[int, int]) -> None:
    pixels = written([{"_id": "1", "type": "detection", "label": "Hxg", "bbox": [0.4, 0.4, 0.2, 0.2]}], size)
    colour = colour_of("Hxg", {})
    rows = np.flatnonzero(touched(pixels).any(axis=1))
    assert colour in {tuple(pixel) for pixel in pixels.reshape(-1, 3)[touched(pixels).reshape(-1)].tolist()}
    letters = np.asarray((pixels <= 60).all(axis=2) | (pixels >= 195).all(axis=2))
    letter_rows = np.flatnonzero(letters.any(axis=1))
    assert letter_rows.max() - letter_rows.min() >= max(8, max(size) / 90)
    assert rows.min() <= letter_rows.min()
    assert letter_rows.max() <= rows.max()


@pytest.mark.parametrize("box", [[0.0, 0.0, 0.2, 0.2], [0.95, 0.95, 0.05, 0.05], [0.0, 0.0, 1.0, 1.0], None])
def test_caption_is_whole_wherever_its_shape_is(box: list[float] | None) -> None:
    annotation = {"_id": "1", "type": "detection" if box else "classification", "label": "ship", "confidence": 0.5}
    somewhere = written([{**annotation, "type": "detection", "bbox": [0.4, 0.4, 0.2, 0.2]}], (640, 400))
    at_the_edge = written([{**annotation, **({"bbox": box} if box else {})}], (640, 400))
    assert np.count_nonzero(touched(at_the_edge)) == np.count_nonzero(touched(somewhere)) > 0


@pytest.mark.parametrize(("count", "at_least"), [(2, 2), (20, 18), (300, 180), (3_000, 180)])
def test_captions_never_hide_each_other_nor_most_of_the_picture(
    count: int, at_least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[captions.Rectangle] = []
    paint = captions._paint

    def painted(canvas: Image.Image, shape: Shape, place: captions.Rectangle, font: Any) -> None:
        places.append(place)
        paint(canvas, shape, place, font)

    monkeypatch.setattr(captions, "_paint", painted)
    pixels = written(boxes(count), (1280, 800))
    counted = np.zeros((800, 1280), int)
    for left, top, right, bottom in places:
        counted[top:bottom, left:right] += 1
    assert counted.max() == 1
    assert (counted > 0).tolist() == touched(pixels).tolist()
    assert (counted > 0).mean() <= 0.25
    assert len(places) >= at_least


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ж", "Ш"), ("Ω", "Σ"), ("Đ", "Ế"), ("ß", "ø"), ("क", "म")],
    ids=["Cyrillic", "Greek", "Vietnamese", "Latin", "Devanagari"],
)
def test_letters_of_other_scripts_are_told_apart(one: str, other: str) -> None:
    style = Style(colours={one: "#ffffff", other: "#ffffff"})
    pictures = []
    for label in (one, other, "\ue000", "\ue001"):
        canvas = Image.new("RGB", (320, 200), "white")
        annotation = {"_id": "1", "type": "classification", "label": label}
        captions.write(canvas, shapes([annotation], canvas.size, style))
        pictures.append(np.asarray(canvas.convert("L")))
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[0] != pictures[2]).any(), "not the box that stands for what a font does not have"


def test_long_label_is_cut_and_its_confidence_stays() -> None:
    annotation = {"_id": "1", "type": "detection", "label": "x" * 500, "confidence": 0.25, "bbox": [0.1] * 4}
    (shape,) = shapes([annotation], (640, 400), Style())
    assert shape.caption == f"{'x' * (MAX_CAPTION_CHARACTERS - 1)}… 0.25"


@pytest.mark.parametrize("label", ["a\nb", "a\tb", "  a   b "])
def test_caption_is_one_line(label: str) -> None:
    (shape,) = shapes([{"_id": "1", "type": "classification", "label": label}], (640, 400), Style())
    assert shape.caption == "a b"


def test_regression_shows_its_value() -> None:
    (shape,) = shapes([{"_id": "1", "type": "regression", "label": "age", "value": 41.5}], (640, 400), Style())
    assert shape.caption == "age 41.5"
