"""Canonical JSON (RFC 8785) and SHA-256 with domain tags: the hashes of data set versions.

The same values give the same bytes on every machine, in every order of members and in every version of Python: -0 is
0, NaN and infinities are refused, and an integer beyond 2^53 - 1, which no double holds, is hashed as its decimal text.
A tag before the bytes keeps hashes of different kinds apart, as RFC 6962 (section 2.1) does for leaves and nodes.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
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
    """Return the RFC 8785 form of a value of JSON's types and instants. Raises NotCanonicalError."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:
        pass  # most values are in JSON's domain already, and a copy of each would double the time
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
