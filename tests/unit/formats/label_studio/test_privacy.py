"""People and signatures in the text of tasks: removed, and all else byte for byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.formats.label_studio.privacy import without_people, without_signatures

PERSON = {"id": 7, "first_name": "A", "email": "a@b.example", "meta": {"email": "org@b.example", "x": {}}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"completed_by": PERSON}, {"completed_by": 7}),
        ({"completed_by": {"email": "a@b.example"}}, {"completed_by": None}),
        (
            {"annotations": [{"completed_by": PERSON, "result": []}]},
            {"annotations": [{"completed_by": 7, "result": []}]},
        ),
        ({"reviewers": [PERSON, 8]}, {"reviewers": [7, 8]}),
        ({"created_username": " a@b.example, 7"}, {"created_username": None}),
        ({"updated_by": "a@b.example"}, {"updated_by": None}),
        ({"annotators": ["a@b.example"]}, {"annotators": [None]}),
        ({"data": {"email": "a@b.example"}}, {"data": {"email": "a@b.example"}}),
        ({"r": [{"value": {"text": ["a@b.example"]}}]}, {"r": [{"value": {"text": ["a@b.example"]}}]}),
        ({"note": "write to a@b.example please"}, {"note": "write to a@b.example please"}),
        ({"image": "a.jpg", "mail": "a@b.example"}, {"image": "a.jpg", "mail": "a@b.example"}),
        ({"annotator": "a@b.example", "x": [{"annotator": "c@b.example"}]}, {"annotator": 1, "x": [{"annotator": 2}]}),
        ({'quo"te': {"email": None, "id": "text"}}, {'quo"te': None}),
    ],
)
def test_people_become_their_numbers(before: object, after: object) -> None:
    assert json.loads(without_people(json.dumps(before).encode(), {})) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://h.example/a.jpg?X-Amz-Signature=1", "https://h.example/a.jpg"),
        ("https://h.example/a.jpg?w=1&sig=abc", "https://h.example/a.jpg"),
        ("https://h.example/a.jpg?w=1", "https://h.example/a.jpg?w=1"),
        ("/data/local-files/?d=a/b.jpg", "/data/local-files/?d=a/b.jpg"),
        ('<img src="https://h.example/a.jpg?Signature=1"> why?', '<img src="https://h.example/a.jpg"> why?'),
    ],
)
def test_queries_that_sign_are_cut_off(before: str, after: str) -> None:
    assert json.loads(without_signatures(json.dumps({"data": {"x": before}}).encode())) == {"data": {"x": after}}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_text_without_people_stays_byte_for_byte(value: object) -> None:
    text = json.dumps(value, indent=1).encode()
    assert without_people(text + b' "@"', {}) == text + b' "@"'


@given(st.binary(max_size=200))
def test_any_bytes_are_passed_on(text: bytes) -> None:
    without_people(text + b'{"email":', {})
    without_signatures(text + b"?sig=1")
