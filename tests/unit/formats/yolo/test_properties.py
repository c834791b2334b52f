"""Properties of YOLO: geometry that comes back to 1e-6 pixels, mutated files that never break the reader."""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.formats.base.files.source import open_source
from foveal.formats.base.files.target import open_target
from foveal.formats.base.geometry.writing import turned_corners
from foveal.formats.base.model.context import AssetFacts, Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import Annotation, Asset, Label
from foveal.formats.base.model.loss import LossReport
from foveal.formats.base.model.matching import AssetNames
from foveal.formats.conversion import FileDataset
from foveal.formats.yolo import FORMAT
from tests.unit.formats.yolo.data_sets import inspected, made

TOLERANCE_PX = 1e-6
MUTATIONS = 300
sides = st.tuples(st.integers(1, 20_000), st.integers(1, 20_000))


@st.composite
def integer_boxes(draw: st.DrawFn) -> tuple[tuple[int, int], list[list[float]]]:
    width, height = draw(sides)

    def box() -> list[float]:
        left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        return [left, top, draw(st.integers(1, width - left)), draw(st.integers(1, height - top))]

    return (width, height), [box() for _ in range(draw(st.integers(1, 5)))]


def through(shown: tuple[int, int], bodies: list[dict[str, Any]], **options: str) -> list[dict[str, Any]]:
    """Return bodies as they come back from YOLO."""
    facts = {"a.jpg": AssetFacts(*shown)}
    context = Context(options, facts, None, AssetNames(facts))
    annotations = [Annotation("a.jpg", {"field": "ground_truth", "label": "x", **body}, "") for body in bodies]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        with open_target(path) as target:
            assert FORMAT.write is not None
            content = ListDataset([LabelledAsset(Asset("a.jpg", split="val"), annotations)], [Label("x")])
            FORMAT.write(content, target, context, LossReport())
        with open_source(path) as source:
            (found,) = FileDataset(source, FORMAT, context).assets()
            return [each.body for each in found.annotations]


@given(integer_boxes())
@settings(deadline=None)
def test_integer_boxes_come_back(case: tuple[tuple[int, int], list[list[float]]]) -> None:
    shown, given_boxes = case
    back = through(shown, [{"type": "detection", "bbox_px": box} for box in given_boxes])
    scale = [*shown, *shown]
    assert [[number * side for number, side in zip(body["bbox"], scale, strict=True)] for body in back] == [
        pytest.approx(box, abs=TOLERANCE_PX, rel=0) for box in given_boxes
    ]


@given(integer_boxes(), st.floats(-720, 720))
@settings(deadline=None)
def test_turned_boxes_come_back(case: tuple[tuple[int, int], list[list[float]]], rotation: float) -> None:
    shown, given_boxes = case
    bodies = [{"type": "detection", "bbox_px": box, "rotation": rotation} for box in given_boxes]
    back = through(shown, bodies, task="obb")
    assert len(back) == len(given_boxes)
    for box, body in zip(given_boxes, back, strict=True):
        before, after = turned_corners(box, {"rotation": rotation}), turned_corners(body["bbox_px"], body)
        for corner in before:
            assert min(abs(corner[0] - x) + abs(corner[1] - y) for x, y in after) < TOLERANCE_PX


@given(st.integers(10, 20_000), st.integers(10, 20_000), st.data())
@settings(deadline=None)
def test_outlines_come_back(width: int, height: int, data: st.DataObject) -> None:
    points = st.tuples(st.integers(1, width), st.integers(1, height).map(float))
    ring = [[0, 0], [width, 0.5], *map(list, data.draw(st.lists(points, min_size=1, max_size=9))), [0, height]]
    back = through((width, height), [{"type": "polygon", "rings_px": [ring]}], task="segment")
    (found,) = back[0]["rings"]
    assert [[x * width, y * height] for x, y in found] == [
        pytest.approx(point, abs=TOLERANCE_PX, rel=0) for point in ring
    ]


SEEDS: dict[str, dict[str, object]] = {
    "folders": {
        "data.yaml": "path: .\ntrain: images/train\nval: [images/val]\nnames: {0: a, 1: &x b}\nkpt_shape: [2, 3]\n"
        "flip_idx: [1, 0]\nkpt_names: {0: [l, r]}\n",
        "labels/train/a.txt": "0 .5 .5 .1 .1 .2 .2 2 .3 .3 0\n1 .5 .5 .1 .1 0.9\n",
        "labels/val/b.txt": "\ufeff0 .5 .5 .1 .1\r\n",
    },
    "outlines": {"classes.txt": "a\nb\n", "labels/a.txt": "0 0 0 1 0 1 1\n1 .1 .1 .9 .1 .9 .9 .1 .9\n"},
    "darknet": {
        "obj.data": "classes=2\ntrain=data/train.txt\nnames=data/obj.names\n",
        "obj.names": "cat\ndog\n",
        "train.txt": "data/obj_train_data/a.jpg\n",
        "obj_train_data/a.txt": "0 .5 .5 .1 .1\n",
    },
    "dota": {"labelTxt/a.txt": "imagesource:x\ngsd:1\n10 10 50 10 50 30 10 30 ship 1\n"},
    "ndjson": {
        "a.ndjson": '{"type":"dataset","class_names":{"0":"a"},"kpt_shape":[1,3]}\n'
        '{"type":"image","file":"a.jpg","width":9,"height":9,"annotations":{"boxes":[[0,0.5,0.5,0.1,0.1]],'
        '"pose":[[0,0.5,0.5,0.1,0.1,0.2,0.2,2]],"classification":[0]}}\n'
    },
}
TOKENS = [b"0", b"-1", b"1e999", b"nan", b" ", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"[", b"]", b"{", b"}"]
TOKENS += [b"&a ", b"*a", b"!!python/object:x ", b"'", b'"', b"../", b"/", b": ", b"- ", b"= ", b"9" * 30, b"\xc2\x85"]


def mutated(seed: int) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield data sets with some bytes changed, doubled, cut off or put in."""
    chance = random.Random(seed)
    while True:
        kind = chance.choice(sorted(SEEDS))
        files = {name: str(text).encode() for name, text in SEEDS[kind].items()}
        for _ in range(chance.randint(1, 4)):
            name = chance.choice(sorted(files))
            content = bytearray(files[name])
            place = chance.randint(0, len(content))
            match chance.randrange(4):
                case 0:
                    content[place:place] = chance.choice(TOKENS)
                case 1:
                    content[place : place + chance.randint(1, 8)] = b""
                case 2:
                    content[place : place + 1] = bytes([chance.randrange(256)])
                case _:
                    content[place:place] = content[place : place + chance.randint(1, 40)]
            files[name] = bytes(content)
        yield kind, dict(files)


def test_mutated_data_sets_give_typed_errors_and_counts_that_add_up(tmp_path: Path) -> None:
    for number, (kind, files) in zip(range(MUTATIONS), mutated(7), strict=False):
        task = {"outlines": "segment"}.get(kind)
        options = {"task": task} if task and number % 2 else {}
        found = inspected(made(tmp_path / str(number), files), "yolo", None, **options)
        assert found[-1]["kind"] in ("summary", "error")
