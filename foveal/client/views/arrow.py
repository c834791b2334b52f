"""Tables of Arrow from answers: one schema for a kind of item, whatever a page happens to hold.

Columns follow the types of `foveal.client.models`: members that end in `_at` are instants (milliseconds, UTC), records
are structs, and what may be of any kind (attributes, for example) is JSON as text. Members that this version does not
know become columns of JSON at the end. Needs the extra `arrow`.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Required, Union, get_args, get_origin

from typing_extensions import is_typeddict

from foveal.client.errors import ConfigurationError

if TYPE_CHECKING:
    import pyarrow

_SCALARS: Final = {str: "string", int: "int64", float: "float64", bool: "bool_"}


def table(
    items: Sequence[Mapping[str, Any]], record: str | None, fields: Collection[str] | None = None
) -> pyarrow.Table:
    """Return the items as a table.

    Args:
        items: Answers of the API.
        record: Name of their type in `foveal.client.models`; None has no columns but those of JSON.
        fields: Columns to have; all of the type when not given.

    Raises ConfigurationError without pyarrow.
    """
    arrow = _arrow()
    schema = schema_of(record, fields)
    columns = [arrow.array([_value(item.get(each.name), each.type) for item in items], each.type) for each in schema]
    unknown = sorted({name for item in items for name in item} - set(schema_of(record).names))
    for name in unknown:
        schema = schema.append(arrow.field(name, arrow.string()))
        columns.append(arrow.array([_json(item[name]) if name in item else None for item in items], arrow.string()))
    return arrow.Table.from_arrays(columns, schema=schema)


def joined(tables: Iterable[pyarrow.Table], record: str | None, fields: Collection[str] | None = None) -> pyarrow.Table:
    """Return the tables of pages as one."""
    return _arrow().concat_tables([table([], record, fields), *tables], promote_options="default")


def schema_of(record: str | None, fields: Collection[str] | None = None) -> pyarrow.Schema:
    """Return the schema of a record of `foveal.client.models`, or of some of its fields."""
    from foveal.client import models

    hints = _hints(getattr(models, record)) if record else {}
    chosen = hints if fields is None else [name for name in fields if name in hints]
    return _arrow().schema([_arrow().field(name, _type(name, hints[name])) for name in chosen])


def _hints(record: Any) -> dict[str, Any]:
    from foveal.client import models

    return typing.get_type_hints(record, vars(models) | {"Required": Required}, include_extras=False)


def _type(name: str, hint: Any) -> Any:
    arrow = _arrow()
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Required:
        return _type(name, arguments[0])
    if origin in (Union, types.UnionType):
        kinds = [each for each in arguments if each is not type(None)]
        return _type(name, kinds[0]) if len(kinds) == 1 else arrow.string()
    if origin is Literal:
        return arrow.string() if all(isinstance(each, str) for each in arguments) else arrow.int64()
    if origin is list:
        return arrow.list_(_type("", arguments[0]))
    if is_typeddict(hint):
        return arrow.struct([arrow.field(member, _type(member, each)) for member, each in _hints(hint).items()])
    if hint is str and name.endswith("_at"):
        return arrow.timestamp("ms", "UTC")
    return getattr(arrow, _SCALARS[hint])() if hint in _SCALARS else arrow.string()


def _value(value: Any, kind: Any) -> Any:
    """Return a value as pyarrow takes it for a column: instants are parsed, what has no type of its own is JSON."""
    if value is None:
        return None
    arrow = _arrow()
    if arrow.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    if arrow.types.is_string(kind):
        return value if isinstance(value, str) else _json(value)
    if arrow.types.is_list(kind):
        return [_value(each, kind.value_type) for each in value]
    if arrow.types.is_struct(kind):
        return {each.name: _value(value.get(each.name), each.type) for each in kind}
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _arrow() -> Any:
    try:
        import pyarrow as arrow
    except ModuleNotFoundError as error:
        raise ConfigurationError("Tables need pyarrow: pip install 'foveal[arrow]'") from error
    return arrow
