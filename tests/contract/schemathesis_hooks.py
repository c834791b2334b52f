"""Hook of the full run of Schemathesis: a value that no JSON Schema can rule out is not sent.

Loaded by `schemathesis run` in a process of its own (`tests/contract/full_run.py`).
"""

from typing import Any

import schemathesis


@schemathesis.hook  # type: ignore[untyped-decorator]  # the package's own typing is loose
def map_body(_context: Any, body: Any) -> Any:
    """Write integers without a fraction: for JSON Schema 60.0 is an integer, for this API it is none."""
    if isinstance(body, dict):
        return {name: map_body(_context, value) for name, value in body.items()}
    if isinstance(body, list):
        return [map_body(_context, value) for value in body]
    return int(body) if isinstance(body, float) and body.is_integer() else body
