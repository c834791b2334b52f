"""Scan of JSON: every element with its place and text, in any window."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.formats.base.files import json_scan
from foveal.formats.base.files.json_scan import scan
from foveal.formats.base.model.items import FormatError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5) | st.lists(VALUES, max_size=5), st.integers(1, 64), st.booleans())
def test_scan_finds_every_element_where_it_stands(document: Any, window: int, is_spaced: bool) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1 if is_spaced else None).encode()
    original = json_scan.WINDOW_BYTES
    try:
        json_scan.WINDOW_BYTES = window  # type: ignore[misc]
        found = list(scan(io.BytesIO(text)))
    finally:
        json_scan.WINDOW_BYTES = original  # type: ignore[misc]
    assert all(text[each.offset : each.offset + len(each.raw)] == each.raw for each in found)
    expected: list[tuple[str, int | None, Any]] = []
    for section, value in document.items() if isinstance(document, dict) else [("", document)]:
        if isinstance(value, list):
            expected += [(section, index, element) for index, element in enumerate(value)]
        else:
            expected.append((section, None, value))
    assert [(each.section, each.index, json.loads(each.raw)) for each in found] == expected


@pytest.mark.parametrize("text", ["", "{", "[1", "[1,", '{"a"', '{"a":', '{"a":"b', "[1]2", "nope", '{"a" 1}', "{1:2}"])
def test_scan_refuses_text_that_is_not_json_with_its_place(text: str) -> None:
    with pytest.raises(FormatError, match="byte"):
        list(scan(io.BytesIO(text.encode())))


def test_scan_refuses_nesting_without_end() -> None:
    with pytest.raises(FormatError) as caught:
        list(scan(io.BytesIO(b"[" * 1000)))
    assert caught.value.code == "too_deep"


def test_scan_refuses_a_name_with_half_of_a_surrogate_pair() -> None:
    with pytest.raises(FormatError) as caught:
        list(scan(io.BytesIO(b'{"\\ud800": 1}')))
    assert caught.value.code == "not_json"
