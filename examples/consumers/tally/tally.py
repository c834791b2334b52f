"""Counts what became of assets. An event that comes twice to one environment is counted once."""

import json
from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Any

REMEMBERED = 10_000
_seen: OrderedDict[str, None] = OrderedDict()
_counts: Counter[tuple[str, str]] = Counter()


def handler(event: Mapping[str, Any], _context: object) -> dict[str, int]:
    """Return the counts of the event's project; a real consumer would keep the ids where all environments see them."""
    detail = event["detail"]
    if detail["event_id"] not in _seen:
        _seen[detail["event_id"]] = None
        if len(_seen) > REMEMBERED:
            _seen.popitem(last=False)
        _counts[detail["project"], event["detail-type"]] += 1
    counts = {kind: count for (project, kind), count in _counts.items() if project == detail["project"]}
    print(json.dumps({"project": detail["project"], **counts}))
    return counts
