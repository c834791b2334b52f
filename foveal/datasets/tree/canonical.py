"""Canonical JSON (RFC 8785) and SHA-256 with domain tags: the hashes of data set versions.

The same values give the same bytes on every machine, in every order of members and in every version of Python: -0 is
0, NaN and infinities are refused, and an integer beyond 2^53 - 1, which no double holds, is hashed as its decimal text.
A tag before the bytes keeps hashes of different kinds apart, as RFC 6962 (section 2.1) does for leaves and nodes.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any, Final

import rfc8785

from foveal.encoding.instants import timestamp

MAX_SAFE_INTEGER: Final = 2**53 - 1
ANNOTATION_TAG: Final = b"foveal annotation 1\0"
UNHASHED: Final = frozenset(
    {
        *("_id", "annotation_id", "project", "asset_id", "revision", "change", "schema_version", "relative_to"),
        *("created_at", "created_by", "updated_at", "updated_by", "deleted_at", "bbox_area"),
        *("annotator", "tool", "lead_time_seconds", "review"),
    }
)
"""Members of an annotation outside its content: ids, times, authors, and what follows from other members."""


class NotCanonicalError(ValueError):
    """A value without a canonical JSON form: NaN, an infinity, a lone surrogate, a type that is not JSON's."""


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 form of a value of JSON's types and instants. Raises NotCanonicalError.

    What nearly all values consist of is written here, four times as fast as by `rfc8785`, which writes the rest.
    """
    try:
        return _text(value).encode()
    except _Unusual:
        pass
    except UnicodeEncodeError as error:
        raise NotCanonicalError(f"a text holds a lone surrogate: {error.reason}") from None
    try:
        return rfc8785.dumps(_within_domain(value))
    except rfc8785.CanonicalizationError as error:
        raise NotCanonicalError(str(error)) from None


def tagged_hash(tag: bytes, *parts: bytes) -> str:
    """Return the SHA-256, in hexadecimal, of a domain tag and the parts after it."""
    digest = hashlib.sha256(tag)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def annotation_hash(annotation: Mapping[str, Any]) -> str:
    """Return the hash of an annotation's content, of its stored or its public form. Raises NotCanonicalError."""
    content = {name: value for name, value in annotation.items() if name not in UNHASHED}
    return tagged_hash(ANNOTATION_TAG, canonical(content))


class _Unusual(Exception):
    """A value that is left to `rfc8785`."""


def _text(value: Any) -> str:
    """Return the form of a value with ASCII keys, plain numbers and JSON's own types. Raises _Unusual for others."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is float:
        return _number(value)
    if kind is dict:
        names = sorted(value)
        if not all(map(str.isascii, names)):  # others are sorted by UTF-16, not by code points
            raise _Unusual
        return "{" + ",".join([f"{encode_basestring(name)}:{_text(value[name])}" for name in names]) + "}"
    if kind is list:
        return "[" + ",".join([_text(each) for each in value]) + "]"
    if kind is bool:
        return "true" if value else "false"
    if kind is int and -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return str(value)
    if value is None:
        return "null"
    raise _Unusual


def _number(value: float) -> str:
    """Return a double as ECMAScript writes it. Raises _Unusual for one that Python writes in another way."""
    if value.is_integer() and -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return str(int(value))
    text = repr(value)
    if "e" in text or "n" in text or text.endswith(".0"):  # exponents; inf and nan; integers beyond 2^53
        raise _Unusual
    return text


def _within_domain(value: Any) -> Any:
    """Return a value with integers beyond 2^53 - 1 and instants as text."""
    match value:
        case bool() | None | str() | float():
            return value
        case int():
            return value if abs(value) <= MAX_SAFE_INTEGER else str(value)
        case datetime():
            return timestamp(value)
        case Mapping():
            return {str(name): _within_domain(member) for name, member in value.items()}
        case list() | tuple():
            return [_within_domain(member) for member in value]
    return value
