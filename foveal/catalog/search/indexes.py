"""Indexes of assets by the order in which they return pages, as `foveal.database.schema` declares them."""

from collections.abc import Iterable
from typing import Final

from foveal.database.schema import ASSETS, LABEL, Index


def in_order(indexes: Iterable[Index], narrows: str | None = None) -> dict[str, str]:
    """Return the name of the index for each path that one sorts by, of those that narrow by the given path first."""
    return {index.sorts: index.full_name for index in indexes if index.sorts and index.narrows == narrows}


BY_ORDER: Final = in_order(ASSETS.indexes)
"""The index that returns all ready assets in the order of a field, by the path of the field."""

BY_LABEL_AND_ORDER: Final = in_order(ASSETS.indexes, LABEL)
"""The index that returns the ready assets with one label in the order of a field, by the path of the field."""

INDEXED: Final = frozenset(
    path for index in ASSETS.indexes for path, _ in index.keys if path not in ("project", "status")
)
"""Paths by which some index narrows a search further than to a project and a status."""

SORTABLE: Final = tuple(BY_ORDER)
"""Fields by which a page may be sorted."""
