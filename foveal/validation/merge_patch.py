"""JSON Merge Patch (RFC 7386)."""

from typing import Any

from foveal.validation.values import MAX_DEPTH


def merged(target: Any, change: Any, levels: int = MAX_DEPTH + 1) -> Any:
    """Return a value with a change taken in: `MergePatch` of RFC 7386, section 2.

    Raises ValueError for a change whose objects nest deeper than so many levels.
    """
    if not isinstance(change, dict):
        return change
    if not levels:
        raise ValueError(f"nests deeper than {MAX_DEPTH + 1} levels")
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value, levels - 1)
    return result
