"""Form of an object of the journal: a magic number, a header in BSON, and BSON documents compressed by zlib (RFC 1950).

BSON keeps every type as it is stored. The header states the SHA-256 of what follows it, so that each object is verified
alone, and the SHA-256 of the whole object before it, so that a chain shows what was taken out or put in its place.
"""

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import bson
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument

from foveal.journal.errors import Damaged

MAGIC: Final = b"foveal journal 1\n"
LEVEL: Final = 1
RAW: Final = CodecOptions(document_class=RawBSONDocument)
AWARE: Final = CodecOptions[dict[str, Any]](tz_aware=True)


class Builder:
    """Collects the documents of one object; they are compressed as they come, so that memory holds little of them."""

    def __init__(self) -> None:
        self._zlib, self._body = zlib.compressobj(LEVEL), bytearray()
        self.documents = 0
        self.raw_bytes = 0

    def add(self, document: bytes | memoryview) -> None:
        """Add a document in BSON."""
        self._body += self._zlib.compress(document)
        self.documents += 1
        self.raw_bytes += len(document)

    def sealed(self, header: Mapping[str, Any]) -> bytes:
        """Return the object; nothing can be added afterwards."""
        self._body += self._zlib.flush()
        facts = {
            "documents": self.documents,
            "raw_bytes": self.raw_bytes,
            "sha256": hashlib.sha256(self._body).hexdigest(),
        }
        return MAGIC + bson.encode({**header, **facts}) + bytes(self._body)


@dataclass(frozen=True, slots=True)
class Opened:
    """A verified object: its header, the SHA-256 of the whole, its documents still compressed."""

    key: str
    header: dict[str, Any]
    sha256: str
    size_bytes: int
    _body: bytes

    def documents(self) -> Iterator[RawBSONDocument]:
        """Yield the documents, undecoded."""
        yield from bson.decode_iter(zlib.decompress(self._body), RAW)


def opened(key: str, data: bytes, advice: str) -> Opened:
    """Return the object that `data` is. Raises Damaged, which names the key and gives the advice."""
    begin = len(MAGIC)
    try:
        if data[:begin] != MAGIC:
            raise ValueError("no magic number")
        end = begin + int.from_bytes(data[begin : begin + 4], "little")
        header: dict[str, Any] = bson.decode(data[begin:end], AWARE)
        if hashlib.sha256(data[end:]).hexdigest() != header["sha256"]:
            raise ValueError("its checksum is wrong")
    except (BSONError, ValueError, KeyError, TypeError) as error:
        raise Damaged(key, f"is damaged ({error})", advice) from None
    return Opened(key, header, hashlib.sha256(data).hexdigest(), len(data), data[end:])
