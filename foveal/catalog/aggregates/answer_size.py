"""Cuts lists in the results of aggregates so that they fit into one answer; a list that was cut is not complete."""

from collections.abc import Mapping
from typing import Any, Final

from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes, dumps

_LISTS: Final = ("counts", "labels", "pairs", "values", "cells")

Result = dict[str, Any]


def fitting(results: Mapping[str, Result], room: int = MAX_ANSWER_BYTES) -> dict[str, Result]:
    """Return the results, of which the largest lists are cut to equal sizes where all together are too large."""
    sizes = {name: _size(result) for name, result in results.items()}
    fitted: dict[str, Result] = {}
    for at, name in enumerate(sorted(results, key=sizes.__getitem__)):
        share = room // (len(results) - at)
        fitted[name] = results[name] if sizes[name] <= share else _cut(results[name], share)
        room -= min(sizes[name], share)
    return {name: fitted[name] for name in results}


def _cut(result: Result, share: int) -> Result:
    """Return a result with as many items of its list as fit; one without such a list is small whatever it holds."""
    name = next((each for each in _LISTS if each in result and "is_complete" in result), None)
    if name is None:
        return result
    kept = []
    room = share - _size({**result, name: []})
    for item in result[name]:
        room -= _size(item) + 1
        if room < 0:
            break
        kept.append(item)
    return {**result, name: kept, "is_complete": False}


def _size(value: Any) -> int:
    return answer_bytes(dumps(value))
