"""JSON Merge Patch (RFC 7386)."""

from typing import Any

from foveal.validation.values import MAX_DEPTH, depth


def merged(target: Any, change: Any) -> Any:
    """Return a value with a change taken in: `MergePatch` of RFC 7386, section 2.

    Raises ValueError for a change that nests deeper than stored values may, and one level.
    """
    if depth(change) > MAX_DEPTH + 1:
        raise ValueError(f"nests deeper than {MAX_DEPTH + 1} levels")
    return _merged(target, change)


def _merged(target: Any, change: Any) -> Any:
    if not isinstance(change, dict):
        return change
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result
