"""Removal of people and of signed queries from the text of tasks, before anything is read.

The rest of the text stays byte for byte, so that a task without either goes out as it came in. The data of a task and
the values of results are material that is labelled: addresses there stay.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

_MATERIAL: Final = frozenset({b'"data"', b'"value"'})
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]:,]', re.DOTALL)
_E_MAIL: Final = re.compile(rb'"\s*+[^"\s@\\]++@[^"\s@\\,]++\s*+(?:,\s*+\d++\s*+)?"')
"""A text that is an address alone, or an address and a number (`created_username` of old files)."""
_PERSON_KEY: Final = re.compile(rb'"(?:\w+_by|\w*annotator|\w*username|\w*reviewer|owner|author|user|email)"')
_QUERY: Final = re.compile(rb'\?(?:[^"\s<>\\?]|\\u0026|\\/)*')
_SIGNATURE: Final = re.compile(
    rb"(?i)(?:[?&;]|\\u0026)(?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|X-Goog-Signature|"
    rb"X-Goog-Credential|AWSAccessKeyId|GoogleAccessId|Signature|Key-Pair-Id|sig|token|access_token|auth|hmac)="
)


@dataclass(slots=True)
class _Level:
    """An object or a list that is open: where it begins, its last key, and whether it is material or a person."""

    start: int
    is_material: bool
    key: bytes = b""
    has_address: bool = False


def without_people(text: bytes, people: dict[bytes, int]) -> bytes:
    """Return JSON text in which a person is their number, or null where there is none.

    A person is an object with a member `email`, or a text that is an e-mail address alone. Rows of JSON_MIN may name an
    annotator by address alone: `people` numbers those in the order of their appearance.
    """
    if b"@" not in text and b'"email"' not in text:
        return text
    made, position = [], 0
    for start, end, key in sorted(_people(text)):
        if start < position:  # within a person
            continue
        made += [text[position:start], _number(text[start:end], key, people)]
        position = end
    return b"".join([*made, text[position:]])


def without_signatures(text: bytes) -> bytes:
    """Return JSON text in which addresses have lost the queries that sign them (AWS, Google Cloud, Azure)."""
    return _QUERY.sub(lambda found: b"" if _SIGNATURE.search(found[0]) else found[0], text) if b"?" in text else text


def _people(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield where people stand, with the key before them."""
    levels: list[_Level] = []
    last: re.Match[bytes] | None = None
    for token in _TOKEN.finditer(text):
        kind = token[0][:1]
        inner = levels[-1] if levels else None
        if kind in b"{[":
            is_material = inner is not None and (inner.is_material or inner.key in _MATERIAL)
            levels.append(_Level(token.start(), is_material))
        elif kind == b":" and inner is not None and last is not None:
            inner.key = last[0]
            inner.has_address |= inner.key == b'"email"'
        elif kind == b'"' and inner is not None and not inner.is_material and _E_MAIL.fullmatch(token[0]):
            if len(levels) > 1 or _PERSON_KEY.fullmatch(inner.key):
                yield token.start(), token.end(), inner.key
        elif kind in b"}]" and inner is not None:
            levels.pop()
            if inner.has_address and not inner.is_material and levels:
                yield inner.start, token.end(), levels[-1].key
        last = token if kind == b'"' else None


def _number(person: bytes, key: bytes, people: dict[bytes, int]) -> bytes:
    """Return the number of a person as JSON, or null."""
    if person.startswith(b"{"):
        try:
            number = msgspec.json.decode(person).get("id")
        except (msgspec.DecodeError, RecursionError):
            return b"null"
        return b"%d" % number if type(number) is int else b"null"
    return b"%d" % people.setdefault(person, len(people) + 1) if key == b'"annotator"' else b"null"
