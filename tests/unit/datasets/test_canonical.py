"""Canonical JSON of hashes, against the examples of RFC 8785 and its appendix B."""

import hashlib
import json
import random
import struct
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from foveal.datasets.tree.canonical import NotCanonicalError, annotation_hash, canonical

APPENDIX_B = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
"""IEEE 754 doubles and their form (RFC 8785, appendix B)."""

ANNOTATION: dict[str, Any] = {
    "_id": "a1",
    "project": "zoo",
    "asset_id": "0199f3a2-5c00-7abc-8def-0123456789ab",
    "type": "detection",
    "field": "ground_truth",
    "label": "peacock",
    "bbox": [0.25, 0.5, 0.125, 1e-7],
    "bbox_px": [160, 240.0, 80, -0.0],
    "attributes": {"\u20ac": 9007199254740993, "a": True, "\U0001f600": None},
    "revision": 3,
    "created_at": datetime(2026, 10, 31, tzinfo=UTC),
}
CANONICAL = (
    '{"attributes":{"a":true,"\u20ac":"9007199254740993","\U0001f600":null},"bbox":[0.25,0.5,0.125,1e-7],'
    '"bbox_px":[160,240,80,0],"field":"ground_truth","label":"peacock","type":"detection"}'
)
ANNOTATION_SHA256 = "e17312549d5d212f4ed4f6b3f92b897b339e3f0b4c72a2d5b0be30daf6207985"


@pytest.mark.parametrize(("bits", "expected"), APPENDIX_B.items())
def test_canonical_number_is_that_of_the_rfc(bits: str, expected: str) -> None:
    assert canonical(struct.unpack(">d", bytes.fromhex(bits))[0]).decode() == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), "\ud800", {"a": [float("nan")]}, {1, 2}])
def test_canonical_form_is_refused_when_json_has_none(value: Any) -> None:
    with pytest.raises(NotCanonicalError):
        canonical(value)


def test_canonical_members_are_sorted_by_utf_16() -> None:
    """The example of RFC 8785, section 3.2.3."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    assert list(json.loads(canonical(dict.fromkeys(keys, 0)))) == [
        *("\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33")
    ]


def test_canonical_integer_is_text_when_no_double_holds_it() -> None:
    assert canonical([2**53 - 1, 2**53, -(2**53), 10**30, {"a": 2**64}]) == (
        b'[9007199254740991,"9007199254740992","-9007199254740992","1000000000000000000000000000000",'
        b'{"a":"18446744073709551616"}]'
    )


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | FLOATS | TEXTS,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(TEXTS, each, max_size=4),
)


@given(JSON)
def test_canonical_form_is_that_of_the_reference_package(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(FLOATS | st.integers(-(2**70), 2**70).map(float))
def test_canonical_number_is_read_back_as_the_same_double(value: float) -> None:
    assert float(canonical(value)) == value
    assert canonical(value) == rfc8785.dumps(value)


def test_annotation_hash_is_fixed() -> None:
    assert annotation_hash(ANNOTATION) == ANNOTATION_SHA256
    assert hashlib.sha256(b"foveal annotation 1\0" + CANONICAL.encode()).hexdigest() == ANNOTATION_SHA256


@pytest.mark.parametrize("name", ["_id", "project", "revision", "created_at", "updated_by", "change"])
def test_annotation_hash_leaves_out_ids_times_and_authors(name: str) -> None:
    assert annotation_hash(ANNOTATION | {name: "other"}) == ANNOTATION_SHA256


@pytest.mark.parametrize("name", ["label", "bbox", "attributes", "field", "confidence", "extra", "origin"])
def test_annotation_hash_covers_content(name: str) -> None:
    assert annotation_hash(ANNOTATION | {name: "other"}) != ANNOTATION_SHA256


@given(st.randoms(use_true_random=False))
def test_annotation_hash_does_not_depend_on_the_order_of_members(source: random.Random) -> None:
    items = list(ANNOTATION.items())
    source.shuffle(items)
    assert annotation_hash(dict(items)) == ANNOTATION_SHA256
