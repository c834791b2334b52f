"""Kinds of change between two states of an annotation."""

from typing import Any

import pytest

from foveal.database.documents import AnnotationFields
from foveal.datasets.tree.annotation_changes import KINDS, kinds_of_change

BEFORE = {"_id": "1", "revision": 1, "label": "cat", "bbox": [0, 0, 1, 1], "attributes": {"a": 1}, "updated_at": 1}


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, []),
        ({"revision": 2, "updated_at": 2}, []),
        ({"bbox": [0.0, -0.0, 1, 1.0]}, []),
        ({"bbox": [0, 0, 1, 0.5]}, ["geometry"]),
        ({"label": "dog", "bbox": [0, 0, 1, 0.5]}, ["geometry", "label"]),
        ({"attributes": {}}, ["attributes"]),
        ({"occluded": True}, ["attributes"]),
        ({"confidence": 0.5}, ["other"]),
    ],
)
def test_kinds_of_change_are_those_of_the_members_that_differ(changes: dict[str, Any], kinds: list[str]) -> None:
    assert kinds_of_change(BEFORE, BEFORE | changes) == kinds


def test_kinds_of_change_name_members_of_annotations() -> None:
    assert frozenset().union(*KINDS.values()) <= AnnotationFields.__annotations__.keys()
