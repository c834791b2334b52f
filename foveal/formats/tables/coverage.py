"""Coverage of tables by a data set: whether every row still belongs to it, so that the files may go out as they are."""

from collections.abc import Iterable

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.source import Source, pointer
from foveal.formats.base.model.dataset import Dataset
from foveal.formats.tables.table import Table, row_pointer


def is_whole(dataset: Dataset, source: Source, tables: Iterable[Table]) -> bool:
    """Tell whether a data set is what its tables hold: nothing edited, no image gone or added."""
    with Groups() as kept:
        for labelled in dataset.assets():
            if not labelled.is_unedited or labelled.asset.pointer is None:
                return False
            kept.add(row_pointer(labelled.asset.pointer))
            for each in labelled.annotations:
                kept.add(row_pointer(each.pointer))
            for told in labelled.leftovers:
                kept.add(row_pointer(told.pointer))
        for leftover in dataset.leftovers():
            kept.add(row_pointer(leftover.pointer))
        return all(pointer(source, table.name, row.place) in kept for table in tables for row in table.rows())
