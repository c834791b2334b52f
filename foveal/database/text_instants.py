"""BSON codec that decodes instants as RFC 3339 text, the form in which they are answered.

Most documents of a page are passed on unchanged. Decoding instants to text and writing plain JSON
(`foveal.encoding.json_text.plain_dumps`) takes a third of the time of decoding to instants and encoding them one by
one.
"""

from datetime import datetime
from typing import Any, Final

from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from pymongo.collection import Collection

from foveal.database.stored_documents import StoredDocument


class _Timestamps(TypeDecoder):
    bson_type = datetime

    def transform_bson(self, value: datetime) -> str:
        """Return what `foveal.encoding.instants.timestamp` returns; BSON holds instants in UTC."""
        return value.isoformat(timespec="milliseconds") + "Z"


_CODEC: Final[CodecOptions[Any]] = CodecOptions(tz_aware=False, type_registry=TypeRegistry([_Timestamps()]))


def answering(collection: Collection[StoredDocument]) -> Collection[StoredDocument]:
    """Return the collection with instants read as text."""
    return collection.with_options(codec_options=_CODEC)
