"""Declared order of the indexes of assets: the choice of an index reads it, and it agrees with the keys."""

from dataclasses import replace

import pytest

from foveal.catalog.search.indexes import BY_LABEL_AND_ORDER, BY_ORDER, INDEXED, SORTABLE, in_order
from foveal.database.schema import ASSETS, COLLECTIONS, LABEL, Index


def test_pages_of_all_assets_and_of_one_label_have_these_indexes() -> None:
    assert BY_ORDER == {
        "created_at": "foveal_created",
        "updated_at": "foveal_updated",
        "captured_at": "foveal_captured",
        "size_bytes": "foveal_size",
        "file_name": "foveal_file_name",
    }
    assert BY_LABEL_AND_ORDER == {"created_at": "foveal_labels_created", "captured_at": "foveal_labels_captured"}
    assert SORTABLE == ("created_at", "updated_at", "captured_at", "size_bytes", "file_name")


def test_indexed_paths_are_all_keys_but_project_and_status() -> None:
    assert {"_id", "tags", "location", "pending_events.event_id", "counted.status", *SORTABLE} <= INDEXED
    assert not {"project", "status", "width"} & INDEXED


@pytest.mark.parametrize("narrows", [None, LABEL])
def test_order_of_an_index_is_kept_when_a_key_is_appended(narrows: str | None) -> None:
    longer = [replace(index, keys=(*index.keys, ("width", 1))) for index in ASSETS.indexes]
    assert in_order(longer, narrows) == in_order(ASSETS.indexes, narrows)


SORTED = [index for collection in COLLECTIONS for index in collection.indexes if index.sorts]


@pytest.mark.parametrize("index", SORTED, ids=lambda index: index.name)
def test_declared_order_is_the_order_of_the_keys(index: Index) -> None:
    equalities = ["project", "status", *([index.narrows] if index.narrows else [])]
    assert [path for path, _ in index.keys][: len(equalities) + 2] == [*equalities, index.sorts, "_id"]


def test_declared_order_is_no_option_of_the_database() -> None:
    assert all(index.options().keys() == {"name"} for index in SORTED)
