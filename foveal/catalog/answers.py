"""Documents read in the form in which they are answered: instants are RFC 3339 text already.

A page is mostly handed on as it is. Decoding its instants to text and writing plain JSON (`foveal.api.plain_dumps`)
takes a third of the time of decoding to instants and encoding them one by one.
"""

from datetime import datetime
from typing import Final

from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from pymongo.collection import Collection

from foveal.mongo import Document


class _Timestamps(TypeDecoder):
    bson_type = datetime

    def transform_bson(self, value: datetime) -> str:
        """Return what `foveal.api.timestamp` returns; BSON holds instants in UTC."""
        return value.isoformat(timespec="milliseconds") + "Z"


_CODEC: Final[CodecOptions[Document]] = CodecOptions(tz_aware=False, type_registry=TypeRegistry([_Timestamps()]))


def answering(collection: Collection[Document]) -> Collection[Document]:
    """Return the collection with instants read as text."""
    return collection.with_options(codec_options=_CODEC)
