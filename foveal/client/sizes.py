"""Numbers of bytes as people write them: `500KB`, `10MB`."""

import re
from typing import Final

_UNITS: Final = {"": 1, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000}


def parse_bytes(text: str) -> int:
    """Return a number of bytes, also of one a second (`10MB/s`). Raises ValueError with an example."""
    found = re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?)\s*([KMGT]?)B?(?:/s)?", text.strip(), re.IGNORECASE)
    if not found or float(found[1]) <= 0:
        raise ValueError("a number of bytes is expected, for example 500KB or 10MB")
    return int(float(found[1]) * _UNITS[found[2].upper()])
