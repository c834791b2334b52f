"""BSON types of members of stored documents, as JSON Schema for validators (MongoDB manual, "$jsonSchema")."""

from collections.abc import Mapping
from typing import Any, Final

from foveal.stack_contract import PROJECT_PATTERN

BsonType = Mapping[str, Any]

TEXT: Final = {"bsonType": "string"}
MAYBE_TEXT: Final = {"bsonType": ["string", "null"]}
INSTANT: Final = {"bsonType": "date"}
MAYBE_INSTANT: Final = {"bsonType": ["date", "null"]}
MAYBE_NUMBER: Final = {"bsonType": ["int", "long", "double", "null"]}
COUNT: Final = {"bsonType": ["int", "long"], "minimum": 0}
MAYBE_COUNT: Final = {"bsonType": ["int", "long", "null"], "minimum": 0}
MAP: Final = {"bsonType": "object"}
MAYBE_MAP: Final = {"bsonType": ["object", "null"]}
TEXTS: Final = {"bsonType": "array", "items": {"bsonType": "string"}}
PROJECT: Final = {"bsonType": "string", "pattern": f"^{PROJECT_PATTERN}$"}
