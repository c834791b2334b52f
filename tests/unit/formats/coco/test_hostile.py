"""Hostile and mutated COCO files: typed errors and told records only."""

import copy
import json
import random
from pathlib import Path
from typing import Any, Final

import pytest

from tests.unit.formats.coco.builders import annotation, box, category, document, image, written
from tests.unit.formats.reading import inspected, of_kind

RUNS: Final = {"counts": [10, 20, 4970], "size": [50, 100]}
SEEDS: Final = [
    document(
        [
            box(1, segmentation=[[1, 2, 30, 4, 5, 16]], attributes={"a": 1}, score=0.5),
            annotation(2, 2, 0, segmentation=RUNS, iscrowd=1),
            box(3, keypoints=[1, 2, 2, 0, 0, 0], num_keypoints=1),
            annotation(4, caption="a \u00e9\\n"),
        ],
        [image(1), image(2, coco_url="http://a/b.jpg")],
        [category(1, keypoints=["a", "b"], skeleton=[[1, 2]]), category(0, "dog", isthing=0, color=[1, 2, 3])],
        info={"year": 2017},
        licenses=[{"id": 1}],
    ),
    [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 2}, {"image_id": 1, "caption": "x"}],
    document([{"image_id": 1, "file_name": "1.png", "segments_info": [{"id": 1, "category_id": 1}]}]),
]
VALUES: Final[list[Any]] = [
    None, True, 0, -1, 1.5, 10**400, 2**63, "", "x", "\0", "\ud800", [], {}, [[]], [None], {"": 1}, [1e308] * 6,
    [1, 2, 3, 4], [[1, 2, 3, 4, 5, 6]], {"counts": [2**70], "size": [1, 1]}, "x" * 2000,
]  # fmt: skip
TOKENS: Final = [b"NaN", b"1e999", b"\xff", b"\\u0000", b"\\ud800", b'"', b"{", b"]", b",", b":", b"\0", b"-", b"[[[["]


def mutated(chance: random.Random) -> bytes:
    """Return a COCO file with members replaced or left out, and some of its bytes changed."""
    content = json.loads(json.dumps(chance.choice(SEEDS)))
    for _ in range(chance.randrange(4)):
        _change(content, chance)
    text = bytearray(json.dumps(content).encode())
    for _ in range(chance.choice([0, 0, 1, 3])):
        place = chance.randrange(len(text))
        text[place : place + chance.randrange(3)] = chance.choice(TOKENS)
    return bytes(text[: len(text) if chance.random() < 0.9 else chance.randrange(len(text))])


def _change(content: Any, chance: random.Random) -> None:
    while isinstance(content, dict | list) and content:
        key = chance.choice(list(content)) if isinstance(content, dict) else chance.randrange(len(content))
        if chance.random() < 0.4 or not isinstance(content[key], dict | list):
            if chance.random() < 0.2:
                del content[key]
            else:
                content[key] = copy.deepcopy(chance.choice(VALUES))
            return
        content = content[key]


@pytest.mark.parametrize("seed", range(8))
def test_reader_tells_or_refuses_mutated_files(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "a.json"
    for _ in range(60):
        path.write_bytes(mutated(chance))
        inspected(path, "coco")


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    found = inspected(written(tmp_path, '{"annotations": [' + "[" * 100_000), "coco")
    assert found[-1]["code"] == "too_deep"


def test_mask_of_huge_sides_is_told_before_anything_is_made_of_it(tmp_path: Path) -> None:
    side = 2**31 - 1
    mask = {"counts": [side * side], "size": [side, side]}
    found = inspected(written(tmp_path, document([annotation(segmentation=mask)])))
    assert len(of_kind(found, "not_imported")) == 1
