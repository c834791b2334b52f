import re
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.delivery.disposition import MAX_NAME_CHARACTERS, content_disposition, is_shown_inline

SCALARS = st.characters(exclude_categories=["Cs"])


def read_as_rfc_6266(value: str) -> str:
    """The file name as a user agent reads it: `filename*` wins over `filename` (RFC 6266, section 4.3)."""
    extended = re.search(r"filename\*=UTF-8''([!#$&+.^_`|~0-9A-Za-z%-]+)\Z", value)
    if extended:
        return unquote_to_bytes(extended[1]).decode()
    plain = re.search(r'filename="([^"\\]*)"\Z', value)
    assert plain is not None
    return plain[1]


@given(st.text(SCALARS, min_size=1, max_size=MAX_NAME_CHARACTERS))
def test_file_name_of_any_text_comes_back_exactly(name: str) -> None:
    value = content_disposition(name)
    assert read_as_rfc_6266(value) == name
    assert all(" " <= each <= "~" for each in value)


@pytest.mark.parametrize(
    "name", ['a"; filename=evil.html', "a\r\nSet-Cookie: x=1", "a\\", "..%2Fetc", "\u202egpj.exe", "a;b"]
)
def test_file_name_cannot_end_its_parameter_or_header(name: str) -> None:
    value = content_disposition(name)
    assert read_as_rfc_6266(value) == name
    assert value.count('"') == 2
    assert "\r" not in value
    assert "\n" not in value


def test_extension_stays_when_the_file_name_is_too_long() -> None:
    assert read_as_rfc_6266(content_disposition("é" * 400 + ".jpeg")) == "é" * (MAX_NAME_CHARACTERS - 5) + ".jpeg"
    assert read_as_rfc_6266(content_disposition("é" * 400)) == "é" * MAX_NAME_CHARACTERS


def test_disposition_is_the_kind_alone_when_there_is_no_file_name() -> None:
    assert content_disposition(None) == "attachment"
    assert content_disposition("a.jpg", is_attachment=False) == 'inline; filename="a.jpg"'


@pytest.mark.parametrize(
    "mime_type", ["image/svg+xml", "text/html", "application/xhtml+xml", "application/pdf", "", None]
)
def test_type_is_not_inline_when_a_browser_could_execute_it(mime_type: str | None) -> None:
    assert not is_shown_inline(mime_type)
