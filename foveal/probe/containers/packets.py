"""Packets of MPEG transport streams (ISO/IEC 13818-1, 2.4.3.2): their place, found by their sync bytes."""

from __future__ import annotations

import re

MAX_LEAD_BYTES = 1024
"""Bytes before the first whole packet: captures begin within one, or with remains of another protocol."""
_STEPS = (188, 192, 204)
_MIN_PACKETS = 3
_MIN_SEARCHED_PACKETS = 5
_SYNC = 0x47


def packet_layout(head: bytes) -> tuple[int, int] | None:
    """Return the offset of the first sync byte and the distance between packets; None for what is no stream.

    Packets are plain (188 bytes), behind a time stamp of 4 bytes (192) or before parity of 16 bytes (204).
    """
    for start, step in ((0, 188), (4, 192), (0, 204)):
        if _is_chain(head, start, step, _MIN_PACKETS):
            return start, step
    for found in re.finditer(b"\x47", head[:MAX_LEAD_BYTES]):
        for step in _STEPS:
            if _is_chain(head, found.start(), step, _MIN_SEARCHED_PACKETS):
                return found.start(), step
    return None


def _is_chain(head: bytes, start: int, step: int, least: int) -> bool:
    """Return whether sync bytes stand at even distances, before headers that carry something (2.4.3.3)."""
    places = range(start, len(head) - 3, step)[:5]
    return len(places) >= least and all(head[at] == _SYNC and head[at + 3] & 0x30 for at in places)
