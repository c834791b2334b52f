import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from foveal.render.draw.shapes import Style, shapes
from foveal.render.draw.svg import svg

SIZE = (640, 400)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*annotations: dict[str, Any]) -> ElementTree.Element:
    found = [{"_id": str(number), **each} for number, each in enumerate(annotations)]
    return ElementTree.fromstring(svg(shapes(found, SIZE, Style()), SIZE))  # noqa: S314 our own text


def test_view_box_is_the_displayed_picture() -> None:
    root = drawn()
    assert (root.get("viewBox"), root.get("width"), root.get("height")) == ("0 0 640 400", "640", "400")


def test_box_is_where_it_is_in_pixels() -> None:
    casing, path = drawn({"type": "detection", "bbox": [0.25, 0.5, 0.5, 0.25]}).findall(f".//{SVG}path")
    assert casing.get("d") == path.get("d")
    assert path.get("d") == "M160.00 200.00L480.00 200.00L480.00 300.00L160.00 300.00z"
    assert path.get("fill") == "none"


def test_holes_are_part_of_one_even_odd_path() -> None:
    ring, hole = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]], [[0.4, 0.2], [0.6, 0.2], [0.5, 0.4]]
    _, path = drawn({"type": "polygon", "rings": [ring], "holes": [hole]}).findall(f".//{SVG}path")
    assert path.get("fill-rule") == "evenodd"
    assert str(path.get("d")).count("M") == 2


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32), st.floats(0, 1))
def test_path_of_a_mask_covers_exactly_its_pixels(height: int, width: int, seed: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < share
    encoded = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    found = {"encoding": "coco_rle", "size": [height, width], "counts": encoded["counts"].decode()}
    path = drawn({"type": "mask", "mask": found, "bbox": [0, 0, 1, 1]}).find(f".//{SVG}path")
    assert path is not None
    covered = np.zeros((height, width), int)
    for x, y, wide, high in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", str(path.get("d"))):
        covered[int(y) : int(y) + int(high), int(x) : int(x) + int(wide)] += 1
    assert (covered == mask).all()


@given(st.text(max_size=60), st.text(max_size=40))
def test_labels_cannot_become_markup_whatever_they_say(label: str, annotation_id: str) -> None:
    annotation = {"_id": annotation_id, "type": "detection", "label": label, "bbox": [0.1, 0.1, 0.1, 0.1]}
    root = ElementTree.fromstring(svg(shapes([annotation], SIZE, Style()), SIZE))  # noqa: S314 our own text
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {"svg", "g", "path", "text"}
    assert len(root.findall(f"{SVG}g")) == 1


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", '"/><image href="http://evil"/>', "]]>", "&amp;", "\x00"]
)
def test_known_tricks_are_text_only(label: str) -> None:
    text = svg(shapes([{"_id": label, "type": "classification", "label": label}], SIZE, Style()), SIZE)
    root = ElementTree.fromstring(text)  # noqa: S314 our own text
    assert [each.tag for each in root.iter()] == [f"{SVG}svg", f"{SVG}g", f"{SVG}text"]
    assert root[1].text == label.replace("\x00", "\ufffd")


def test_broken_mask_is_refused() -> None:
    from foveal.errors import Unrenderable

    for mask in (
        {"size": [4, 4], "counts": [3, 3]},
        {"size": [4, 4], "counts": [-1, 17]},
        {"size": [4, 4], "counts": "~~~"},
        {"size": [10**6, 10**6], "counts": []},
        {"size": "ab", "counts": [16]},
        {"size": [4, 4], "counts": None},
    ):
        with pytest.raises(Unrenderable):
            svg(shapes([{"_id": "1", "type": "mask", "mask": mask, "bbox": [0, 0, 1, 1]}], SIZE, Style()), SIZE)
