"""Ids: UUIDv7 (RFC 9562), so that ids sort by the time they were made; adopted objects get one from their key."""

import os
import re
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_MAX_MILLISECONDS: Final = 253_402_300_799_999  # the last of the year 9999
_ADOPTED = uuid.UUID("6f4c2d2e-6b0b-5d58-9a3c-0d9a8a5f7d11")


def new_id(now: float | None = None) -> str:
    """Return a UUIDv7 as text: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = int((time.time() if now is None else now) * 1000)
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def adopted_id(bucket: str, key: str) -> str:
    """Return the id of an asset whose object was put there by other means: always the same for the same object."""
    return str(uuid.uuid5(_ADOPTED, f"{bucket}/{key}"))


def time_of(asset_id: str) -> datetime | None:
    """Return the time at which a UUIDv7 was made, to the millisecond; None for another id or a time past 9999."""
    value = uuid.UUID(asset_id)
    milliseconds = value.int >> 80
    is_time = value.version == 7 and milliseconds <= _MAX_MILLISECONDS
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds) if is_time else None


def is_id(text: str) -> bool:
    return _UUID.match(text) is not None
