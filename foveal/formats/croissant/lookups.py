"""Lookups of joins: the records of another record set by the value of their key, kept on disk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.json_records import BadRecord, dumps, loads
from foveal.formats.croissant.joins import Join
from foveal.formats.croissant.metadata import Field, Json
from foveal.formats.croissant.values import value_of
from foveal.formats.tables.table import Table


class Lookup:
    """The values that a join brings in. The other records are read at the first use; memory does not grow with them."""

    def __init__(self, join: Join, tables: Callable[[], Iterator[Table]]) -> None:
        self.key: Field = join.key
        self.fields: Sequence[Field] = join.fields
        self._join, self._tables = join, tables
        self._records: Groups | None = None

    def of(self, key: Any) -> Mapping[str, Any] | None:
        """Return the values, by the names of the fields, for a value of the key; None where there is no such record.

        Raises BadRecord where there are several.
        """
        text = _text(key)
        if text is None:
            return None
        if self._records is None:
            self._records = self._read()
        found = self._records.of(text)
        if len({values for _, values in found}) > 1:
            raise BadRecord(
                f"{len(found)} records have the value {text[:80]!r} that its field {self.key.name} refers to: "
                "make the field that is referenced a key"
            )
        return loads(found[0][1] or "{}") if found else None

    def close(self) -> None:
        """Remove the records from the disk."""
        if self._records is not None:
            self._records.__exit__()
            self._records = None

    def _read(self) -> Groups:
        records = Groups()
        for file, row in self._rows():
            text = _text(value_of(self._join.target, row, file))
            if text is not None:
                values = {each.name: value_of(each, row, file) for each in self.fields}
                records.add(text, text=dumps(values))
        return records

    def _rows(self) -> Iterator[tuple[str, Json]]:
        if self._join.rows:
            yield from (("", row) for row in self._join.rows)
            return
        for table in self._tables():
            for row in table.rows():
                if row.problem is None:
                    yield table.name, row.values


def _text(key: Any) -> str | None:
    """Return a key as text, since tables of text hold numbers as text; None for what is no key."""
    if isinstance(key, float) and key.is_integer():
        key = int(key)
    return str(key) if isinstance(key, str | int) and not isinstance(key, bool) else None
