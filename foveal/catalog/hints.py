"""Which index a page is read by, where that is plain.

MongoDB tries plans against each other for a question of a new shape, and again when an old plan does badly. For
alternatives of labels it has many to try, which takes ten times as long as the page.
"""

from typing import Any, Final

from foveal.catalog import fields, filters
from foveal.catalog.schema import ASSETS

MAX_MERGED_LABELS: Final = 50
"""MongoDB merges this many ranges of an index in order, and would sort in memory what more of them find."""
_BY_SORT: Final = {
    index.keys[3][0]: index.full_name for index in ASSETS.indexes if index.keys[2:3] == (("label_summary.label", 1),)
}


def label_index(node: Any, sort_path: str) -> str | None:
    """Return the index of labels in this order when labels narrow the filter and no other index could.

    None: MongoDB is to choose.
    """
    name = _BY_SORT.get(sort_path)
    if name is None or node is None:
        return None
    labels = _labels(node, sort_path)
    return name if labels and labels <= MAX_MERGED_LABELS else None


def _labels(node: Any, sort_path: str) -> int | None:
    """Return how many labels narrow a filter, 0 where none does, None where something else may as well."""
    match node:
        case filters.And(and_=children):
            parts = [_labels(child, sort_path) for child in children]
            return None if None in parts else max(part or 0 for part in parts)
        case filters.Or(or_=children):
            parts = [_labels(child, sort_path) for child in children]
            return None if None in parts else 0 if 0 in parts else sum(part or 0 for part in parts)
        case filters.Not():
            conditions = (leaf for leaf in filters.leaves(node) if isinstance(leaf, filters.Condition))
            return None if any(leaf.field == "status" for leaf in conditions) else 0
        case filters.Annotations():
            return len(node.annotations.any.names.get("label", ())) if node.annotations.any else 0
        case filters.Condition():
            path = fields.lookup(node.field).path
            return 0 if path == sort_path or path not in {*fields.INDEXED, "status"} else None
    return None  # a place
