"""Scan of XML: elements with their own text in any window; XML that is hostile."""

import io
import random
import time
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.formats.base.files import xml_scan
from foveal.formats.base.files.xml_scan import Element, decoded, encoded, parse, scan
from foveal.formats.base.model.items import FormatError

NAMES = st.sampled_from(["a", "b", "object", "été"])
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=5)


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> str:
    name, text = draw(NAMES), escape(draw(TEXTS), {'"': "&quot;"})
    attributes = f' k="{text}"' if draw(st.booleans()) else ""
    children = draw(st.lists(elements(depth + 1), max_size=3)) if depth < 3 else []
    if not children and draw(st.booleans()):
        return f"<{name}{attributes}/>"
    between = draw(st.sampled_from(["", "\n ", "<!-- > /> -->", "<?p /?>"]))
    return f"<{name}{attributes}>{text}{between.join(['', *children, ''])}</{name} >"


@given(st.lists(elements(), max_size=4), st.integers(1, 64))
def test_scan_finds_every_element_with_its_text(children: list[str], window: int) -> None:
    document = f"<?xml version='1.0'?>\n<!-- x --><root>{' '.join(children)}</root>\n".encode()
    original = xml_scan.WINDOW_BYTES
    try:
        xml_scan.WINDOW_BYTES = window  # type: ignore[misc]
        found = list(scan(io.BytesIO(document)))
    finally:
        xml_scan.WINDOW_BYTES = original  # type: ignore[misc]
    assert [each.record for each in found] == children
    assert all(document[each.offset : each.end].decode() == each.record for each in found)
    for each in _all(parse(document)):
        assert parse(each.record.encode()).text == each.text


def _all(element: Element) -> list[Element]:
    return [element, *(below for child in element.children for below in _all(child))]


def test_element_has_a_path_that_counts_its_siblings() -> None:
    root = parse(b"<r x='1'><a/><b>\n t &lt; </b><a><c/><c/></a></r>")
    assert [each.path for each in _all(root)] == ["/r", "/r/a[1]", "/r/b[1]", "/r/a[2]", "/r/a[2]/c[1]", "/r/a[2]/c[2]"]
    assert (root.value("b"), root.value("z"), root.attributes) == ("t <", None, {"x": "1"})
    assert [each.path for each in scan(io.BytesIO(b"<r><a/><b/><a/></r>"))] == ["/r/a[1]", "/r/b[1]", "/r/a[2]"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_xml"),
        (b"<a>", "not_xml"),
        (b"<a></b>", "not_xml"),
        (b"<a>\xff</a>", "not_xml"),
        (b"<a>&x;</a>", "not_xml"),
        (b"<!DOCTYPE a><a>&x;</a>", "not_xml"),
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "unsafe_xml"),
        (b"<!DOCTYPE a [<!ENTITY % x SYSTEM 'file:///etc/passwd'> %x;]><a/>", "unsafe_xml"),
        (b"<!DOCTYPE a SYSTEM 'http://example.com/a.dtd'><a/>", "unsafe_xml"),
        (b"<!DOCTYPE a PUBLIC 'a' 'b'><a/>", "unsafe_xml"),
        (b"<!DOCTYPE a []><a/>", "unsafe_xml"),
        (b"<a>" * 100 + b"</a>" * 100, "too_deep"),
        (b"<?xml version='1.0' encoding='utf-7'?><a/>", "unknown_encoding"),
        (b"<?xml version='1.0' encoding='big5'?><a/>", "unknown_encoding"),
        ("<a/>".encode("utf-16"), "unknown_encoding"),
    ],
)
def test_xml_is_refused_when_it_is_broken_or_hostile(content: bytes, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse(content)
    assert caught.value.code == code


def test_document_type_that_declares_nothing_is_skipped() -> None:
    assert parse(b"<!DOCTYPE boost_serialization>\n<boost_serialization/>").name == "boost_serialization"


def test_element_is_refused_when_it_is_larger_than_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_scan, "MAX_DESCENDANTS", 10)
    monkeypatch.setattr(xml_scan, "MAX_ELEMENT_BYTES", 1000)
    monkeypatch.setattr(xml_scan, "WINDOW_BYTES", 100)
    many, large = b"<r><a>" + b"<b/>" * 11 + b"</a></r>", b"<r><a>" + b"x" * 2000 + b"</a></r>"
    for content in (many, large):
        with pytest.raises(FormatError) as caught:
            list(scan(io.BytesIO(content)))
        assert caught.value.code == "record_too_large"
    assert len(list(scan(io.BytesIO(b"<r>" + b"<a><b/></a>" * 1000 + b"</r>")))) == 1000


def test_document_keeps_its_bytes_when_it_declares_another_encoding() -> None:
    for content in (
        "<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>".encode("latin-1"),
        b"\xef\xbb\xbf" + "<a>é</a>".encode(),
    ):
        assert parse(content).record == "<a>é</a>"
        assert encoded(decoded(content)) == content


def test_mutated_xml_gives_only_format_errors() -> None:
    seeds = [b"<?xml version='1.0'?><r a='1'><object k='v'><name>x</name><!-- c --></object><a/><![CDATA[q]]></r>"]
    randomness = random.Random(1)
    for _ in range(500):
        content = bytearray(randomness.choice(seeds))
        for _ in range(randomness.randint(1, 4)):
            content[randomness.randrange(len(content))] = randomness.choice(b"<>/&;'\"=! ax\x00\xff[]?-")
        try:
            for each in _all(parse(bytes(content))):
                assert each.record
        except FormatError:
            continue


def test_scan_of_a_large_element_takes_linear_time() -> None:
    started = time.process_time()
    numbers = b"1,2," * 4_000_000
    found = list(scan(io.BytesIO(b"<r><a k='" + numbers + b"'/><b>" + numbers + b"</b></r>")))
    assert [len(found[0].attributes["k"]), len(found[1].text)] == [16_000_000, 16_000_000]
    assert time.process_time() - started < 5


@pytest.mark.parametrize("name", ["x" * 300, "utf-8" + " " * 40 + "x", "big5"])
def test_encoding_that_expat_does_not_know_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match=r"UTF-8|not XML"):
        list(scan(io.BytesIO(f'<?xml version="1.0" encoding="{name}"?><a><b/></a>'.encode())))
