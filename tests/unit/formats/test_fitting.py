"""Fitting of bodies: what comes out is always a body that the annotation model takes."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.catalog.annotations.models import ANNOTATION
from foveal.formats.base.model.fitting import Unfit, fitted
from foveal.formats.base.model.member_checks import CHECKS, MEMBERS

RIGHT: dict[str, Any] = {
    "field": "ground_truth",
    "label": "cat",
    "text": "a sentence",
    "value": 1.5,
    "support": {"first": 0, "last": 4},
    "longitude": 10.0,
    "latitude": 50.0,
    "line": [[0, 0], [1, 1]],
    "polygon": [[[0, 0], [1, 0], [1, 1], [0, 0]]],
    "bbox": [0.1, 0.1, 0.5, 0.5],
    "bbox_px": [1, 2, 3, 4],
    "rings": [[[0, 0], [1, 0], [1, 1]]],
    "holes": [[[0, 0], [1, 0], [1, 1]]],
    "keypoints": [{"name": "nose", "x": 0.5, "y": 0.5, "visibility": 2, "confidence": 0.5, "attributes": {"a": 1}}],
    "mask": {"encoding": "coco_rle", "size": [2, 2], "counts": [1, 2, 1], "area": 2},
    "map": {"dtype": "uint8", "size": [1, 1], "values": "eJxjAAAAAQAB", "range": [0, 1]},
    "ellipse": {"cx": 0.5, "cy": 0.5, "rx": 0.1, "ry": 0.1},
    "cuboid": [0.5] * 16,
    "box3d": {"location": [0, 0, 0], "dimensions": [1, 1, 1], "rotation": [0, 0, 0]},
    "track_id": "7",
    "confidence": 0.5,
    "tags": ["a"],
    "attributes": {"colour": "red", "n": [1, 2.5, True]},
    "review": {"state": "accepted", "at": "2026-01-01T00:00:00Z", "by": "x"},
    "run": {"model": "yolo", "params": {"a": 1}},
    "relations": [{"to": "x", "labels": ["y"], "direction": "both"}],
    "image_size": [4, 4],
    "coordinate_frame": "stored",
    "z_order": -3,
    "closed": True,
    "frame_index": 3,
    "logits": [0.5],
    "unknown": {"deep": [1]},
    "iscrowd": False,
    "source": "auto",
}
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=300)
    | st.just("\ud800")
    | st.just(10**400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("type_", sorted(MEMBERS))
def test_right_body_stays_as_it_is(type_: str) -> None:
    body = {"type": type_} | {name: value for name, value in RIGHT.items() if name in MEMBERS[type_]}
    assert fitted(body) == body
    ANNOTATION.validate_python(body)


def test_every_member_has_a_check() -> None:
    named = {name for members in MEMBERS.values() for name in members}
    assert named - CHECKS.keys() == {"attributes"}


@settings(max_examples=300, deadline=None)
@given(type_=st.sampled_from(sorted(MEMBERS)), data=st.data())
def test_wrong_members_move_to_extra_or_refuse_the_body(type_: str, data: st.DataObject) -> None:
    body = copy.deepcopy(RIGHT) | {"type": type_}
    for name in data.draw(st.lists(st.sampled_from(sorted(RIGHT)), min_size=1, max_size=4)):
        where: Any = body
        key: Any = name
        while isinstance(where[key], dict | list) and where[key] and data.draw(st.booleans()):
            where = where[key]
            key = data.draw(st.sampled_from(sorted(where) if isinstance(where, dict) else range(len(where))))
        where[key] = data.draw(anything)
    try:
        found = fitted(body)
    except Unfit:
        return
    ANNOTATION.validate_python(found)
