"""Scan of large JSON files: the elements of the arrays at the top, one after another, with their place and text.

A file of any size is read in a window; only one element is held at a time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from foveal.formats.base.model.items import FormatError

WINDOW_BYTES: Final = 1 << 20
MAX_ELEMENT_BYTES: Final = 64 * 2**20
MAX_DEPTH: Final = 100
_QUOTE: Final = ord('"')
_SPACE: Final = b" \t\r\n"
_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*("?)|[{}\[\]]', re.DOTALL)
"""A whole string (its group holds the closing quote), the rest of the window where a string goes on, or a bracket."""
_END_OF_SCALAR: Final = re.compile(rb"[,\]}\s]")


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the array `section` (or the value of the member `section`, with index None), as it stands.

    In a file that is one array `section` is empty. `offset` counts bytes from the beginning of the file.
    """

    section: str
    index: int | None
    offset: int
    raw: bytes

    @property
    def pointer(self) -> str:
        """JSON pointer (RFC 6901) of the element."""
        section = self.section.replace("~", "~0").replace("/", "~1")
        return ("/" + section if self.section else "") + ("" if self.index is None else f"/{self.index}")


def scan(stream: BinaryIO, members: list[str] | None = None) -> Iterator[Element]:
    """Yield the elements of the arrays that are members of the top object, and its other members whole.

    `members` collects the names of all members of the top object, also of arrays that are empty.
    Raises FormatError (`not_json`, `truncated_json`, `too_deep`, `record_too_large`) with the byte.
    """
    window = _Window(stream)
    window.skip(b"\xef\xbb\xbf")
    match window.peek():
        case b"[":
            yield from _elements(window, "")
        case b"{":
            window.take(1)
            is_first = True
            while window.peek() != b"}":
                if not is_first:
                    window.expect(b",")
                is_first = False
                key = window.value()
                if not key.startswith(b'"'):
                    raise window.error("a name in quotes was expected")
                window.expect(b":")
                section = _text(key, window)
                if members is not None:
                    members.append(section)
                if window.peek() == b"[":
                    yield from _elements(window, section)
                else:
                    window.peek()
                    offset = window.offset
                    yield Element(section, None, offset, window.value())
            window.take(1)
        case _:
            raise window.error("an object or an array was expected")
    if window.peek():
        raise window.error("the end of the file was expected")


def _elements(window: "_Window", section: str) -> Iterator[Element]:
    window.take(1)
    index = 0
    while window.peek() != b"]":
        if index:
            window.expect(b",")
        window.peek()
        offset = window.offset
        yield Element(section, index, offset, window.value())
        index += 1
    window.take(1)


def _text(raw: bytes, window: "_Window") -> str:
    import json

    try:
        text: str = json.loads(raw)
        text.encode()  # fails for half of a surrogate pair
    except ValueError as error:
        raise window.error("a name is broken") from error
    return text


class _Window:
    """A window over the bytes of a stream, from the position reached on."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._buffer, self._start, self._position = stream, b"", 0, 0
        self._is_complete = False

    @property
    def offset(self) -> int:
        return self._start + self._position

    def error(self, message: str) -> FormatError:
        if self._is_complete and self._position >= len(self._buffer):
            return FormatError("truncated_json", f"The file ends at byte {self.offset}, before its JSON does.")
        return FormatError("not_json", f"The file is not JSON at byte {self.offset}: {message}.")

    def skip(self, mark: bytes) -> None:
        self._fill(len(mark))
        if self._buffer.startswith(mark, self._position):
            self._position += len(mark)

    def peek(self) -> bytes:
        """Return the next byte that is no white space, at which the window then stands; empty at the end."""
        while True:
            buffer, position = self._buffer, self._position
            while position < len(buffer) and buffer[position] in _SPACE:
                position += 1
            self._position = position
            if position < len(buffer):
                return buffer[position : position + 1]
            if not self._more():
                return b""

    def take(self, count: int) -> None:
        self._position += count

    def expect(self, mark: bytes) -> None:
        if self.peek() != mark:
            raise self.error(f"{mark.decode()!r} was expected")
        self._position += 1

    def value(self) -> bytes:
        """Return the JSON value at which the window stands, and go behind it."""
        first = self.peek()
        if first in (b"{", b"[", b'"'):
            return self._cut(self._nested_end())
        return self._cut(self._scalar_end())

    def _nested_end(self) -> int:
        depth, position = 0, self._position
        while True:
            for token in _TOKEN.finditer(self._buffer, position):
                kind = self._buffer[token.start()]
                if kind == _QUOTE and not token[1]:
                    break
                if kind in b"{[":
                    depth += 1
                    if depth > MAX_DEPTH:
                        raise FormatError("too_deep", f"JSON nests deeper than {MAX_DEPTH} at byte {self.offset}.")
                elif kind in b"}]":
                    depth -= 1
                if depth <= 0:
                    return token.end()
                position = token.end()
            done = position - self._position
            if not self._more():
                self._position = len(self._buffer)
                raise self.error("the value does not end")
            position = self._position + done

    def _scalar_end(self) -> int:
        while True:
            found = _END_OF_SCALAR.search(self._buffer, self._position)
            if found:
                if found.start() == self._position:
                    raise self.error("a value was expected")
                return found.start()
            if not self._more():
                if self._position == len(self._buffer):
                    raise self.error("a value was expected")
                return len(self._buffer)

    def _cut(self, end: int) -> bytes:
        raw = self._buffer[self._position : end]
        self._position = end
        return raw

    def _fill(self, count: int) -> None:
        while len(self._buffer) - self._position < count and self._more():
            pass

    def _more(self) -> bool:
        """Read on, dropping what lies behind; False at the end of the stream."""
        if len(self._buffer) - self._position > MAX_ELEMENT_BYTES:
            raise FormatError(
                "record_too_large", f"A record at byte {self.offset} is larger than {MAX_ELEMENT_BYTES} bytes."
            )
        wanted = max(WINDOW_BYTES, len(self._buffer) - self._position)
        block = self._stream.read(wanted)
        if not block:
            self._is_complete = True
            return False
        self._buffer = self._buffer[self._position :] + block
        self._start += self._position
        self._position = 0
        return True
