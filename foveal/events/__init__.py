"""Public events: eight detail types, each with a versioned JSON Schema, and the outbox that publishes them."""

from foveal.events.outbox import OUTBOX_COLLECTIONS, Publisher, appended, pending_event
from foveal.events.schemas import DETAIL_TYPES, SCHEMA_VERSION, SOURCE, schema
from foveal.instants import timestamp

__all__ = [
    "DETAIL_TYPES",
    "OUTBOX_COLLECTIONS",
    "SCHEMA_VERSION",
    "SOURCE",
    "Publisher",
    "appended",
    "pending_event",
    "schema",
    "timestamp",
]
