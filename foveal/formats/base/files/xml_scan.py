"""Scan of XML files of any size: elements with their own text and a path such as `/annotation/object[2]`.

XML is hostile input: entities and document type definitions are refused, and so are nesting, elements and encodings
beyond the limits below. A `<!DOCTYPE name>` that declares nothing is harmless and is skipped.
"""

import codecs
import io
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from foveal.formats.base.model.items import FormatError

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

WINDOW_BYTES: Final = 1 << 20
MAX_ELEMENT_BYTES: Final = 64 * 2**20
"""Bytes of an element that is yielded; it is held as a whole."""
MAX_DESCENDANTS: Final = 500_000
MAX_DEPTH: Final = 50
_DECLARATION: Final = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_ENCODINGS: Final = ("utf-8", "ascii", "iso8859", "cp125", "koi8")
"""Encodings in which `<`, `/` and `>` are single bytes as in ASCII, and which expat can read."""


class Element:
    """An element: its name, path, attributes, children, and its direct text without white space around it.

    The path counts siblings of the same name from 1 (XPath), so that it leads to the same element again.
    """

    __slots__ = ("_document", "_end", "_start", "attributes", "children", "name", "path", "text")

    def __init__(self, name: str, path: str, attributes: Mapping[str, str], document: "_Document", start: int) -> None:
        self.name, self.path, self.attributes = name, path, attributes
        self.children: list[Element] = []
        self.text = ""
        self._document, self._start, self._end = document, start, start

    @property
    def end(self) -> int:
        """Byte of the file behind the element."""
        return self._end

    def close(self, end: int) -> None:
        """Set the byte behind the element."""
        self._end = end

    @property
    def record(self) -> str:
        """Text of the element in the file, from its start tag to its end tag."""
        return self._document.text(self._start, self._end)

    @property
    def offset(self) -> int:
        """Byte of the file at which the element begins."""
        return self._start

    def all(self, name: str) -> list["Element"]:
        """Return the children of a name, in their order."""
        return [each for each in self.children if each.name == name]

    def find(self, name: str) -> "Element | None":
        """Return the first child of a name, or None."""
        return next((each for each in self.children if each.name == name), None)

    def value(self, name: str) -> str | None:
        """Return the text of the first child of a name, or None where there is no such child."""
        found = self.find(name)
        return None if found is None else found.text


def scan(stream: BinaryIO) -> Iterator[Element]:
    """Yield the children of the root element one after another; only one of them is held at a time.

    Raises FormatError (`not_xml`, `unsafe_xml`, `too_deep`, `record_too_large`, `unknown_encoding`) with the line.
    """
    yield from _Scanner(level=1).elements(stream)


def parse(content: bytes) -> Element:
    """Return the root element of a document with all that it holds. Raises FormatError as `scan`."""
    return next(_Scanner(level=0).elements(io.BytesIO(content)))


def encoding_of(content: bytes) -> str:
    """Return the encoding that the first bytes of a document declare, UTF-8 where they do not.

    Raises FormatError (`unknown_encoding`).
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content[:4]:
        raise FormatError("unknown_encoding", "The XML is in UTF-16 or UTF-32: save it as UTF-8 and try again.")
    declared = _DECLARATION.match(content)
    name = declared[1].decode() if declared else "utf-8"
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = ""
    if not known.startswith(_ENCODINGS):
        raise FormatError("unknown_encoding", f"The XML is in the encoding {name}: save it as UTF-8 and try again.")
    return known


def decoded(content: bytes) -> str:
    """Return the text of a document, a byte order mark kept: `encoded` makes the same bytes of it.

    Raises FormatError (`unknown_encoding`, `not_utf8`).
    """
    encoding = encoding_of(content)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FormatError("not_utf8", f"The XML is not {encoding} at byte {error.start}, as it says.") from error


def encoded(text: str) -> bytes:
    """Return the bytes of the text of a document, in the encoding that it declares."""
    return text.encode(encoding_of(text[:300].encode()))


class _Document:
    """The bytes of the element that is held, by their place in the file."""

    __slots__ = ("base", "content", "encoding")

    def __init__(self, encoding: str) -> None:
        self.base, self.content, self.encoding = 0, b"", encoding

    def text(self, start: int, end: int) -> str:
        return self.content[start - self.base : end - self.base].decode(self.encoding)


class _Scanner:
    """Handlers of expat that build the elements from `level` on; the root has level 0."""

    def __init__(self, level: int) -> None:
        self._level = level
        self._buffer, self._base = bytearray(), 0
        self._names: list[str] = []
        self._siblings: list[dict[str, int]] = [{}]
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._done: list[Element] = []
        self._descendants = 0
        self._document = _Document("utf-8")
        parser: XMLParserType = cast("Any", DefusedXMLParser()).parser
        parser.buffer_text, parser.ordered_attributes, parser.specified_attributes = True, False, False
        parser.DefaultHandlerExpand = parser.CommentHandler = parser.ProcessingInstructionHandler = None
        parser.StartDoctypeDeclHandler = _refuse_definitions
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        self._parser = parser

    def elements(self, stream: BinaryIO) -> Iterator[Element]:
        block = stream.read(WINDOW_BYTES)
        encoding = encoding_of(block)
        while block:
            self._document.encoding = encoding
            self._feed(block, is_last=False)
            yield from self._taken()
            block = stream.read(max(WINDOW_BYTES, len(self._buffer)))
        self._feed(b"", is_last=True)
        yield from self._taken()

    def _feed(self, block: bytes, *, is_last: bool) -> None:
        self._buffer += block
        try:
            self._parser.Parse(block, is_last)
        except DefusedXmlException as error:
            raise self._error("unsafe_xml", "entities are refused: take them out, and try again") from error
        except ExpatError as error:
            raise FormatError("not_xml", f"The file is not XML: {error}.") from error
        except (LookupError, ValueError) as error:  # of expat's own look at the declaration
            raise FormatError("unknown_encoding", "The encoding of the XML is not known: save it as UTF-8.") from error

    def _taken(self) -> Iterator[Element]:
        """Yield the elements that are complete, and forget the bytes before the one that is not."""
        done, self._done = self._done, []
        yield from done
        keep = self._open[0].offset if self._open else self._parser.CurrentByteIndex
        if keep - self._base > 0:
            del self._buffer[: keep - self._base]
            self._base = keep
        if len(self._buffer) > MAX_ELEMENT_BYTES:
            raise self._error("record_too_large", f"an element is larger than {MAX_ELEMENT_BYTES} bytes")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        depth = len(self._names)
        if depth >= MAX_DEPTH:
            raise self._error("too_deep", f"elements nest deeper than {MAX_DEPTH}")
        name = name.rpartition("}")[2]
        siblings = self._siblings[-1]
        siblings[name] = siblings.get(name, 0) + 1
        self._names.append(f"{name}[{siblings[name]}]" if depth else name)
        self._siblings.append({})
        if depth < self._level:
            return
        plain = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        if depth == self._level:
            self._document = _Document(self._document.encoding)
            self._descendants = 0
            path = "/" + "/".join(self._names)
        else:
            path = f"{self._open[-1].path}/{self._names[-1]}"
        element = Element(name, path, plain, self._document, self._parser.CurrentByteIndex)
        if self._open:
            self._open[-1].children.append(element)
            self._descendants += 1
            if self._descendants > MAX_DESCENDANTS:
                raise self._error("record_too_large", f"an element holds more than {MAX_DESCENDANTS} others")
        self._open.append(element)
        self._texts.append([])

    def _data(self, text: str) -> None:
        if self._texts and (self._texts[-1] or not text.isspace()):
            self._texts[-1].append(text)

    def _end(self, _name: str) -> None:
        self._names.pop()
        self._siblings.pop()
        if not self._open:
            return
        element = self._open.pop()
        element.text = "".join(self._texts.pop()).strip()
        element.close(self._end_of(element))
        if not self._open:
            first, last = element.offset - self._base, element.end - self._base
            self._document.base, self._document.content = element.offset, bytes(self._buffer[first:last])
            self._done.append(element)

    def _end_of(self, element: Element) -> int:
        """Return the byte behind an element: expat stands before its end tag, or behind an empty-element tag."""
        here = self._parser.CurrentByteIndex - self._base
        if not element.children and self._buffer[here - 2 : here] == b"/>":
            return here + self._base
        return self._buffer.index(b">", here) + 1 + self._base

    def _error(self, code: str, message: str) -> FormatError:
        return FormatError(code, f"Line {self._parser.CurrentLineNumber} of the XML: {message}.")


def _refuse_definitions(name: str, system_id: str | None, public_id: str | None, has_subset: bool | int) -> None:
    """Refuse a document type that defines something, or that names a file which does."""
    if system_id or public_id or has_subset:
        raise FormatError(
            "unsafe_xml", f"The XML has a document type definition (<!DOCTYPE {name} ...>): take it out, and try again."
        )
