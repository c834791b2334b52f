"""Removal of e-mail addresses of annotators and of signed queries from the text of tasks, before anything is read.

The rest of the text stays byte for byte, so that a task without either goes out as it came in.
"""

import re
from typing import Final

_OBJECT: Final = re.compile(rb'("(?!data"|value")\w++"\s*+:\s*+|[\[,]\s*+)(\{[^{}]*+\})')
"""A member or an element that is an object without objects; the data and the values of results are left."""
_E_MAIL: Final = re.compile(rb'"email"\s*:')
_PERSON_ID: Final = re.compile(rb'"id"\s*:\s*(\d+)')
_ADDRESS: Final = re.compile(
    rb'("(?:\w+_by|\w*annotator|\w*username|\w*reviewer|owner|author|user)"\s*:\s*)"[^"\\@]*@[^"\\]*"'
)
_ANNOTATOR: Final = re.compile(rb'("annotator"\s*:\s*)("[^"\\@]*@[^"\\]*")')
_QUERY: Final = re.compile(rb'\?(?:[^"\s<>\\?]|\\u0026|\\/)*')
_SIGNATURE: Final = re.compile(
    rb"(?i)(?:[?&;]|\\u0026)(?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|X-Goog-Signature|"
    rb"X-Goog-Credential|AWSAccessKeyId|GoogleAccessId|Signature|Key-Pair-Id|sig|token|access_token|auth|hmac)="
)


def without_people(text: bytes, people: dict[bytes, int]) -> bytes:
    """Return JSON text in which a person is their number, or null where there is none.

    Rows of JSON_MIN may name an annotator by address alone: `people` numbers those in the order of their appearance.
    """
    text = _OBJECT.sub(_number, text) if b'"email"' in text else text
    if b"@" not in text:
        return text
    text = _ANNOTATOR.sub(lambda found: b"%s%d" % (found[1], people.setdefault(found[2], len(people) + 1)), text)
    return _ADDRESS.sub(rb"\1null", text)


def without_signatures(text: bytes) -> bytes:
    """Return JSON text in which addresses have lost the queries that sign them (AWS, Google Cloud, Azure)."""
    return _QUERY.sub(lambda found: b"" if _SIGNATURE.search(found[0]) else found[0], text) if b"?" in text else text


def _number(found: re.Match[bytes]) -> bytes:
    if _E_MAIL.search(found[2]) is None:
        return found[0]
    number = _PERSON_ID.search(found[2])
    return found[1] + (number[1] if number else b"null")
