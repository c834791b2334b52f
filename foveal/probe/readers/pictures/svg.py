"""SVG: size from the root element. The file is never parsed as XML, expanded or rendered."""

from __future__ import annotations

import re
from html import unescape
from math import isfinite

from foveal.probe.errors import active_content, hostile, malformed, truncated
from foveal.probe.facts import Facts
from foveal.probe.picture_size import set_size
from foveal.probe.window import Window

_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6}
_LENGTH = re.compile(r"\s*\+?(\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(?:e([+-]?\d{1,2}))?\s*([a-zA-Z]{0,2})\s*\Z")
_NUMBER = re.compile(r"[+-]?(?:\d{1,12}\.?\d{0,12}|\.\d{1,12})(?:e[+-]?\d{1,2})?")
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[[^\]]*\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,60}:)?svg(?=[\s/>])")
_ATTRIBUTE = re.compile(r"""\s+([A-Za-z_:][\w:.-]{0,100})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_CLOSING = re.compile(r"\s*(/?)>")
_ACTIVE = re.compile(
    r"<(?:[\w.-]{1,60}:)?(?:script|iframe|frame|object|embed|applet|handler|listener|form|input|button|base|meta)(?![\w-])"
    r"|[\s\"'/]on[a-z]{3,30}\s*=\s*[\"']|\battributeName\s*=\s*[\"']\s*on[a-z]{3,30}\b"
    r"|" + r"\s*".join("javascript:") + r"|vbscript:|data:\s*text/html|<\?xml-stylesheet[^>]{0,400}xsl",
    re.IGNORECASE,
)
_ENCODING = re.compile(r"<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']([^\"'>]{1,60})", re.IGNORECASE)
_READABLE_ENCODING = re.compile(
    r"utf-?(?:8|16(?:[bl]e)?)|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?1|(?:windows|cp)-?125\d|koi8-[ru]|macintosh"
    r"|shift[_-]?jis|euc-(?:jp|kr)|big5|gb2312|gbk|gb18030",
    re.IGNORECASE,
)
"""Encodings in which a character of markup is always the byte of ASCII. In others, as ISO-2022-JP or UTF-7, bytes that
do not look like a tag become one when the document is opened."""
_END = re.compile(r"</(?:[\w.-]{1,60}:)?svg\s*>\Z")
_DECLARATION = re.compile(r"<!(?:ENTITY|ELEMENT|ATTLIST|NOTATION)\b", re.IGNORECASE)
_PLAIN_ENTITY = re.compile(r"""<!ENTITY\s+([A-Za-z_][\w.-]{0,63})\s+(?:"([^"&%<]{0,1000})"|'([^'&%<]{0,1000})')\s*>""")
_REFERENCE = re.compile(r"&([A-Za-z_][\w.-]{0,63});")
_MAX_TEXT = 4 * 1024 * 1024


def read(window: Window, facts: Facts) -> None:
    """Read the size in CSS pixels.

    Raises ProbeError: `active_content` for script, event handlers and elements of pages, `hostile` for entities that
    are not plain text and for encodings that can hide markup, `malformed` for a root element that is not well formed
    or states no size. References to other documents are accepted: decision 84.
    """
    facts.set_kind("image", "svg", "image/svg+xml")
    text = _text(window.read(0, window.size))
    encoding = _ENCODING.match(text)
    if encoding and not _READABLE_ENCODING.fullmatch(encoding[1]):
        raise hostile(f"the encoding {encoding[1][:40]} can hide markup")
    text = _expand(text)
    active = _ACTIVE.search(text) or ("&" in text and _ACTIVE.search(unescape(text)))
    if active:
        raise active_content(f"script ({active[0].strip()[:40].lower()})")
    attributes, root_end = _read_root(text)
    width, height = _size(attributes)
    set_size(facts, max(1, round(width)), max(1, round(height)))
    end = _end_of_root(text)
    if end != root_end and not _END.search(text[max(0, end - 200) : end]):
        raise truncated("its root element is not closed")


def _text(data: bytes) -> str:
    """Decode the text, one character per byte for supersets of ASCII: all searched text is ASCII."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").removeprefix("\ufeff")
    return data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _expand(text: str) -> str:
    """Replace references to entities of the document itself, which Illustrator declares for names of namespaces.

    Raises ProbeError (`hostile`) for any other declaration: external or parameter entities, entities with references
    or markup, element types, attribute lists; and for a text that is longer than any drawing when expanded.
    """
    declared = len(_DECLARATION.findall(text))
    if not declared:
        return text
    entities = {found[1]: found[2] or found[3] or "" for found in _PLAIN_ENTITY.finditer(text)}
    if declared != len(entities):
        raise hostile("it declares entities that are not plain text")
    length = len(text) + sum(len(entities.get(found[1], "")) for found in _REFERENCE.finditer(text))
    if length > _MAX_TEXT:
        raise hostile(f"its entities expand to {length} characters")
    return _REFERENCE.sub(lambda found: entities.get(found[1], found[0]), _PLAIN_ENTITY.sub("", text))


def _end_of_root(text: str) -> int:
    """Return the end of the text without the white space and comments after the root element."""
    end = len(text)
    while True:
        while end and text[end - 1] in "\0 \t\r\n":
            end -= 1
        begin = text.rfind("<!--", 0, end) if text.endswith("-->", 0, end) else -1
        if begin < 0:
            return end
        end = begin


def _read_root(text: str) -> tuple[dict[str, str], int | None]:
    """Return the attributes of the root element, and its end if it is self-closing."""
    at = 0
    while found := _PROLOG.match(text, at):
        at = found.end()
    root = _ROOT.match(text, at)
    if root is None:
        raise malformed("its root element is not svg")
    at = root.end()
    attributes: dict[str, str] = {}
    while found := _ATTRIBUTE.match(text, at):
        attributes[found[1]] = found[2] if found[2] is not None else found[3]
        at = found.end()
    closing = _CLOSING.match(text, at)
    if closing is None:
        raise malformed("a root element that is not well formed")
    return attributes, closing.end() if closing[1] else None


def _size(attributes: dict[str, str]) -> tuple[float, float]:
    """Return width and height: absolute lengths, else by the aspect of the viewBox (CSS Images 3, 5.3)."""
    width, height = _pixels(attributes.get("width")), _pixels(attributes.get("height"))
    box = [float(part) for part in _NUMBER.findall(attributes.get("viewBox", "")[:200])]
    if width and height:
        return width, height
    if len(box) != 4 or box[2] <= 0 or box[3] <= 0 or not all(map(isfinite, box)):
        raise malformed("no size: neither absolute width and height nor a viewBox")
    if width:
        return width, width * box[3] / box[2]
    if height:
        return height * box[2] / box[3], height
    return box[2], box[3]


def _pixels(value: str | None) -> float | None:
    found = _LENGTH.match(value or "")
    scale = _PIXELS.get(found[3].lower()) if found else None
    if found is None or scale is None:
        return None
    pixels = float(f"{found[1]}e{found[2] or 0}") * scale
    return pixels if 0 < pixels < 2**53 else None
